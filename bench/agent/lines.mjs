/** Counts the lines of files that others append to, and reads nothing twice. */

import { closeSync, openSync, readSync } from 'node:fs'

const BLOCK = 1 << 20
const NEWLINE = 0x0a

export class LineCounter {
  /** @type {{ path: string, read: number, lines: number, fd: number | undefined }[]} */
  #files
  #block = Buffer.allocUnsafe(BLOCK)

  /** @param {readonly string[]} paths of files that may come later */
  constructor(paths) {
    this.#files = paths.map((path) => ({ path, read: 0, lines: 0, fd: undefined }))
  }

  /** Whole lines of all files by now. */
  count() {
    return this.#files.reduce((sum, file) => sum + this.#advance(file), 0)
  }

  close() {
    for (const { fd } of this.#files) if (fd !== undefined) closeSync(fd)
  }

  #advance(file) {
    file.fd ??= openIfThere(file.path)
    if (file.fd === undefined) return 0
    for (;;) {
      const length = readSync(file.fd, this.#block, 0, BLOCK, file.read)
      if (length === 0) return file.lines
      file.read += length
      file.lines += newlines(this.#block.subarray(0, length))
    }
  }
}

function newlines(bytes) {
  let count = 0
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count += 1
  return count
}

function openIfThere(path) {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}
