import { setMaxListeners } from 'node:events'

/** What a start or a reload waits for, in words, for whoever asks meanwhile. The end of the agent ends every wait. */
export class Waits {
  /** Of the agent's end. */
  readonly signal: AbortSignal
  readonly #things = new Set<{ readonly text: string }>()

  constructor(signal: AbortSignal) {
    this.signal = signal
    setMaxListeners(0, signal)
  }

  get texts(): readonly string[] {
    return [...this.#things].map(({ text }) => text)
  }

  /** As the promise, but at the end it rejects with the signal's reason, and whatever the promise comes to then is nobody's concern. */
  async for<T>(text: string, promise: Promise<T>): Promise<T> {
    const thing = { text }
    this.#things.add(thing)
    let onEnd: () => void = () => {}
    const end = new Promise<never>((_, reject) => {
      onEnd = () => reject(this.signal.reason as Error)
    })
    if (this.signal.aborted) onEnd()
    else this.signal.addEventListener('abort', onEnd)
    try {
      return await Promise.race([end, promise])
    } finally {
      this.signal.removeEventListener('abort', onEnd)
      this.#things.delete(thing)
    }
  }
}
