/** source: oslo_messaging/tests/notify/test_logger.py, test_log_handler.py */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Readable } from 'node:stream'

import { afterEach, describe, expect, test } from '@jest/globals'

import { ConfigurationError, MessageDeliveryFailure } from '../../src/core/errors.js'
import { silentLogger } from '../../src/core/logger.js'
import type { Context } from '../../src/core/serializer.js'
import type { WireNotification } from '../../src/notify/envelope.js'
import type { LogNotificationOptions } from '../../src/notify/log-notifications.js'
import {
  notificationStream,
  notificationTransport,
  notifyingLogger,
} from '../../src/notify/logging-handler.js'
import { Notifier } from '../../src/notify/notifier.js'
import type { NotifierDriver } from '../../src/notify/notifier-driver.js'
import { registerNotifierDriver } from '../../src/notify/notifier-drivers.js'
import { getTransport, type Transport } from '../../src/transport.js'
import { type LoggedLine, recordingLogger } from './recording.js'

const transports: Transport[] = []

afterEach(async () => {
  await Promise.all(transports.splice(0).map((transport) => transport.cleanup()))
})

interface Record {
  readonly ctxt: Context
  readonly message: WireNotification
}

/** A notifier whose notifications land in a list of its own, after `also`. */
function recordingNotifier(also: NotifierDriver['notify'] = () => {}): {
  readonly notifier: Notifier
  readonly records: Record[]
} {
  const records: Record[] = []
  const name = `recording-${randomUUID()}`
  registerNotifierDriver(name, () => ({
    notify(ctxt, message, priority, options) {
      records.push({ ctxt, message })
      return also(ctxt, message, priority, options)
    },
  }))
  return { notifier: new Notifier(newTransport(), { driver: name }), records }
}

function newTransport(): Transport {
  const transport = getTransport(`memory://${randomUUID()}`, { logger: silentLogger })
  transports.push(transport)
  return transport
}

const place = {
  pathname: null,
  lineno: null,
  funcName: null,
  thread: 0,
  processName: process.title,
  process: process.pid,
}

