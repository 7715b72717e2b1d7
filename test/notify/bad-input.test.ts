/** What a user gets wrong: the class, the code, and a text that names what was found and helps. */
import { randomUUID } from 'node:crypto'
import { inspect } from 'node:util'

import { describe, expect, test } from '@jest/globals'

import type { Driver, Features } from '../../src/core/driver.js'
import { silentLogger } from '../../src/core/logger.js'
import { checkOptions, nearest } from '../../src/core/options.js'
import { memoryDriverEntry } from '../../src/drivers/memory/driver.js'
import {
  type Executor,
  getBatchNotificationListener,
  getNotificationListener,
  getTransport,
  MessagingException,
  NotificationFilter,
  type NotificationListener,
  registerDriver,
  Target,
} from '../../src/index.js'
import { denies } from '../conformance/mutants/kit.js'

const target = new Target({ topic: 'notifications' })
const idle = { info: () => {} }

function thrownBy(call: () => unknown): MessagingException {
  try {
    call()
  } catch (error) {
    if (error instanceof MessagingException) return error
    throw error
  }
  throw new Error('it did not throw')
}

function listen(
  endpoints: unknown = [idle],
  options?: unknown,
  targets: unknown = [target],
): NotificationListener {
  const transport = getTransport(`memory://${randomUUID()}`)
  return getNotificationListener(transport, targets as never, endpoints as never, options as never)
}

function listenBatch(endpoints: unknown, options?: unknown): NotificationListener {
  return getBatchNotificationListener(
    getTransport('memory://'),
    [target],
    endpoints as never,
    options as never,
  )
}

function lacking(feature: keyof Features): NonNullable<Parameters<typeof getNotificationListener>[0]> {
  const scheme = `lacking-${randomUUID()}`
  registerDriver(scheme, {
    create: (url, dependencies): Driver => denies(feature)(memoryDriverEntry.create(url, dependencies)),
  })
  return getTransport(`${scheme}://`)
}

const executor: Executor = { concurrency: 1, execute: (job) => job.abandon(), close: async () => {} }
const filter = (fields: unknown): NotificationFilter => new NotificationFilter(fields as never)

