/** What a notifier promises beside the original's table, which notifier-table.test.ts holds. */
import { randomUUID } from 'node:crypto'

import { afterEach, describe, expect, test } from '@jest/globals'

import {
  ConfigurationError,
  DriverLoadFailure,
  MessageDeliveryFailure,
  MessageUndeliverable,
  NotOpen,
  UnserializableMessage,
} from '../../src/core/errors.js'
import { silentLogger } from '../../src/core/logger.js'
import { type Context, NoOpSerializer } from '../../src/core/serializer.js'
import { recordedNotifications, resetRecordedNotifications } from '../../src/notify/drivers/test.js'
import { decodeNotification } from '../../src/notify/envelope.js'
import { Notifier } from '../../src/notify/notifier.js'
import type { NotifierDriver } from '../../src/notify/notifier-driver.js'
import { registerNotifierDriver } from '../../src/notify/notifier-drivers.js'
import { getTransport, type Transport } from '../../src/transport.js'
import { decode, recordingLogger, recordingTransport } from './recording.js'

const transports: Transport[] = []

afterEach(async () => {
  resetRecordedNotifications()
  await Promise.all(transports.splice(0).map((transport) => transport.cleanup()))
})

function memory(query = ''): Transport {
  const transport = getTransport(`memory://${randomUUID()}${query}`, { logger: silentLogger })
  transports.push(transport)
  return transport
}

/** Registers a driver under a name of its own. */
function register(notify: NotifierDriver['notify']): string {
  const name = `driver-${randomUUID()}`
  registerNotifierDriver(name, () => ({ notify }))
  return name
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'resolved',
    (error: unknown) => error,
  )
}

function thrownBy(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    return error
  }
}

describe('sending', () => {
  test('a notification arrives on the topic of its priority, on the exchange given', async () => {
    const transport = memory()
    const bodies: Uint8Array[] = []
    const arrived = new Promise<void>((resolve) => {
      void transport.driver.listen(
        [{ exchange: 'nova', topic: 'alerts.critical', mode: 'shared' }],
        { credit: 1, deadLetter: false },
        (message) => {
          bodies.push(Uint8Array.from(message.body))
          message.acknowledge()
          resolve()
        },
      )
    })
    const notifier = new Notifier(transport, {
      publisherId: 'compute.host1',
      topics: ['alerts'],
      exchange: 'nova',
    })
    await notifier.critical({ user: 'bob' }, 'compute.down', { host: 'host1' })
    await arrived
    const { message, context } = decodeNotification(bodies[0] ?? new Uint8Array(), undefined, {
      maxBodySize: 1_000,
      maxDepth: 100,
    })
    expect(message).toMatchObject({
      publisher_id: 'compute.host1',
      event_type: 'compute.down',
      payload: { host: 'host1' },
    })
    expect(context).toEqual({ user: 'bob' })
  })

  test('warning is warn', async () => {
    await using recording = recordingTransport()
    await new Notifier(recording.transport).warning(null, 'e', {})
    expect(recording.sent[0]?.route.topic).toBe('notifications.warn')
    expect(recording.sent.map((sent) => decode(sent).message['priority'])).toEqual(['WARN'])
  })

  test('without a publisher, publisher_id is null; without a payload, payload is null', async () => {
    await using recording = recordingTransport()
    await new Notifier(recording.transport).info(null, 'e', undefined)
    expect(recording.sent.map((sent) => decode(sent).message)).toMatchObject([
      { publisher_id: null, payload: null },
    ])
  })

  test('calls that are not awaited are sent in their order, on every topic', async () => {
    await using recording = recordingTransport()
    const notifier = new Notifier(recording.transport, {
      driver: ['messaging', 'messagingv2'],
      topics: ['a', 'b'],
    })
    await Promise.all([1, 2, 3].map((n) => notifier.info(null, `e${n}`, n)))
    expect(recording.sent.map((sent) => decode(sent).message['payload'])).toEqual([
      1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3,
    ])
  })

  test('options of a call beat those of the notifier', async () => {
    await using recording = recordingTransport()
    const { signal } = new AbortController()
    const notifier = new Notifier(recording.transport, { retry: 3, timeout: 1_000 })
    await notifier.info(null, 'e', {})
    await notifier.info(null, 'e', {}, { retry: 0, timeout: 5, signal, mandatory: false })
    expect(recording.sent.map(({ options }) => options)).toEqual([
      { retry: 3, timeout: 1_000, ownsBody: true },
      { retry: 0, timeout: 5, signal, mandatory: false, ownsBody: true },
    ])
  })
})

