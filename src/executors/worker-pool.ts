import type { Job } from '../core/dispatcher.js'
import { InvalidEndpoint, NotOpen } from '../core/errors.js'
import type { Executor, ExecutorOptions } from '../core/executor.js'
import type { Logger } from '../core/logger.js'
import { describeValue, type OptionRules } from '../core/options.js'
import { ArrivalLine } from './async-loop.js'
import { checkExecutorOptions, wantedTexts } from './options.js'
import { Slots } from './slots.js'
import { WorkerCalls } from './worker-calls.js'
import { WorkerEndpoint } from './worker-endpoint.js'
import type { Window } from './worker-thread.js'
import type { WireEndpoint } from './worker-wire.js'

/** What `executorOptions` may hold for executor `worker-pool`. */
export interface WorkerPoolOptions {
  /** Worker threads, 1 to 256. Default: one less than there are processors, at least 1, at most `concurrency`. Each has its own modules. */
  readonly threads?: number
  /**
   * Calls that one thread has in hand, 1 to 1,024. More keep it busy between two calls and let asynchronous endpoints overlap; all of them
   * are delivered again when it crashes. 1 = never two at once. Default 8, and while calls are quick up to 64: no more than some 16 ms take;
   * where `concurrency` is given, what that needs.
   */
  readonly concurrentTasksPerThread?: number
  /** As of Node's `Worker`, e.g. `{ maxOldGenerationSizeMb: 256 }`. Default: Node's. */
  readonly resourceLimits?: object
  /** Arguments for Node in the threads, e.g. `['--import', './register.mjs']`, where that file registers a loader. Default: those of this process. */
  readonly execArgv?: readonly string[]
  /** Milliseconds that the modules may take to load, when the listener starts. Default 30,000. */
  readonly loadTimeout?: number
}

const optionRules: OptionRules = {
  threads: { type: 'integer', min: 1, max: 256 },
  concurrentTasksPerThread: { type: 'integer', min: 1, max: 1_024 },
  resourceLimits: { type: 'object' },
  execArgv: { type: 'list', wanted: 'a list of arguments', check: wantedTexts },
  loadTimeout: { type: 'integer', min: 1, max: 2_147_483_647 },
}

/** Where nothing is said: a message to a thread and back costs 60 us, whatever it holds, and with 64 calls a twentieth of theirs. */
const TASKS_PER_THREAD: Window = { least: 8, most: 64 }
const LOAD_TIMEOUT_MS = 30_000

interface Shape {
  readonly threads: number
  readonly perThread: Window
  readonly concurrency: number
}

function shapeOf(concurrency: number | undefined, options: WorkerPoolOptions): Shape {
  const threads = options.threads ?? Math.min(threadsOfMachine(), concurrency ?? 256)
  const given = options.concurrentTasksPerThread ?? (concurrency && Math.ceil(concurrency / threads))
  const perThread = given === undefined ? TASKS_PER_THREAD : { least: given, most: given }
  return { threads, perThread, concurrency: concurrency ?? threads * perThread.most }
}

function threadsOfMachine(): number {
  return Math.max(1, process.getBuiltinModule('node:os').availableParallelism() - 1)
}

