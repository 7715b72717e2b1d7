/** The real command in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

import { runCommand } from '../../src/cli/command.js'
import { until } from '../support/until.js'

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

/** A process of `tocsin agent run`. */
export interface RunningAgent {
  readonly child: ChildProcess
  readonly stderr: Collected
  /** Of its status. */
  readonly url: string
}

/** Resolves when its status is served. */
export async function servingAgent(child: ChildProcess): Promise<RunningAgent> {
  const stderr = collect(child, 'stderr')
  await until(() => /status at (\S+)\n/.test(stderr.text) || child.exitCode !== null, 20_000)
  const url = /status at (\S+)\n/.exec(stderr.text)?.[1]
  if (url === undefined) throw new Error(`it did not start: ${stderr.text}`)
  return { child, stderr, url }
}

/** Resolves when it has ended, with its exit code. */
export async function codeOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode
  const [code] = (await once(child, 'close')) as [number | null]
  return code
}

/** Resolves when it is gone. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'close')
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
