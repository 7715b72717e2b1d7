import { type FileHandle, mkdir, open, rename, stat, truncate } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface RotatingFileOptions {
  /** Bytes that the file does not grow beyond, but for a single line that is longer. 0 = no rotation. */
  readonly maxBytes: number
  /** How many of `path.1`, `path.2`, ... are kept. 0 = no rotation, as in the original. */
  readonly backupCount: number
}

/**
 * A file that only grows, by whole lines: of a write that fails half-way nothing stays. It is followed when others rename it (logrotate).
 * One write at a time: callers wait for the one before.
 */
export class RotatingFile {
  readonly #path: string
  readonly #options: RotatingFileOptions
  #handle: FileHandle | undefined
  #inode: number | undefined
  #size = 0

  constructor(path: string, options: RotatingFileOptions) {
    this.#path = path
    this.#options = options
  }

  /**
   * Resolves when the lines are with the operating system, in this order. Each ends with a line break. `progress` counts those that are
   * written: given again after a failure, it goes on behind them.
   */
  async append(lines: readonly string[], progress: { written: number } = { written: 0 }): Promise<void> {
    await this.#ready()
    const rest = progress.written === 0 ? lines : lines.slice(progress.written)
    const { maxBytes, backupCount } = this.#options
    if (maxBytes > 0 && backupCount > 0) return this.#appendRotating(rest, progress)
    await this.#write(rest, progress)
  }

  async #appendRotating(lines: readonly string[], progress: { written: number }): Promise<void> {
    const { maxBytes, backupCount } = this.#options
    let chunk: string[] = []
    let bytes = 0
    for (const line of lines) {
      const length = Buffer.byteLength(line)
      if (this.#size + bytes > 0 && this.#size + bytes + length >= maxBytes) {
        await this.#write(chunk, progress)
        await this.#rotate(backupCount)
        chunk = []
        bytes = 0
      }
      chunk.push(line)
      bytes += length
    }
    await this.#write(chunk, progress)
  }

  /** Resolves when it is on the disk. */
  async sync(): Promise<void> {
    await this.#handle?.datasync()
  }

  async close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }

  async #ready(): Promise<void> {
    if (this.#handle !== undefined) {
      const found = await stat(this.#path).catch(() => undefined)
      this.#size = found?.size ?? 0
      if (found?.ino === this.#inode) return
      await this.close()
    }
    await mkdir(dirname(this.#path), { recursive: true })
    this.#handle = await open(this.#path, 'a')
    const { ino, size } = await this.#handle.stat()
    this.#inode = ino
    this.#size = size
  }

  async #write(lines: readonly string[], progress: { written: number }): Promise<void> {
    if (lines.length === 0) return
    const bytes = Buffer.from(lines.join(''))
    try {
      await this.#handle?.appendFile(bytes)
    } catch (error) {
      // A full disk takes a part. Half a line would spoil the next one, too.
      await truncate(this.#path, this.#size).catch(() => {})
      throw error
    }
    this.#size += bytes.length
    progress.written += lines.length
  }

  async #rotate(backupCount: number): Promise<void> {
    await this.close()
    for (let number = backupCount - 1; number >= 0; number--) {
      const from = number === 0 ? this.#path : `${this.#path}.${number}`
      await rename(from, `${this.#path}.${number + 1}`).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      })
    }
    await this.#ready()
  }
}
