/** Says when files change. By polling: editors and Kubernetes replace files, which fs.watch loses sight of. */
import { type StatsListener, unwatchFile, watchFile } from 'node:fs'

export class FileWatcher {
  readonly #onChange: () => void
  readonly #interval: number
  readonly #listener: StatsListener
  #paths: readonly string[] = []
  #timer: NodeJS.Timeout | undefined

  /** `interval`: milliseconds between looks. */
  constructor(onChange: () => void, interval: number) {
    this.#onChange = onChange
    this.#interval = interval
    this.#listener = (now, before) => {
      if (now.mtimeMs !== before.mtimeMs || now.ino !== before.ino || now.size !== before.size)
        this.#changed()
    }
  }

  /** From now on these. None = it holds nothing open. */
  watch(paths: readonly string[]): void {
    for (const path of this.#paths) unwatchFile(path, this.#listener)
    this.#paths = [...new Set(paths)]
    for (const path of this.#paths)
      watchFile(path, { interval: this.#interval, persistent: false }, this.#listener)
    if (paths.length === 0) clearTimeout(this.#timer)
  }

  /** Several files change one after the other: once the dust has settled is soon enough. */
  #changed(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#onChange, Math.min(200, this.#interval))
  }
}
