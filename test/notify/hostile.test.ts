/** What endpoints and validators return or throw may be anything: a value of which even `instanceof` throws ends no process and holds no message. */
import { expect, test } from '@jest/globals'

import type { NotificationEndpoint } from '../../src/index.js'
import { Stage } from '../support/stage.js'
import { until } from '../support/until.js'

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function withTraps(): object {
  const trap = (): never => {
    throw new Error('a trap')
  }
  return new Proxy({}, { get: trap, has: trap, getPrototypeOf: trap, ownKeys: trap })
}

function withoutText(): Error {
  return Object.defineProperty(new Error('x'), 'message', { get: revoked })
}

const raise = (thrown: unknown): never => {
  throw thrown
}

const calls: readonly [string, () => unknown][] = [
  ['returns a revoked proxy', revoked],
  ['returns a proxy that throws', withTraps],
  ['resolves with a proxy that throws', async () => new Map([[1, withTraps()]]).get(1)],
  [
    'returns a promise that hides its class',
    () => Object.defineProperty(Promise.resolve(), 'constructor', { get: () => raise(new Error('a trap')) }),
  ],
  ['throws a revoked proxy', () => raise(revoked())],
  ['throws a proxy that throws', () => raise(withTraps())],
  ['rejects with a revoked proxy', async () => raise(revoked())],
  ['throws an error without a text', () => raise(withoutText())],
]

test.each(calls)('a notification whose endpoint %s is retried and then a dead letter', async (_, call) => {
  await using stage = new Stage()
  const endpoint = { info: call } as NotificationEndpoint
  const listener = await stage.listen(endpoint, { concurrency: 1, retry: { limit: 1, delay: 0 } })
  await stage.send('first')
  await stage.send('second')
  await until(() => listener.stats().rejected === 2)
  expect(listener.stats()).toMatchObject({ requeued: 2, inHand: 0, driver: { unsettled: 0, rejected: 2 } })
  expect((await listener.deadLetters().list()).map(({ reason }) => reason)).toEqual([
    'retries-exhausted',
    'retries-exhausted',
  ])
})

test.each(calls)('a batch whose endpoint %s is retried and then dead letters', async (_, call) => {
  await using stage = new Stage()
  const listener = await stage.listenBatch({ info: call } as object, {
    batchSize: 2,
    batchTimeout: 5,
    retry: { limit: 1, delay: 0 },
  })
  await stage.send('first')
  await stage.send('second')
  await until(() => listener.stats().rejected === 2)
  expect(listener.stats()).toMatchObject({ requeued: 2, inHand: 0, driver: { unsettled: 0, rejected: 2 } })
})

test('a result that can not be read spoils its own notification of the batch only', async () => {
  await using stage = new Stage()
  const info = (batch: readonly unknown[]): unknown => new Map([[batch[0], revoked()]])
  const listener = await stage.listenBatch({ info } as object, { batchSize: 2, retry: { limit: 0 } })
  await stage.send('first')
  await stage.send('second')
  await until(() => listener.stats().rejected === 1 && listener.stats().handled === 1)
})

test.each([
  ['throws', () => raise(revoked())],
  ['rejects with', async () => raise(revoked())],
  ['returns', revoked],
])('a validator that %s a revoked proxy has not judged the payload', async (_, validate) => {
  await using stage = new Stage()
  const schema = { '~standard': { version: 1, vendor: 'test', validate } } as never
  const options = { validate: { first: schema }, retry: { limit: 0 } }
  const single = await stage.listen({ info() {} }, { ...options, pool: 'single' })
  const batch = await stage.listenBatch({ info() {} }, { ...options, pool: 'batch', batchSize: 1 })
  await stage.send('first')
  await until(() => single.stats().rejected === 1 && batch.stats().rejected === 1)
  expect(stage.errors.map(({ error }) => error.code)).toEqual(['RETRIES_EXHAUSTED', 'RETRIES_EXHAUSTED'])
})
