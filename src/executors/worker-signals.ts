/** The signals of a worker thread's calls. */
import { setMaxListeners } from 'node:events'

/** Of one call, where the time of calls is limited. Made when it is first asked for, since most endpoints never do. */
class CallSignal {
  #controller: AbortController | undefined
  #isAborted = false

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      setMaxListeners(0, this.#controller.signal)
      if (this.#isAborted) this.#controller.abort()
    }
    return this.#controller.signal
  }

  abort(): void {
    this.#isAborted = true
    this.#controller?.abort()
  }
}

/** Gives the calls of a thread their signal and aborts them: all at the drain deadline, one when its time is up. */
export class CallSignals {
  /** All notifications of the thread share its signal, unless the time of each call is limited. */
  readonly #drainDeadline = new AbortController()
  /** Of the calls that run, by id. */
  readonly #calls: Map<number, CallSignal> | undefined

  constructor({ isLimited }: { readonly isLimited: boolean }) {
    setMaxListeners(0, this.#drainDeadline.signal)
    if (isLimited) this.#calls = new Map()
  }

  /** Makes `signal` a field of each metadata of one call. */
  add(id: number, all: readonly unknown[]): void {
    let call: CallSignal | undefined
    if (this.#calls !== undefined) {
      call = new CallSignal()
      if (this.#drainDeadline.signal.aborted) call.abort()
      this.#calls.set(id, call)
    }
    for (const metadata of all) {
      if (typeof metadata !== 'object' || metadata === null) continue
      if (call === undefined) (metadata as { signal?: unknown }).signal = this.#drainDeadline.signal
      else addGetter(metadata, call)
    }
  }

  /** The call has ended. */
  end(id: number): void {
    this.#calls?.delete(id)
  }

  abort(id: number | 'all'): void {
    if (id !== 'all') {
      this.#calls?.get(id)?.abort()
      return
    }
    this.#drainDeadline.abort()
    for (const call of this.#calls?.values() ?? []) call.abort()
  }
}

function addGetter(metadata: object, call: CallSignal): void {
  Object.defineProperty(metadata, 'signal', { get: () => call.signal, enumerable: true, configurable: true })
}
