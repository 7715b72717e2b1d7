/** Says when files change. By polling: editors and Kubernetes replace files, which fs.watch loses sight of. */
import { stampOf } from '../config/files.js'

export class FileWatcher {
  readonly #onChange: () => void
  readonly #interval: number
  #stamps = new Map<string, string>()
  #timer: NodeJS.Timeout | undefined
  #hasChanged = false

  /** `interval`: milliseconds between looks. */
  constructor(onChange: () => void, interval: number) {
    this.#onChange = onChange
    this.#interval = interval
  }

  /** From now on these, with the stamps that they had when they were read. None = it holds nothing open. */
  watch(stamps: ReadonlyMap<string, string>): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#hasChanged = false
    this.#stamps = new Map(stamps)
    if (stamps.size > 0) this.#timer = setInterval(() => this.#look(), this.#interval).unref()
  }

  /** Several files change one after the other: only when a look sees no further change it is told. */
  #look(): void {
    const changed = [...this.#stamps].filter(([path, stamp]) => stampOf(path) !== stamp)
    for (const [path] of changed) this.#stamps.set(path, stampOf(path))
    if (changed.length > 0) {
      this.#hasChanged = true
    } else if (this.#hasChanged) {
      this.#hasChanged = false
      this.#onChange()
    }
  }
}