/** Lets settled promises be heard of. */
async function turns(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

/** A line as pino writes it. */
function line(fields: object): string {
  return `${JSON.stringify({ time: 1, pid: 7, hostname: 'h', ...fields })}\n`
}

/** Options with a fallback whose lines are kept. */
function withFallback(limit?: number): {
  readonly options: LogNotificationOptions
  readonly lines: LoggedLine[]
} {
  const { logger, lines } = recordingLogger()
  return { options: { fallback: logger, ...(limit === undefined ? {} : { limit }) }, lines }
}

describe('pino', () => {
  const rows: [number | string, string | undefined][] = [
    [10, undefined],
    [20, 'DEBUG'],
    [30, 'INFO'],
    [35, 'INFO'],
    [40, 'WARN'],
    [50, 'ERROR'],
    [60, 'CRITICAL'],
    ['info', 'INFO'],
    ['fatal', 'CRITICAL'],
    ['constructor', undefined],
  ]

  test.each(rows)('the level %p is the priority %p', (level, priority) => {
    const { notifier, records } = recordingNotifier()
    notificationStream(notifier).write(line({ level, msg: 'hello' }))
    expect(records.map(({ message }) => message.priority)).toEqual(priority === undefined ? [] : [priority])
  })

  test('a line becomes a record with the twelve keys of the original', () => {
    const { notifier, records } = recordingNotifier()
    const err = { type: 'Error', message: 'no', stack: 'Error: no\n  at x' }
    notificationStream(notifier).write(line({ level: 40, msg: 'hello', name: 'nova', err, user: 'bob' }))
    expect(records).toMatchObject([{ ctxt: {}, message: { event_type: 'logrecord', publisher_id: null } }])
    expect(records[0]?.message.payload).toEqual({
      ...place,
      name: 'nova',
      levelno: 30,
      levelname: 'WARNING',
      exc_info: 'Error: no\n  at x',
      msg: 'hello',
      extra: { user: 'bob' },
    })
  })

  test('a line that is no JSON is said once to the fallback', () => {
    const { logger, lines } = recordingLogger()
    const stream = notificationStream(recordingNotifier().notifier, { fallback: logger })
    for (const text of ['no JSON', 'null', '']) stream.write(text)
    expect(lines).toEqual([
      { level: 'warn', message: expect.stringContaining('a log line could not be notified') },
    ])
  })
})

describe('winston', () => {
  test('a piped logger is heard from its level on', async () => {
    const { notifier, records } = recordingNotifier()
    const transport = notificationTransport(notifier)
    const infos = ['error', 'warn', 'info', 'http', 'debug'].map((level) => ({
      level,
      message: `a ${level}`,
      label: 'nova',
      n: 1,
    }))
    const logger = Object.assign(Readable.from(infos), {
      level: 'info',
      levels: { error: 0, warn: 1, info: 2, http: 3, debug: 5 },
    })
    logger.pipe(transport)
    await once(transport, 'finish')
    expect(records.map(({ message }) => message.priority)).toEqual(['ERROR', 'WARN', 'INFO'])
    expect(records[0]?.message.payload).toMatchObject({ name: 'nova', msg: 'a error', extra: { n: 1 } })
  })

  test('log calls next, also for what can not be notified', () => {
    const { logger } = recordingLogger()
    const transport = notificationTransport(recordingNotifier().notifier, { fallback: logger })
    let calls = 0
    const next = (): void => void calls++
    transport.log({ level: 'info', message: 'a' }, next)
    transport.log(null as never, next)
    transport.log({ level: 'info', message: 'a' })
    expect(calls).toBe(2)
  })
})

describe('a console', () => {
  test.each([
    ['debug', 'DEBUG', 10, 'DEBUG'],
    ['info', 'INFO', 20, 'INFO'],
    ['warn', 'WARN', 30, 'WARNING'],
    ['error', 'ERROR', 40, 'ERROR'],
  ] as const)('%s writes the line and notifies', (method, priority, levelno, levelname) => {
    const { notifier, records } = recordingNotifier()
    const { logger, lines } = recordingLogger()
    notifyingLogger(logger, notifier)[method]('hello', { user: 'bob', big: 1n, error: new TypeError('no') })
    expect(lines).toEqual([{ level: method, message: 'hello' }])
    expect(records.map(({ message }) => message)).toMatchObject([
      {
        priority,
        event_type: 'logrecord',
        payload: {
          ...place,
          name: 'root',
          levelno,
          levelname,
          msg: 'hello',
          exc_info: expect.stringContaining('TypeError: no'),
        },
      },
    ])
    expect(records[0]?.message.payload).toMatchObject({ extra: { user: 'bob', big: 1 } })
  })
})

describe('errors only', () => {
  test('an error is an error_notification of error.publisher, less is nothing', () => {
    const { notifier, records } = recordingNotifier()
    const stream = notificationStream(notifier, { kind: 'errors' })
    for (const level of [30, 40, 50, 60]) stream.write(JSON.stringify({ level, msg: `level ${level}` }))
    expect(records).toMatchObject(
      [50, 60].map((level) => ({
        ctxt: {},
        message: {
          event_type: 'error_notification',
          publisher_id: 'error.publisher',
          priority: 'ERROR',
          payload: { error: `level ${level}` },
        },
      })),
    )
  })
})

describe('trouble', () => {
  test('a notifier with the driver log is not called, and the fallback is told why', () => {
    const written = recordingLogger()
    const { options: given, lines } = withFallback()
    const transport = newTransport()
    const logger = notifyingLogger(
      written.logger,
      new Notifier(transport, { driver: ['log', 'test'], logger: written.logger }),
      given,
    )
    logger.info('hello')
    expect(written.lines).toEqual([{ level: 'info', message: 'hello' }])
    expect(lines).toEqual([{ level: 'warn', message: expect.stringContaining("the driver 'log'") }])
  })

  test('lines that are written while notifying are not notified', () => {
    const written = recordingLogger()
    let logger = written.logger
    const { notifier, records } = recordingNotifier(() => logger.info('from within'))
    logger = notifyingLogger(written.logger, notifier)
    logger.info('hello')
    logger.info('again')
    expect(records.map(({ message }) => (message.payload as { msg: string }).msg)).toEqual(['hello', 'again'])
    expect(written.lines.map(({ message }) => message)).toEqual([
      'hello',
      'from within',
      'again',
      'from within',
    ])
  })

  test('failures go to the fallback once until one succeeds, never to the logger that is listened to', async () => {
    const written = recordingLogger()
    const { options: given, lines } = withFallback()
    let failing = true
    const { notifier } = recordingNotifier(() => {
      if (failing) throw new MessageDeliveryFailure('TIMED_OUT', 'too late')
    })
    const logger = notifyingLogger(written.logger, notifier.prepare({ failures: 'log' }), given)
    for (const text of ['a', 'b', 'c']) logger.error(text)
    await turns()
    expect(lines).toHaveLength(1)
    failing = false
    logger.error('d')
    await turns()
    failing = true
    logger.error('e')
    await turns()
    expect(lines.map(({ message }) => message)).toEqual([
      expect.stringContaining('too late'),
      expect.stringContaining('too late'),
    ])
    expect(written.lines.map(({ message }) => message)).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  test('no more than the limit are under way', async () => {
    const { options: given, lines } = withFallback(2)
    const release: (() => void)[] = []
    const { notifier, records } = recordingNotifier(
      () => new Promise<void>((resolve) => release.push(resolve)),
    )
    const logger = notifyingLogger(silentLogger, notifier, given)
    for (const text of ['a', 'b', 'c', 'd']) logger.info(text)
    expect(records).toHaveLength(2)
    expect(lines).toEqual([
      { level: 'warn', message: expect.stringContaining('2 notifications of log lines are under way') },
    ])
    for (const free of release) free()
    await turns()
    logger.info('e')
    expect(records).toHaveLength(3)
    release.at(-1)?.()
  })

  test('a fallback that throws does not reach the one who logs', () => {
    const fallback = {
      ...silentLogger,
      warn: () => {
        throw new Error('disk full')
      },
    }
    const stream = notificationStream(recordingNotifier().notifier, { fallback })
    expect(() => stream.write('no JSON')).not.toThrow()
  })

  test('wrong options are refused at the door', () => {
    const { notifier } = recordingNotifier()
    expect(() => notificationStream(notifier, { limit: 0, kinds: 'errors' } as object)).toThrow(
      ConfigurationError,
    )
  })
})
