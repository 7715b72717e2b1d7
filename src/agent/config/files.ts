/** Definition files by path: folders opened, texts read, what is missing told. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

import type { Problem } from '../problem.js'

/** A file of definitions as it was read. */
export interface SourceFile {
  /** As it is named in problems: as the user wrote it. */
  readonly file: string
  readonly text: string
}

/** Definitions that were made in code, as a file would have them. */
export interface MadeDefinitions {
  readonly file: string
  readonly definitions: unknown
}

export interface FoundFiles {
  readonly files: readonly SourceFile[]
  readonly problems: readonly Problem[]
  /** By absolute path, folders included, the stamps that they had just before they were read. */
  readonly watched: ReadonlyMap<string, string>
}

/** In the order given; of a folder its `*.yaml` files, hidden ones aside, in order of name, as in the original. Never throws. */
export function readFiles(paths: readonly string[], folder = '.'): FoundFiles {
  const files: SourceFile[] = []
  const problems: Problem[] = []
  const watched = new Map<string, string>()
  for (const path of paths) {
    const place = resolve(folder, path)
    watched.set(place, stampOf(place))
    try {
      if (statSync(place).isDirectory()) files.push(...readFolder(path, place, watched))
      else files.push({ file: path, text: readFileSync(place, 'utf8') })
    } catch (error) {
      problems.push({
        file: path,
        severity: 'error',
        code: 'UNREADABLE_FILE',
        text: `it can't be read: ${error instanceof Error ? error.message : String(error)}`,
      })
    }
  }
  return { files, problems, watched }
}

/** Of one file: a folder is none. Never throws. */
export function readFile(path: string, folder = '.'): FoundFiles {
  const place = resolve(folder, path)
  if (statSync(place, { throwIfNoEntry: false })?.isDirectory() !== true) return readFiles([path], folder)
  const text = 'it is a folder; the path of a file is wanted'
  return {
    files: [],
    problems: [{ file: path, severity: 'error', code: 'UNREADABLE_FILE', text }],
    watched: new Map([[place, stampOf(place)]]),
  }
}

/** Changes whenever the file does; `missing` when there is none. */
export function stampOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats === undefined ? 'missing' : `${stats.mtimeMs} ${stats.size} ${stats.ino}`
}

function readFolder(name: string, place: string, watched: Map<string, string>): SourceFile[] {
  return readdirSync(place)
    .filter((file) => /^[^.].*\.yaml$/.test(file))
    .sort()
    .map((file) => {
      const path = join(place, file)
      watched.set(path, stampOf(path))
      return { file: join(name, file), text: readFileSync(path, 'utf8') }
    })
}
