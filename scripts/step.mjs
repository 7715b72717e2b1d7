/** Runs programs and says what goes on. Node built-ins only: the scripts run before anything is installed. */

import { spawn, spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

/** The folder of package.json, without a slash at the end. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

/** A fault that a person can mend: its text says how. Printed without a stack. */
export class Advice extends Error {}

/** One line about what the scripts do, told apart from the output of the programs they run. */
export function say(text) {
  process.stdout.write(`== ${text}\n`)
}

/**
 * Runs a program with this terminal; resolves with its exit code (128 when a signal ended it). `limit`: milliseconds after which it is
 * ended, for what could hang.
 */
export function run(command, args, { env = {}, cwd = root, limit } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: 'inherit',
      cwd,
      env: { ...process.env, ...env },
      timeout: limit,
    })
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 128))
  })
}

/** As `run`, for what must succeed: rejects with an `Advice` that names the command. */
export async function must(command, args, options) {
  const code = await run(command, args, options)
  if (code !== 0)
    throw new Advice(`\`${[command, ...args].join(' ')}\` failed (exit code ${code}); its output is above`)
}

/** Whether a program runs and ends with 0; its output is dropped. */
export function succeeds(command, args, { timeout = 20_000 } = {}) {
  return spawnSync(command, args, { stdio: 'ignore', timeout }).status === 0
}

/** What a program prints, or `undefined` when it fails. */
export function outputOf(command, args, { timeout = 60_000 } = {}) {
  const done = spawnSync(command, args, { encoding: 'utf8', timeout, stdio: ['ignore', 'pipe', 'inherit'] })
  return done.status === 0 ? done.stdout.trim() : undefined
}

export const isRoot = () => process.getuid?.() === 0

/** A TCP port of 127.0.0.1 that nothing listens on now. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** Runs a script's body: an `Advice` is printed as a sentence, anything else with its stack; both end with exit code 1. */
export async function main(body) {
  try {
    process.exitCode = await body()
  } catch (error) {
    process.stderr.write(`\n${error instanceof Advice ? error.message : error.stack}\n`)
    process.exitCode = 1
  }
}