describe('each mistake is told with class, code and what to do', () => {
  const rows: [what: string, call: () => unknown, name: string, code: string, texts: string[]][] = [
    [
      'an unknown scheme',
      () => getTransport('rabit://h'),
      'DriverLoadFailure',
      'DRIVER_LOAD_FAILURE',
      ["'rabit'; did you mean 'rabbit'? Known: memory, rabbit", 'registerDriver'],
    ],
    [
      'a scheme like no other',
      () => getTransport('zz9://h'),
      'DriverLoadFailure',
      'DRIVER_LOAD_FAILURE',
      ["there is no driver for the scheme 'zz9'. Known: "],
    ],
    [
      'a URL without a scheme',
      () => getTransport('localhost'),
      'InvalidTransportURL',
      'INVALID_TRANSPORT_URL',
      ["no scheme in the transport URL 'localhost'"],
    ],
    [
      'a URL with a bad port',
      () => getTransport('rabbit://h:x/'),
      'InvalidTransportURL',
      'INVALID_TRANSPORT_URL',
      ['a port is a whole number'],
    ],
    [
      'a URL that is no text',
      () => getTransport(7 as never),
      'InvalidTransportURL',
      'INVALID_TRANSPORT_URL',
      ['found 7'],
    ],
    [
      'wrong transport options',
      () => getTransport('memory://', { maxBodySiz: 1, controlExchange: 7 } as never),
      'ConfigurationError',
      'CONFIGURATION',
      ["no option 'maxBodySiz'; did you mean 'maxBodySize'?", "'controlExchange' wants a text; found 7"],
    ],
    [
      'a logger that is none',
      () => getTransport('memory://', { logger: { info() {} } } as never),
      'ConfigurationError',
      'CONFIGURATION',
      ['missing: debug, warn, error'],
    ],
    [
      'transport options that are none',
      () => getTransport('memory://', null as never),
      'ConfigurationError',
      'CONFIGURATION',
      ['options are an object; found null'],
    ],
    [
      'a URL option with a slip',
      () => getTransport('memory://?maxLenght=5'),
      'ConfigurationError',
      'CONFIGURATION',
      ["did you mean 'maxLength'?"],
    ],
    [
      'a URL option with a bad value',
      () => getTransport('memory://?maxLength=many'),
      'ConfigurationError',
      'CONFIGURATION',
      ["'maxLength' wants a whole number of 1 or more; found 'many'"],
    ],
    [
      'a scheme that can be none',
      () => registerDriver('A b', memoryDriverEntry),
      'ConfigurationError',
      'CONFIGURATION',
      ["found 'A b'"],
    ],
    [
      'a scheme that is taken',
      () => registerDriver('memory', memoryDriverEntry),
      'ConfigurationError',
      'CONFIGURATION',
      ["'memory' has a driver already"],
    ],
    [
      'a driver entry that is none',
      () => registerDriver('nothing', {} as never),
      'ConfigurationError',
      'CONFIGURATION',
      ['create(url, dependencies)', 'found an object'],
    ],
    [
      'a target without topic',
      () => listen([idle], {}, [new Target({ exchange: 'nova' })]),
      'InvalidTarget',
      'INVALID_TARGET',
      ['has a topic', '<Target exchange=nova>'],
    ],
    [
      'no target',
      () => listen([idle], {}, []),
      'ConfigurationError',
      'CONFIGURATION',
      ['at least one Target; found an array'],
    ],
    [
      'targets that are none',
      () => listen([idle], {}, [{ topic: 'a' }]),
      'ConfigurationError',
      'CONFIGURATION',
      ['at least one Target'],
    ],
    [
      'endpoints that are no array',
      () => listen(idle),
      'ConfigurationError',
      'CONFIGURATION',
      ['endpoints are an array; found an object'],
    ],
    [
      'no endpoints of a batch listener',
      () => listenBatch([]),
      'ConfigurationError',
      'CONFIGURATION',
      ['at least one endpoint'],
    ],
    [
      'options that are null',
      () => listen([idle], null),
      'ConfigurationError',
      'CONFIGURATION',
      ['options are an object; found null'],
    ],
    [
      'options that are a list',
      () => listen([idle], []),
      'ConfigurationError',
      'CONFIGURATION',
      ['found an array'],
    ],
    [
      'a batch option of a single listener',
      () => listen([idle], { batchSize: 5 }),
      'ConfigurationError',
      'CONFIGURATION',
      ["no option 'batchSize'"],
    ],
    [
      'batch options out of range',
      () => listenBatch([idle], { batchSize: 0, batchTimeout: Number.POSITIVE_INFINITY }),
      'ConfigurationError',
      'CONFIGURATION',
      [
        "'batchSize' wants a whole number from 1 to 65535; found 0",
        "'batchTimeout' wants a number from 0 to 2147483647 or null; found Infinity",
      ],
    ],
    [
      'retry beside allowRequeue: false',
      () => listen([idle], { retry: {}, allowRequeue: false }),
      'ConfigurationError',
      'CONFIGURATION',
      ['says two things'],
    ],
    [
      'a retry that is none',
      () => listen([idle], { retry: 5 }),
      'ConfigurationError',
      'CONFIGURATION',
      ['a retry policy such as { limit: 10, delay: 500 }; found 5'],
    ],
    [
      'an empty pool',
      () => listen([idle], { pool: '' }),
      'ConfigurationError',
      'CONFIGURATION',
      ["'pool' wants a name that is not empty; found ''"],
    ],
    [
      'a validator that is none',
      () => listen([idle], { validate: { a: {}, b: 7 } }),
      'ConfigurationError',
      'CONFIGURATION',
      ["a Standard Schema for 'a'; found an object", "for 'b'; found 7"],
    ],
    [
      'an endpoint that is none',
      () => listen([7]),
      'InvalidEndpoint',
      'INVALID_ENDPOINT',
      ['endpoint 0 is an object', 'found 7'],
    ],
    [
      'an endpoint that is null',
      () => listen([idle, null]),
      'InvalidEndpoint',
      'INVALID_ENDPOINT',
      ['endpoint 1', 'found null'],
    ],
    [
      'an endpoint without a method',
      () => listen([{}]),
      'InvalidEndpoint',
      'NO_PRIORITY_METHOD',
      ['audit, critical, debug, error, info, sample, warn', 'found no method'],
    ],
    [
      'a method that is none',
      () => listen([{ info: 7 }]),
      'InvalidEndpoint',
      'NO_PRIORITY_METHOD',
      ['found info'],
    ],
    [
      'a method with a slip',
      () => listen([{ inof() {} }]),
      'InvalidEndpoint',
      'NO_PRIORITY_METHOD',
      ["found inof; did you mean 'info'?"],
    ],
    [
      'a method warning',
      () => listen([{ warning() {} }]),
      'InvalidEndpoint',
      'NO_PRIORITY_METHOD',
      ["did you mean 'warn'?"],
    ],
    [
      'a method warning beside others',
      () => listen([{ info() {}, warning() {} }]),
      'InvalidEndpoint',
      'NO_PRIORITY_METHOD',
      ["'warning', which would never be called", "did you mean 'warn'?"],
    ],
    [
      'an unknown executor',
      () => listen([idle], { executor: 'foo' }),
      'ExecutorLoadFailure',
      'EXECUTOR_LOAD_FAILURE',
      ["'foo'", 'async-loop, keyed, worker-pool'],
    ],
    [
      'an executor with a slip',
      () => listen([idle], { executor: 'workerpool' }),
      'ExecutorLoadFailure',
      'EXECUTOR_LOAD_FAILURE',
      ["did you mean 'worker-pool'?"],
    ],
    [
      'an executor that is none',
      () => listen([idle], { executor: {} }),
      'ConfigurationError',
      'CONFIGURATION',
      ['found an object'],
    ],
    [
      'concurrency beside an Executor',
      () => listen([idle], { executor, concurrency: 5 }),
      'ConfigurationError',
      'CONFIGURATION',
      ["'concurrency' is for executors chosen by name"],
    ],
    [
      'a key without keyed',
      () => listen([idle], { key: () => 1 }),
      'ConfigurationError',
      'CONFIGURATION',
      ["executor 'async-loop'", "'key'"],
    ],
    [
      'keyed without a key',
      () => listen([idle], { executor: 'keyed' }),
      'ConfigurationError',
      'CONFIGURATION',
      ["'key' is missing"],
    ],
    [
      'a filterRule that is none',
      () => listen([{ ...idle, filterRule: 'compute.*' }]),
      'InvalidFilter',
      'INVALID_FILTER',
      ["['compute.instance.*']; found 'compute.*'"],
    ],
    [
      'a list of globs with something else',
      () => listen([{ ...idle, filterRule: [7] }]),
      'InvalidFilter',
      'INVALID_FILTER',
      ['found an array'],
    ],
    [
      'a bad pattern',
      () => filter({ eventType: '^compute\\.(' }),
      'InvalidFilter',
      'INVALID_PATTERN',
      ["the pattern of 'eventType', ^compute\\.(, can't be compiled"],
    ],
    [
      'a bad pattern of a key',
      () => filter({ payload: { state: 'a++' } }),
      'InvalidFilter',
      'INVALID_PATTERN',
      ["'payload.state'", "use '+'"],
    ],
    [
      'a pattern that is none',
      () => filter({ publisherId: 7 }),
      'InvalidFilter',
      'INVALID_FILTER',
      ["'publisherId' is a text or a RegExp; found 7"],
    ],
    [
      'keys that are none',
      () => filter({ payload: 'state' }),
      'InvalidFilter',
      'INVALID_FILTER',
      ["'payload' maps keys to patterns; found 'state'"],
    ],
    [
      'an unknown field of a filter',
      () => filter({ event_type: 'a' }),
      'ConfigurationError',
      'CONFIGURATION',
      ["no field 'event_type'; did you mean 'eventType'?"],
    ],
    [
      'an unknown metadata key',
      () => filter({ metadata: { user: 'a' } }),
      'ConfigurationError',
      'CONFIGURATION',
      ["no metadata key 'user'. Known: messageId, timestamp, message_id"],
    ],
    ['a filter of nothing', () => filter(null), 'ConfigurationError', 'CONFIGURATION', ['found null']],
    [
      'allowRequeue without the feature',
      () => getNotificationListener(lacking('requeue'), [target], [idle], { allowRequeue: true }),
      'UnsupportedFeature',
      'UNSUPPORTED_FEATURE',
      ['has no requeue', 'leave out allowRequeue or retry'],
    ],
    [
      'retry without the feature',
      () => getNotificationListener(lacking('requeue'), [target], [idle], { retry: {} }),
      'UnsupportedFeature',
      'UNSUPPORTED_FEATURE',
      ['has no requeue'],
    ],
    [
      'pool without the feature',
      () => getNotificationListener(lacking('pools'), [target], [idle], { pool: 'a' }),
      'UnsupportedFeature',
      'UNSUPPORTED_FEATURE',
      ['has no pools: leave out pool'],
    ],
    [
      'deadLetter without the feature',
      () => getNotificationListener(lacking('deadLetter'), [target], [idle], { deadLetter: true }),
      'UnsupportedFeature',
      'UNSUPPORTED_FEATURE',
      ['has no deadLetter'],
    ],
  ]

  test.each(rows)('%s', (_what, call, name, code, texts) => {
    const error = thrownBy(call)
    expect({ name: error.name, code: error.code }).toEqual({ name, code })
    for (const text of texts) expect(error.message).toContain(text)
  })
})

