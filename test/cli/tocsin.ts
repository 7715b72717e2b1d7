/** The real command in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

import { runCommand } from '../../src/cli/command.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The sources, run as they are. */
export function startTocsin(words: readonly string[]): ChildProcess {
  return spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--import',
      './scripts/strip-types.mjs',
      'src/cli/main.ts',
      ...words,
    ],
    { cwd: root, stdio: ['pipe', 'pipe', 'pipe'] },
  )
}

/** Resolves when it has ended. */
export async function tocsin(words: readonly string[], input = ''): Promise<Finished> {
  const child = startTocsin(words)
  const [stdout, stderr] = [collect(child, 'stdout'), collect(child, 'stderr')]
  child.stdin?.end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout: stdout.text, stderr: stderr.text }
}

export interface Collected {
  readonly text: string
}

export function collect(child: ChildProcess, stream: 'stdout' | 'stderr'): Collected {
  const collected = { text: '' }
  child[stream]?.setEncoding('utf8').on('data', (chunk: string) => {
    collected.text += chunk
  })
  return collected
}

/** The same in this process: faster, for what needs no process. */
export async function tocsinHere(
  words: readonly string[],
  input = '',
  { isTTY = false }: { readonly isTTY?: boolean } = {},
): Promise<Finished> {
  const texts = { stdout: '', stderr: '' }
  const code = await runCommand(words, {
    stdin: Object.assign(Readable.from([input]), { isTTY }),
    write: async (text) => {
      texts.stdout += text
    },
    complain: (text) => {
      texts.stderr += text
    },
    leave: () => {},
    signals: new EventEmitter(),
  })
  return { code, ...texts }
}