describe('prepare', () => {
  test('inherits what is left out and keeps an explicit null', async () => {
    const notifier = new Notifier(memory(), { driver: 'test', publisherId: 'p', retry: 5, timeout: 7 })
    await notifier.prepare({ timeout: 9 }).info(null, 'inherits', {})
    await notifier.prepare({ retry: null, publisherId: null }).info(null, 'nulls', {})
    await notifier
      .prepare({ retry: undefined as never })
      .prepare()
      .info(null, 'twice', {})
    expect(recordedNotifications().map(({ message, options }) => [message.publisher_id, options])).toEqual([
      ['p', { retry: 5, timeout: 9 }],
      [null, { retry: null, timeout: 7 }],
      ['p', { retry: 5, timeout: 7 }],
    ])
  })

  test('shares the drivers', () => {
    const name = `driver-${randomUUID()}`
    let made = 0
    registerNotifierDriver(name, () => {
      made++
      return { notify() {} }
    })
    new Notifier(memory(), { driver: name }).prepare().prepare({ retry: 0 })
    expect(made).toBe(1)
  })

  test('refuses what only a whole notifier has', () => {
    const notifier = new Notifier(memory())
    expect(() => notifier.prepare({ topics: ['a'] } as object)).toThrow(ConfigurationError)
  })
})

describe('options', () => {
  test('all problems are listed at once', () => {
    const error = thrownBy(
      () =>
        new Notifier(memory(), {
          topics: ['', 'a'],
          retry: 1.5,
          timeout: -1,
          failures: 'ignore',
          publisherID: 'x',
          serializer: {},
        } as object),
    ) as ConfigurationError
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error.problems).toHaveLength(6)
    expect(error.message).toContain("did you mean 'publisherId'?")
  })

  test('an unknown driver is refused with the nearest known one', () => {
    expect(() => new Notifier(memory(), { driver: ['log', 'mesagingv2'] })).toThrow(
      "there is no notifier driver 'mesagingv2'; did you mean 'messagingv2'?",
    )
  })

  test('something that is no transport is refused', () => {
    expect(() => new Notifier('rabbit://' as never)).toThrow(
      "the first argument is the Transport of getTransport(); found 'rabbit://'",
    )
  })

  test('a driver that can not be made is a DriverLoadFailure with its cause', () => {
    const name = `driver-${randomUUID()}`
    registerNotifierDriver(name, () => {
      throw new Error('no licence')
    })
    expect(thrownBy(() => new Notifier(memory(), { driver: name }))).toMatchObject({
      constructor: DriverLoadFailure,
      driver: name,
      cause: { message: 'no licence' },
    })
  })

  test('a name of a driver can not be taken twice', () => {
    expect(() => registerNotifierDriver('log', () => ({ notify() {} }))).toThrow(ConfigurationError)
  })

  test.each([
    { driver: [], enabled: false },
    { driver: 'noop', enabled: false },
    { driver: ['noop', 'noop'], enabled: false },
    { driver: ['noop', 'test'], enabled: true },
    { driver: 'messaging', enabled: true },
    { driver: 'log', enabled: true },
  ])('isEnabled() is $enabled with $driver', ({ driver, enabled }) => {
    expect(new Notifier(memory(), { driver }).isEnabled()).toBe(enabled)
  })
})

