/** Endpoint modules in TypeScript: with a loader, and what is said without one. */
import { expect, test } from '@jest/globals'

import type { Executor } from '../../src/core/executor.js'
import { silentLogger } from '../../src/core/logger.js'
import { makeExecutor, workerEndpoint, workerModule } from './built.js'

/** Registers a loader, as a file of a user's with `import { register } from 'tsx/esm/api'` does. */
const loader = new URL('../../scripts/strip-types.mjs', import.meta.url).href

type StandIn = { info(...args: readonly unknown[]): Promise<unknown> }

async function opened(execArgv: readonly string[], use: (endpoint: StandIn) => Promise<void>): Promise<void> {
  const executor: Executor = makeExecutor('worker-pool', {
    logger: silentLogger,
    options: { threads: 1, execArgv },
  })
  const endpoint = workerEndpoint(workerModule('typed.ts'), { methods: ['info'], options: { rate: 7 } })
  const standIn = executor.bind?.(endpoint) as unknown as StandIn
  try {
    await executor.start?.()
    await use(standIn)
  } finally {
    await executor.close(0)
  }
}

test('a module in TypeScript runs with a loader that execArgv names', async () => {
  await opened(['--import', loader], async (endpoint) => {
    expect(await endpoint.info({}, 'p', 'e', 6, {})).toEqual([42, true])
  })
})

const { typescript } = process.features as { readonly typescript?: unknown }
const knowsTypeScript = typescript !== undefined && typescript !== false

const wanted = knowsTypeScript
  ? /^ran$/
  : /^ExecutorLoadFailure: .*typed\.ts did not load in a worker thread: .*'--import'/

test('without a loader it runs where Node strips types; elsewhere the start says what to give', async () => {
  const outcome = await opened([], async (endpoint) => {
    expect(await endpoint.info({}, 'p', 'e', 6, {})).toEqual([42, true])
  }).then(
    () => 'ran',
    (error: Error) => `${error.name}: ${error.message}`,
  )
  expect(outcome).toMatch(wanted)
})

test('arguments that a thread can not have fail the start as what they are', async () => {
  await expect(opened(['--title=mine'], async () => {})).rejects.toMatchObject({
    name: 'ExecutorLoadFailure',
    message: expect.stringContaining('--title'),
  })
})
