/** What a listener with shards is refused for, when it is made: no broker, no thread. */
import { describe, expect, test } from '@jest/globals'
import type { Driver } from '../../src/core/driver.js'
import { packError } from '../../src/executors/worker-wire.js'
import {
  getBatchNotificationListener,
  getNotificationListener,
  getTransport,
  MessagingException,
  NotificationFilter,
  registerDriver,
  silentLogger,
  Target,
  Transport,
  UnsupportedFeature,
  workerEndpoint,
} from '../../src/index.js'
import * as crossing from '../../src/notify/shards/wire.js'

const targets = [new Target({ topic: 'sharded' })]
const module = new URL('./worker/sharded.mjs', import.meta.url)
const endpoint = workerEndpoint(module, { export: 'Work', methods: ['info'] })

class Picky extends NotificationFilter {
  override match(): boolean {
    return false
  }
}

function refused(options: object, endpoints: readonly object[] = [endpoint], url = 'rabbit://'): unknown {
  try {
    getNotificationListener(getTransport(url, { logger: silentLogger }), targets, endpoints, {
      shards: 2,
      ...options,
    })
    return undefined
  } catch (error) {
    return error
  }
}

describe('a listener with shards', () => {
  test.each<[what: string, options: object, endpoints: readonly object[], problem: string]>([
    ['no shard', { shards: 0 }, [endpoint], "'shards' wants a whole number from 1 to 256; found 0"],
    [
      'shards that are no number',
      { shards: 'two' },
      [endpoint],
      "'shards' wants a whole number from 1 to 256",
    ],
    [
      'executor keyed',
      { executor: 'keyed' },
      [endpoint],
      "the executor is 'async-loop', in each shard; found 'keyed'",
    ],
    ['executor worker-pool', { executor: 'worker-pool' }, [endpoint], "found 'worker-pool'; leave it out"],
    [
      'an executor of its own',
      { executor: { concurrency: 1 } },
      [endpoint],
      'found an object (Object); leave it out',
    ],
    ['a key', { key: () => 1 }, [endpoint], "'key' beside 'shards': a function can not cross"],
    ['a serializer', { serializer: {} }, [endpoint], "'serializer' beside 'shards'"],
    ['schemas', { validate: {} }, [endpoint], "'validate' beside 'shards'"],
    [
      'options of worker-pool',
      { executorOptions: { threads: 2 } },
      [endpoint],
      "there is no option 'threads'",
    ],
    [
      'arguments that are none',
      { executorOptions: { execArgv: [1] } },
      [endpoint],
      "'execArgv' wants a list of arguments",
    ],
    ['no endpoints', {}, [], "'shards' wants at least one endpoint"],
    ['endpoints that are no modules', {}, [endpoint, { info() {} }], 'endpoint 1 is an object (Object)'],
    [
      'a filter function',
      {},
      [workerEndpoint(module, { filterRule: (() => true) as never })],
      "that of endpoint 0 ('sharded.mjs') is a function: judge in the endpoint",
    ],
    [
      'a filter with a match of its own',
      {},
      [workerEndpoint(module, { filterRule: new Picky() as never })],
      'is a NotificationFilter with a match of its own',
    ],
  ])('is refused for %s', (_, options, endpoints, problem) => {
    expect(refused(options, endpoints)).toMatchObject({
      code: 'CONFIGURATION',
      problems: [expect.stringContaining(problem)],
    })
  })

  test('is told all problems at once', () => {
    const options = { executor: 'keyed', key: () => 1, serializer: {}, validate: {}, prefetch: 0, shard: 1 }
    const error = refused(options, [{ info() {} }])
    expect((error as { readonly problems: readonly string[] }).problems).toHaveLength(7)
  })

  test('is refused for a method that is no priority, and a pattern that is none, as any listener', () => {
    expect(refused({}, [workerEndpoint(module, { methods: ['inform'] })])).toMatchObject({
      code: 'NO_PRIORITY_METHOD',
    })
    expect(refused({}, [workerEndpoint(module, { filterRule: [1] as never })])).toMatchObject({
      code: 'INVALID_FILTER',
    })
  })

  test('is refused on memory://, which each thread would have for itself', () => {
    const error = refused({}, [endpoint], 'memory://shards')
    expect(error).toBeInstanceOf(UnsupportedFeature)
    expect(error).toMatchObject({
      feature: 'shards',
      message: expect.stringContaining('has its broker in this thread'),
    })
  })

  test('is refused on a driver that is known in this thread only', () => {
    const features = () => ({ requeue: true, pools: true })
    registerDriver('mine', { create: () => ({ features }) as unknown as Driver })
    expect(refused({}, [endpoint], 'mine://')).toMatchObject({
      feature: 'shards',
      message: expect.stringContaining('registerDriver, or a Transport made with a driver'),
    })
    const { url } = getTransport('rabbit://')
    const wrapped = new Transport(url, { features } as unknown as Driver)
    expect(() => getNotificationListener(wrapped, targets, [endpoint], { shards: 1 })).toThrow(
      UnsupportedFeature,
    )
  })

  test('is made with every option that can cross, its thread options included', () => {
    const options = {
      shards: 256,
      concurrency: 1,
      retry: { limit: 1 },
      deadLetter: true,
      pool: 'billing',
      handlerTimeout: 1_000,
      prefetch: 10,
      bigint: true,
      duplicates: 0,
      context: true,
      batchSize: 10,
      batchTimeout: null,
      logger: silentLogger,
      executor: 'async-loop',
      executorOptions: { resourceLimits: { stackSizeMb: 4 }, execArgv: [], loadTimeout: 1_000 },
    } as const
    const listener = getBatchNotificationListener(
      getTransport('rabbit://'),
      targets,
      [endpoint, endpoint],
      options,
    )
    const stats = listener.stats()
    expect(stats).toMatchObject({ state: 'stopped', received: 0, handled: 0 })
    expect(stats.shards).toHaveLength(256)
    expect(Object.keys(stats.endpoints)).toEqual(['sharded.mjs#Work', 'sharded.mjs#Work#2'])
  })
})

describe('what crosses', () => {
  test('is an error with the class it had, its own fields and its causes', () => {
    const cause = Object.assign(new Error('below'), { code: 'E_BELOW' })
    const error = new UnsupportedFeature('pools', 'no pools')
    Object.assign(error, { cause })
    const crossed = crossing.unpackShardError(structuredClone(packError(error)))
    expect(crossed).toBeInstanceOf(UnsupportedFeature)
    expect(crossed).toMatchObject({
      name: 'UnsupportedFeature',
      code: 'UNSUPPORTED_FEATURE',
      feature: 'pools',
      cause,
    })
  })

  test('is of ours in any case, where one of ours is promised', () => {
    const crossed = crossing.asMessagingException(structuredClone(packError('a text')))
    expect(crossed).toBeInstanceOf(MessagingException)
    expect(crossed).toMatchObject({ code: 'SHARD_ERROR', message: 'a text', cause: 'a text' })
  })

  test('are the details of a log line, errors among them, and what can not be cloned as a text', () => {
    const details = { error: new MessagingException('CODE', 'text'), count: 1, made: () => 1 }
    const crossed = crossing.unpackDetails(structuredClone(crossing.packDetails(details)))
    expect(crossed['error']).toBeInstanceOf(MessagingException)
    expect(crossed).toMatchObject({ error: { code: 'CODE' }, count: 1, made: 'a function' })
  })
})