describe('several drivers', () => {
  test('run in the order of the option, each once, with the same message and context', async () => {
    const calls: unknown[][] = []
    const names = ['z', 'a'].map((label) => register((...args) => void calls.push([label, ...args])))
    const [z = '', a = ''] = names
    const notifier = new Notifier(memory(), { driver: [z, a, z] })
    await notifier.error({ user: 'bob' }, 'e', { n: 1 })
    expect(notifier.drivers).toEqual([z, a])
    expect(calls.map(([label]) => label)).toEqual(['z', 'a'])
    expect(calls[0]?.[1]).toBe(calls[1]?.[1])
    expect(calls[0]?.[2]).toBe(calls[1]?.[2])
    expect(calls[0]?.slice(3)).toEqual(['error', { retry: -1 }])
  })

  test('the messaging drivers do not touch the message that the later ones get', async () => {
    await using recording = recordingTransport()
    const payload = Object.freeze({ a: Object.freeze([1]) })
    await new Notifier(recording.transport, { driver: ['messaging', 'messagingv2', 'log', 'test'] }).info(
      Object.freeze({ user: 'bob' }),
      'e',
      payload,
    )
    const [record] = recordedNotifications()
    expect(Object.keys(record?.message ?? {})).toEqual([
      'message_id',
      'publisher_id',
      'event_type',
      'priority',
      'payload',
      'timestamp',
    ])
    expect(record?.message.payload).toBe(payload)
    expect(recording.sent.map((sent) => decode(sent).message['message_id'])).toEqual([
      record?.message.message_id,
      record?.message.message_id,
    ])
  })

  test('a driver that throws does not stop the later ones', async () => {
    const failing = register(() => {
      throw new Error('out of paper')
    })
    const failure = await failureOf(new Notifier(memory(), { driver: [failing, 'test'] }).info(null, 'e', {}))
    expect(failure).toMatchObject({
      constructor: MessageDeliveryFailure,
      code: 'DRIVER_FAILED',
      cause: { message: 'out of paper' },
    })
    expect(recordedNotifications()).toHaveLength(1)
  })

  test('several failures come as one, which names each', async () => {
    const failing = register(() => Promise.reject(new Error('out of paper')))
    const refused = new MessageDeliveryFailure('TIMED_OUT', 'too late')
    await using recording = recordingTransport({
      refuse: new Map([
        ['a.info', refused],
        ['b.info', refused],
      ]),
    })
    const notifier = new Notifier(recording.transport, {
      driver: [failing, 'messagingv2', 'test'],
      topics: ['a', 'b', 'c'],
    })
    const failure = (await failureOf(notifier.info(null, 'e', {}))) as MessageDeliveryFailure
    expect(failure).toMatchObject({
      constructor: MessageDeliveryFailure,
      code: 'SEVERAL_FAILURES',
      outcome: 'unknown',
    })
    expect((failure.cause as AggregateError).errors).toEqual([
      expect.objectContaining({ code: 'DRIVER_FAILED' }),
      refused,
      refused,
    ])
    expect(recording.sent.map(({ route }) => route.topic)).toEqual(['a.info', 'b.info', 'c.info'])
    expect(recordedNotifications()).toHaveLength(1)
  })
})

