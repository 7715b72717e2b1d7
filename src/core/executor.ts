import type { Job } from './dispatcher.js'
import type { Logger } from './logger.js'

/**
 * When and where endpoint code runs. Implement it for an executor of your own and hand it to a listener as `executor`, or name it with
 * `registerExecutor`. One executor serves one listener at a time.
 */
export interface Executor {
  /** Most jobs that run at once. With `batchSize` it sets the credit asked of the broker. */
  readonly concurrency: number
  /** Most jobs in hand, running or waiting; a batch is one job of `batchSize` messages. Default 2 x concurrency. */
  readonly credit?: number
  /** Called once per endpoint when the listener is made: the object to call instead, e.g. a stand-in for one in a worker thread. */
  bind?<E extends object>(endpoint: E): E
  /** Called before the first job of a start; where worker threads load their modules. A rejection fails the start. */
  start?(): Promise<void>
  /** Runs the job now or later, in which order it likes, exactly once. Never throws, never drops one. */
  execute(job: Job): void
  /**
   * Resolves when every job taken has run. After `deadline` ms (default: no bound) the jobs not begun are abandoned (given back to the
   * broker) and it resolves without waiting for the running ones. Afterwards `execute` abandons. Idempotent; `start` opens it again.
   */
  close(deadline?: number): Promise<void>
}

/** Options common to executors that are named. */
export interface ExecutorOptions {
  readonly concurrency?: number | undefined
  /** Milliseconds an endpoint's call may take: then its job is over, so an executor may end what still runs. Undefined = no bound. */
  readonly handlerTimeout?: number | undefined
  /** Whether `currentNotification()` works, for executors that call endpoints in other threads. Undefined = from its first call on. */
  readonly context?: boolean | undefined
  readonly logger: Logger
  /** Options of the listener that belong to this executor, as given. */
  readonly options: Readonly<Record<string, unknown>>
}

export type ExecutorFactory = (options: ExecutorOptions) => Executor