test('a driver without a feature serves those who do not ask for it', async () => {
  const transport = lacking('pools')
  await using listener = getNotificationListener(transport, [target], [idle], { retry: {} })
  await listener.start()
  await listener.stop()
  await listener.wait()
  await transport.cleanup()
})

test('all wrong options are listed at once', () => {
  const error = thrownBy(() =>
    listen('none', {
      concurency: 5,
      concurrency: 0,
      allowRequeue: 'yes',
      pool: 7,
      retry: { limit: -1, then: 'ignore', backof: 2 },
    }),
  )
  expect(error).toMatchObject({
    problems: [
      expect.stringContaining("there is no option 'concurency'; did you mean 'concurrency'?"),
      "'concurrency' wants a whole number from 1 to 65535; found 0",
      "'allowRequeue' wants true or false; found 'yes'",
      "'pool' wants a name that is not empty; found 7",
      "in 'retry': 'limit' wants a whole number from 0 to 1000000; found -1",
      "in 'retry': 'then' wants one of dead-letter, discard; found 'ignore'",
      expect.stringContaining("in 'retry': there is no option 'backof'; did you mean 'backoff'?"),
      "endpoints are an array; found 'none'",
    ],
  })
  expect(error.message.split('\n')).toHaveLength(9)
})

test.each([
  [(listener: NotificationListener) => listener.start({ timeout: -1 }), "'timeout' wants a number from 0"],
  [
    (listener: NotificationListener) => listener.start({ signal: {} as never }),
    'an AbortSignal; found an object',
  ],
  [(listener: NotificationListener) => listener.wait({ timout: 5 } as never), "did you mean 'timeout'?"],
])('wrong options of start and wait reject', async (call, text) => {
  await expect(call(listen())).rejects.toThrow(text)
})