describe('failures', () => {
  test('a mandatory notification that nobody takes rejects as MessageUndeliverable', async () => {
    const notifier = new Notifier(memory('?declareQueues=false'))
    expect(await failureOf(notifier.info(null, 'e', {}, { mandatory: true }))).toBeInstanceOf(
      MessageUndeliverable,
    )
  })

  test('after cleanup a call rejects with NotOpen', async () => {
    const transport = memory()
    await transport.cleanup()
    expect(await failureOf(new Notifier(transport).info(null, 'e', {}))).toBeInstanceOf(NotOpen)
  })

  test("with failures 'log' the promise resolves and an error line says what happened", async () => {
    const { logger, lines } = recordingLogger()
    const refuse = new Map([['notifications.info', new MessageDeliveryFailure('TIMED_OUT', 'too late')]])
    await using recording = recordingTransport({ refuse, logger })
    await new Notifier(recording.transport, { failures: 'log' }).info(null, 'compute.down', {})
    expect(lines).toEqual([
      { level: 'error', message: expect.stringMatching(/'compute\.down' \([0-9a-f-]{36}\).*too late/) },
    ])
  })

  test("with failures 'log' even a logger that throws does not reject the promise", async () => {
    const logger = {
      ...silentLogger,
      error: () => {
        throw new Error('disk full')
      },
    }
    const refuse = new Map([['notifications.info', new Error('no')]])
    await using recording = recordingTransport({ refuse, logger })
    await expect(
      new Notifier(recording.transport, { failures: 'log' }).info(null, 'e', {}),
    ).resolves.toBeUndefined()
  })

  test.each(['throw', 'log'] as const)(
    "mistakes of the caller reject with failures '%s'",
    async (failures) => {
      const cycle: { self?: unknown } = {}
      cycle.self = cycle
      class Failing extends NoOpSerializer {
        override serializeEntity(): unknown {
          throw new RangeError('not mine')
        }
      }
      const notifier = new Notifier(memory(), {
        failures,
        driver: ['test', 'log', 'messaging', 'messagingv2'],
      })
      expect(await failureOf(notifier.info(null, 'e', cycle))).toBeInstanceOf(UnserializableMessage)
      expect(await failureOf(notifier.info(null, 'e', 1n))).toBeInstanceOf(UnserializableMessage)
      expect(recordedNotifications()).toHaveLength(2)
      const failing = new Notifier(memory(), { failures, serializer: new Failing() })
      expect(await failureOf(failing.info(null, 'e', {}))).toBeInstanceOf(RangeError)
      const exchanged = await failureOf(notifier.info('e' as never, {} as never, {}))
      expect(exchanged).toBeInstanceOf(ConfigurationError)
      expect((exchanged as ConfigurationError).problems).toHaveLength(2)
      expect(await failureOf(notifier.info(null, 'e', {}, { retries: 3 } as object))).toBeInstanceOf(
        ConfigurationError,
      )
    },
  )

  test('an aborted signal rejects a call that waits for room', async () => {
    const notifier = new Notifier(memory('?maxLength=1'))
    await notifier.info(null, 'e', {})
    const waiting = new AbortController()
    const refused = failureOf(notifier.info(null, 'e', {}, { signal: waiting.signal }))
    waiting.abort()
    expect(await refused).toBeInstanceOf(MessageDeliveryFailure)
  })
})

describe('contexts', () => {
  class RequestContext {
    readonly user = 'bob'
    readonly password = 'hunter2'
    redactedCopy(): RequestContext {
      return Object.assign(new RequestContext(), { password: '***' })
    }
    toDict(): Context {
      return { user: this.user, password: this.password }
    }
  }
  class Plain {
    readonly toDict = (): Context => ({ from: 'toDict' })
  }

  test.each([
    { what: 'null', given: null, wanted: {} },
    { what: 'undefined', given: undefined, wanted: {} },
    { what: 'a plain object', given: { user: 'bob', roles: ['a'] }, wanted: { user: 'bob', roles: ['a'] } },
    {
      what: 'an object with redactedCopy',
      given: new RequestContext(),
      wanted: { user: 'bob', password: '***' },
    },
    { what: 'an object with toDict', given: new Plain(), wanted: { from: 'toDict' } },
    { what: 'a copy that is a plain object', given: { redactedCopy: () => ({ a: 1 }) }, wanted: { a: 1 } },
  ])('$what is sent as $wanted', async ({ given, wanted }) => {
    await using recording = recordingTransport()
    await new Notifier(recording.transport).info(given, 'e', {})
    expect(recording.sent.map((sent) => decode(sent).context)).toEqual([wanted])
  })

  test('the serializer gets the payload with the original context, and the context after it was redacted', async () => {
    const seen: unknown[] = []
    class Watching extends NoOpSerializer {
      override serializeEntity(ctxt: Context, entity: unknown): unknown {
        seen.push(ctxt)
        return { wrapped: entity }
      }
      override serializeContext(ctxt: Context): Context {
        seen.push((ctxt as unknown as RequestContext).password)
        return { serialized: true }
      }
    }
    const ctxt = new RequestContext()
    await new Notifier(memory(), { driver: 'test', serializer: new Watching() }).info(ctxt, 'e', 1)
    expect(seen).toEqual([ctxt, '***'])
    expect(recordedNotifications()).toMatchObject([
      { ctxt: { serialized: true }, message: { payload: { wrapped: 1 } } },
    ])
  })
})

