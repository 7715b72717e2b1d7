import type { IncomingMessage, Outcome } from './message.js'

/** Work for an executor: the calls that one message, or one batch, leads to. */
export interface Job {
  /** How many messages it holds. */
  readonly size: number
  /** What it is about, for executors that choose by content: a notification, or a batch of them. */
  readonly subject: unknown
  /**
   * Runs the endpoints, settles the message or messages, then calls `done` once. A synchronous endpoint costs no promise: `done` is
   * then called before `run` returns. Never throws.
   */
  run(done: () => void): void
  /** Instead of `run`: gives the message or messages back to the broker, unhandled. Never throws. */
  abandon(): void
}

/** What a server gives a dispatcher at each start. */
export interface DispatcherHooks {
  /** Takes a finished batch. */
  readonly onJob: (job: Job) => void
  /** Told once for each job, when its messages are settled, before its `done`. */
  readonly onSettled: (count: number) => void
  /** Aborts when the drain deadline has passed. */
  readonly signal: AbortSignal
}

/**
 * Judges messages. `prepare` decodes and filters, on the main thread: what nobody wants is an outcome at once and never takes an
 * executor slot. `undefined` = kept for a batch; the finished batch is handed to `onJob`. Never throws.
 */
export interface Dispatcher {
  /** Most messages per job. */
  readonly batchSize: number
  /** Called at each start, before the first message. */
  open(hooks: DispatcherHooks): void
  prepare(message: IncomingMessage): Job | Outcome | undefined
  /** Turns what is kept for a batch into a job now. */
  flush(): void
}

export function isJob(prepared: Job | Outcome): prepared is Job {
  return 'run' in prepared
}