class WorkerPool implements Executor {
  readonly concurrency: number
  readonly #slots: Slots
  readonly #shape: Shape
  readonly #options: WorkerPoolOptions
  readonly #handlerTimeout: number | undefined
  readonly #context: boolean | undefined
  readonly #logger: Logger
  readonly #endpoints: WireEndpoint[] = []
  #calls: WorkerCalls | undefined
  #starting: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(shape: Shape, { options, handlerTimeout, context, logger }: ExecutorOptions) {
    this.concurrency = shape.concurrency
    this.#shape = shape
    this.#options = options
    this.#handlerTimeout = handlerTimeout
    this.#context = context
    this.#logger = logger
    // A job that would only wait for a thread waits in the line: the time that its handlers may take has not begun there.
    const mayBegin = (): boolean => this.#calls === undefined || !this.#calls.isFull
    this.#slots = new Slots({ concurrency: shape.concurrency, line: new ArrivalLine(), mayBegin })
  }

  /** A stand-in with the methods of a `workerEndpoint`. Throws InvalidEndpoint for any other endpoint. */
  bind<E extends object>(endpoint: E): E {
    if (!(endpoint instanceof WorkerEndpoint)) {
      throw new InvalidEndpoint(
        'NOT_A_MODULE',
        `executor 'worker-pool' wants endpoints as modules, since functions can't cross to a thread: ` +
          `workerEndpoint(new URL('./endpoint.js', import.meta.url)); found ${describeValue(endpoint)}`,
      )
    }
    const { url, export: exportName, name, methods, methodsGiven, options } = endpoint
    const index = this.#endpoints.length
    this.#endpoints.push({
      url: url.href,
      export: exportName,
      name,
      methods,
      needsAll: methodsGiven,
      options,
    })
    const standIn: Record<string, unknown> = { name, filterRule: endpoint.filterRule }
    for (const method of methods) {
      standIn[method] = (...args: readonly unknown[]): Promise<unknown> => this.#call(index, method, args)
    }
    return standIn as E
  }

  start(): Promise<void> {
    this.#starting ??= this.#open().finally(() => {
      this.#starting = undefined
    })
    return this.#starting
  }

  async #open(): Promise<void> {
    await this.#closing
    await this.#slots.start()
    this.#calls ??= await WorkerCalls.start({
      endpoints: this.#endpoints,
      threads: this.#shape.threads,
      window: this.#shape.perThread,
      onRoom: () => this.#slots.goOn(),
      loadTimeout: this.#options.loadTimeout ?? LOAD_TIMEOUT_MS,
      resourceLimits: this.#options.resourceLimits,
      execArgv: this.#options.execArgv,
      handlerTimeout: this.#handlerTimeout,
      context: this.#context,
      logger: this.#logger,
    })
  }

  execute(job: Job): void {
    this.#slots.execute(job)
  }

  async close(deadline?: number): Promise<void> {
    // Who started it hears why it failed.
    await this.#starting?.catch(() => {})
    await this.#slots.close(deadline)
    const calls = this.#calls
    this.#calls = undefined
    if (calls !== undefined) this.#closing = calls.close()
    await this.#closing
  }

  /** Not async: that would be a second promise for each call. */
  #call(endpoint: number, method: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#calls !== undefined) return this.#calls.call(endpoint, method, args)
    return Promise.reject(
      new NotOpen(
        'EXECUTOR_NOT_STARTED',
        "executor 'worker-pool' is not started, so its endpoints can't be called",
      ),
    )
  }
}

/**
 * `worker-pool`: runs endpoints in worker threads, for those that compute (above some 0.3 ms for a notification; below it `async-loop` is
 * faster). Filters are judged in the main thread, and messages are settled there. Endpoints are given with `workerEndpoint`. Notifications
 * and results cross by structured clone. `concurrency` = threads x concurrentTasksPerThread, unless given. Needs the package `piscina`.
 * A call that takes longer than the listener's `handlerTimeout` and does not heed its signal within a second costs its thread.
 * A thread that crashes fails the calls it had in hand, with EndpointFailure `WORKER_CRASHED`, and is replaced.
 */
export function workerPool(options: ExecutorOptions): Executor {
  const given = options.options as WorkerPoolOptions
  checkExecutorOptions('worker-pool', options, optionRules, () => {
    const { threads, perThread, concurrency } = shapeOf(options.concurrency, given)
    return concurrency <= threads * perThread.most
      ? []
      : [
          `concurrency ${concurrency} is more than ${threads} threads with 'concurrentTasksPerThread' ${perThread.most} can do; leave one of them out`,
        ]
  })
  return new WorkerPool(shapeOf(options.concurrency, given), options)
}
