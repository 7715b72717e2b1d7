import type { Job } from '../core/dispatcher.js'
import type { Executor, ExecutorOptions } from '../core/executor.js'
import { Fifo } from '../core/fifo.js'
import { checkExecutorOptions, DEFAULT_CONCURRENCY } from './options.js'
import { type Line, Slots } from './slots.js'
import { refuseWorkerEndpoint } from './worker-endpoint.js'

/** Jobs in order of arrival. */
export class ArrivalLine implements Line {
  readonly #jobs: Fifo<Job> = new Fifo()

  get length(): number {
    return this.#jobs.length
  }

  push(job: Job): void {
    this.#jobs.push(job)
  }

  next(): Job | undefined {
    return this.#jobs.shift()
  }

  takeAll(): readonly Job[] {
    return this.#jobs.takeAll()
  }
}

class AsyncLoop extends Slots {
  bind<E extends object>(endpoint: E): E {
    refuseWorkerEndpoint(endpoint, 'async-loop')
    return endpoint
  }
}

/**
 * `async-loop`, the default executor: runs endpoints in this thread, up to `concurrency` (default 64) jobs at once: asynchronous ones
 * overlap, synchronous ones take turns. Jobs begin in order of arrival; with concurrency 1 one ends before the next begins, as in the
 * original's `blocking` executor. Has no options. source: oslo.messaging's executor `threading`, a pool of 64 threads
 */
export function asyncLoop(options: ExecutorOptions): Executor {
  checkExecutorOptions('async-loop', options, {})
  return new AsyncLoop({ concurrency: options.concurrency ?? DEFAULT_CONCURRENCY, line: new ArrivalLine() })
}
