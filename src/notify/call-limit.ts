/** The time an endpoint's call may take, where `handlerTimeout` says so, and the signal by which it is told. */
import { EndpointFailure } from '../core/errors.js'

/**
 * `metadata.signal` of one notification: aborts when its time is up, or at the drain deadline. Made when it is first asked for, since most
 * handlers never look.
 */
export class OwnSignal {
  readonly #drain: AbortSignal
  #controller: AbortController | undefined
  #isReleased = false

  constructor(drain: AbortSignal) {
    this.#drain = drain
  }

  get signal(): AbortSignal {
    if (this.#controller !== undefined) return this.#controller.signal
    this.#controller = new AbortController()
    if (this.#drain.aborted) this.#onDrain()
    else if (!this.#isReleased) this.#drain.addEventListener('abort', this.#onDrain)
    return this.#controller.signal
  }

  abort(reason: unknown): void {
    this.release()
    this.#controller ??= new AbortController()
    this.#controller.abort(reason)
  }

  /** Its notification is settled: the signal of the listener need not know it any more. */
  release(): void {
    this.#isReleased = true
    this.#drain.removeEventListener('abort', this.#onDrain)
  }

  readonly #onDrain = (): void => this.abort(this.#drain.reason)
}

export function handlerTimedOut(endpoint: string, method: string, ms: number): EndpointFailure {
  return new EndpointFailure(
    'HANDLER_TIMEOUT',
    endpoint,
    `endpoint '${endpoint}' had not ended ${method}() after ${ms} ms (handlerTimeout): the notification is not handled, whatever the call ` +
      'does later; let it heed metadata.signal, or allow it more time',
  )
}