describe('nearest', () => {
  const known = ['audit', 'critical', 'debug', 'error', 'info', 'sample', 'warn', 'allowRequeue']
  test.each([
    ['warning', 'warn'],
    ['errors', 'error'],
    ['crit', 'critical'],
    ['allow_requeue', 'allowRequeue'],
    ['ALLOWREQUEUE', 'allowRequeue'],
    ['inf', 'info'],
    ['inof', 'info'],
    ['fatal', undefined],
    ['constructor', undefined],
    ['', undefined],
  ])('of %j is %s', (name, expected) => {
    expect(nearest(name, known)).toBe(expected)
  })
})

test('an option named as a member of Object is unknown like any other', () => {
  for (const name of ['constructor', 'toString', '__proto__']) {
    const given = JSON.parse(`{"${name}": 1}`) as unknown
    expect(() => checkOptions('x', given, { a: { type: 'any' } })).toThrow(`there is no option '${name}'`)
  }
})

describe('a password is in no error and no print', () => {
  const secret = 'hunter2'
  const calls: [string, () => unknown][] = [
    ['an unknown scheme', () => getTransport(`rabit://user:${secret}@h/`)],
    ['a bad port', () => getTransport(`rabbit://user:${secret}@h:x/`)],
    ['no scheme', () => getTransport(`user:${secret}@h`)],
    ['a bad option', () => getTransport(`rabbit://user:${secret}@h/?hartbeat=1`)],
    ['a bad escape', () => getTransport(`rabbit://us%zz:${secret}@h/`)],
    [
      'a driver that can not be made',
      () => {
        const scheme = `broken-${randomUUID()}`
        registerDriver(scheme, {
          create() {
            throw new Error('no')
          },
        })
        return getTransport(`${scheme}://user:${secret}@h/`)
      },
    ],
  ]

  test.each(calls)('%s', (_what, call) => {
    const error = thrownBy(call)
    const prints = [error.message, error.stack ?? '', inspect(error, { depth: 9 }), JSON.stringify(error)]
    expect(prints.join('\n')).not.toContain(secret)
  })

  test('a transport and its listener', async () => {
    await using transport = getTransport(`rabbit://user:${secret}@127.0.0.1:1/`, { logger: silentLogger })
    const listener = getNotificationListener(transport, [target], [idle])
    const failure: unknown = await listener
      .start({ timeout: 50 })
      .then(undefined, (thrown: unknown) => thrown)
    expect(failure).toBeInstanceOf(MessagingException)
    const things = [transport, transport.url, transport.health(), listener, listener.stats(), failure]
    const prints = things.flatMap((thing) => [
      inspect(thing, { depth: 9, showHidden: true }),
      JSON.stringify(thing),
    ])
    expect(prints.join('\n')).not.toContain(secret)
  })
})