describe('the driver log', () => {
  const levels = {
    audit: 'info',
    debug: 'debug',
    info: 'info',
    warn: 'warn',
    error: 'error',
    critical: 'error',
    sample: 'info',
  } as const

  test.each(Object.entries(levels))('writes %s at the level %s', async (priority, level) => {
    const { logger, lines } = recordingLogger()
    const notifier = new Notifier(memory(), { driver: 'log', logger, publisherId: 'p' })
    await notifier[priority as keyof typeof levels]({ user: 'bob' }, 'compute.up', {
      token: 'abc',
      note: 'password=x',
    })
    expect(lines.map((line) => line.level)).toEqual([level])
    const [name, json] = lines[0]?.message.split(/: (.*)/s) ?? []
    expect(name).toBe('oslo.messaging.notification.compute.up')
    expect(JSON.parse(json ?? '')).toEqual({
      message_id: expect.any(String),
      publisher_id: 'p',
      event_type: 'compute.up',
      priority: priority.toUpperCase(),
      payload: { token: '***', note: 'password=***' },
      timestamp: expect.any(String),
    })
  })
})

describe('the driver test', () => {
  test('records until it is reset, and hands out copies of its list', async () => {
    const notifier = new Notifier(memory(), { driver: 'test', retry: 2 })
    await notifier.sample({ user: 'bob' }, 'e', 1)
    const records = recordedNotifications()
    expect(records).toMatchObject([{ ctxt: { user: 'bob' }, priority: 'sample', options: { retry: 2 } }])
    resetRecordedNotifications()
    expect(recordedNotifications()).toEqual([])
    expect(records).toHaveLength(1)
  })

  test('keeps the latest 10,000', async () => {
    const notifier = new Notifier(memory(), { driver: 'test' })
    await Promise.all(Array.from({ length: 10_002 }, (_, n) => notifier.debug(null, 'e', n)))
    const records = recordedNotifications()
    expect([records.length, records[0]?.message.payload, records.at(-1)?.message.payload]).toEqual([
      10_000, 2, 10_001,
    ])
  })
})

describe('types', () => {
  interface NovaEvents {
    'instance.create': { id: string }
    'instance.delete': { id: string; forced: boolean }
  }

  test('event types and payloads are checked when the code is compiled', async () => {
    const notifier = new Notifier<NovaEvents>(memory(), { driver: 'noop' })
    await notifier.info({}, 'instance.create', { id: 'a' })
    await notifier.prepare({ retry: 0 }).sample(null, 'instance.delete', { id: 'a', forced: true })
    // @ts-expect-error an event type that is not in the map
    await notifier.info({}, 'instance.crate', { id: 'a' })
    // @ts-expect-error the payload of another event type
    await notifier.info({}, 'instance.delete', { id: 'a' })
    // @ts-expect-error a sub-notifier keeps the map
    await notifier.prepare().info({}, 'other', {})
    await expect(new Notifier(memory(), { driver: 'noop' }).info({}, 'anything', 17)).resolves.toBeUndefined()
  })
})
