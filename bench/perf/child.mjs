/** A process that does one job and says what it took. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** The one that Debian's packages are for. */
export const PYTHON = '/usr/bin/python3'
const LIMIT = 10 * 60_000
/** Characters that are kept of what a library says. */
const LONGEST_OUTPUT = 20_000

const here = (name) => fileURLToPath(new URL(name, import.meta.url))

/**
 * Resolves with its figures when it has ended. Rejects with its last words when it has none.
 * @param {import('./job.mjs').Order} order
 * @param {{ language?: 'python', profile?: string }} how `profile`: a folder for a CPU profile of Node
 * @returns {Promise<import('./meter.mjs').Figures>}
 */
export function runJob(order, { language, profile }) {
  return figuresOf(
    language === 'python'
      ? [PYTHON, here('python/oslo.py')]
      : [process.execPath, ...profiling(profile), here('process.mjs')],
    order,
  )
}

/** Resolves with what a program that gets `order` as its last argument prints after `@figures `. Rejects with its last words. */
export async function figuresOf([command, ...args], order) {
  const child = spawn(command, [...args, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_ENV: 'production' },
    timeout: LIMIT,
    killSignal: 'SIGKILL',
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      output = (output + text).slice(-LONGEST_OUTPUT)
    })
  const [code, signal] = await once(child, 'close')
  const figures = /^@figures (.*)$/m.exec(output)?.[1]
  if (figures === undefined || code !== 0)
    throw new Error(`${JSON.stringify(order)} ended with ${code ?? signal}: ${output.slice(-2_000)}`)
  return JSON.parse(figures)
}

const profiling = (folder) => (folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`])
