/** start, stop and wait in every order. source: oslo_messaging/tests/rpc/test_server.py (TestServerLocking), with our promises */
import { randomUUID } from 'node:crypto'

import { describe, expect, test } from '@jest/globals'

import type { Driver } from '../../src/core/driver.js'
import { ConnectionFailure } from '../../src/core/errors.js'
import { silentLogger } from '../../src/core/logger.js'
import { memoryDriverEntry } from '../../src/drivers/memory/driver.js'
import {
  type Executor,
  getNotificationListener,
  getTransport,
  type NotificationEndpoint,
  type NotificationListener,
  registerDriver,
  ServerListenError,
} from '../../src/index.js'
import { changed } from '../conformance/mutants/kit.js'
import { gate, Stage } from '../support/stage.js'
import { until } from '../support/until.js'

const idle: NotificationEndpoint = { info: () => {} }

function recorded(stage: Stage, endpoint: NotificationEndpoint = idle): [NotificationListener, string[]] {
  const listener = stage.keep(getNotificationListener(stage.transport, [stage.target], [endpoint]))
  const events: string[] = []
  listener.on('started', () => events.push('started')).on('stopped', () => events.push('stopped'))
  return [listener, events]
}

test('stats tell where in its life a listener is', async () => {
  await using stage = new Stage()
  const { opened, open } = gate()
  const [listener] = recorded(stage, { info: () => opened })
  const state = (): string => listener.stats().state
  expect(state()).toBe('stopped')
  const starting = listener.start()
  expect(state()).toBe('starting')
  await starting
  expect(state()).toBe('listening')
  await stage.send('slow')
  await until(() => listener.stats().inHand === 1)
  await listener.stop()
  expect(state()).toBe('stopping')
  open()
  await listener.wait()
  expect(state()).toBe('stopped')
})

describe('order', () => {
  const rows: [calls: ('start' | 'stop' | 'wait')[], events: string[]][] = [
    [
      ['start', 'stop', 'wait'],
      ['started', 'stopped'],
    ],
    [
      ['start', 'start', 'stop', 'stop', 'wait', 'wait'],
      ['started', 'stopped'],
    ],
    [
      ['start', 'wait', 'stop'],
      ['started', 'stopped'],
    ],
    [
      ['start', 'wait', 'wait', 'stop', 'stop'],
      ['started', 'stopped'],
    ],
    [
      ['stop', 'wait', 'start', 'stop', 'wait'],
      ['started', 'stopped'],
    ],
    [
      ['start', 'stop', 'start', 'stop', 'wait'],
      ['started', 'stopped', 'started', 'stopped'],
    ],
    [
      ['start', 'stop', 'wait', 'start', 'start', 'stop'],
      ['started', 'stopped', 'started', 'stopped'],
    ],
  ]

  test.each(rows)('%j in one go ends with all promises resolved and the events %j', async (calls, events) => {
    await using stage = new Stage()
    const [listener, seen] = recorded(stage)
    const promises: Promise<void>[] = []
    for (const [index, call] of calls.entries()) {
      // A stop that follows a start which waits for an earlier stop belongs to the new life.
      if (call === 'stop' && calls.slice(0, index).includes('stop') && calls[index - 1] === 'start')
        await promises.at(-1)
      promises.push(listener[call]())
    }
    await Promise.all(promises)
    await listener.stop()
    expect(seen).toEqual(events)
  })

  test('stop and wait before any start resolve at once', async () => {
    await using stage = new Stage()
    const [listener, events] = recorded(stage)
    await listener.stop()
    await listener.wait()
    await listener.stop()
    expect(events).toEqual([])
  })

  test('wait before stop waits for it', async () => {
    await using stage = new Stage()
    const [listener] = recorded(stage)
    await listener.start()
    let isOver = false
    const over = listener.wait().then(() => {
      isOver = true
    })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(isOver).toBe(false)
    await listener.stop()
    await over
  })

  test('two concurrent starts make one subscription', async () => {
    await using stage = new Stage()
    let calls = 0
    const [listener, events] = recorded(stage, { info: () => void (calls += 1) })
    await Promise.all([listener.start(), listener.start()])
    await listener.start()
    await stage.send('a')
    await until(() => calls === 1)
    expect(events).toEqual(['started'])
    expect(listener.stats().driver.delivered).toBe(1)
  })

  test('two concurrent restarts beside a stop tell it once', async () => {
    await using stage = new Stage()
    const [listener, events] = recorded(stage)
    await listener.start()
    await Promise.all([listener.stop(), listener.start(), listener.start()])
    expect(events).toEqual(['started', 'stopped', 'started'])
  })
})

test('a listener restarts with its backlog, as often as you like', async () => {
  await using stage = new Stage()
  const seen: number[] = []
  const [listener] = recorded(stage, { info: (...[, , , payload]) => void seen.push(payload.n) })
  for (let n = 0; n < 3; n++) {
    await stage.send('a', { n })
    await listener.start()
    await until(() => seen.length === n + 1)
    await listener.stop()
    await listener.wait()
    expect(listener.stats()).toMatchObject({ received: n + 1, handled: n + 1, driver: { acknowledged: 1 } })
  }
  expect(seen).toEqual([0, 1, 2])
})

test('after stop no message reaches an endpoint; those in hand go on, and wait waits for them', async () => {
  await using stage = new Stage()
  const { opened, open } = gate()
  let begun = 0
  let ended = 0
  const listener = await stage.listen({
    async info() {
      begun += 1
      await opened
      ended += 1
    },
  })
  await stage.send('a')
  await until(() => begun === 1)
  await listener.stop()
  await stage.send('b')
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect([begun, ended]).toEqual([1, 0])
  const over = listener.wait()
  open()
  await over
  expect([begun, ended]).toEqual([1, 1])
  expect(listener.stats()).toMatchObject({ handled: 1, inHand: 0, driver: { acknowledged: 1, unsettled: 0 } })
})

test('what waits behind the credit is given back at stop, for another listener', async () => {
  await using stage = new Stage()
  const { opened, open } = gate()
  const first = await stage.listen([{ info: () => opened, error: () => opened }], { concurrency: 1 })
  // Two queues with a credit of two each, two in hand: the others wait raw.
  for (let n = 0; n < 4; n++) await stage.send('a', {}, { priority: n % 2 === 0 ? 'info' : 'error' })
  await until(() => first.stats().backlog === 2)
  expect(first.stats()).toMatchObject({ inHand: 2, backlog: 2, received: 2 })
  await first.stop()
  expect(first.stats().backlog).toBe(0)
  let others = 0
  await stage.listen([{ info: () => void (others += 1), error: () => void (others += 1) }])
  await until(() => others === 2)
  open()
  await first.wait()
  expect(first.stats()).toMatchObject({ handled: 2 })
})

describe('the deadline of wait', () => {
  function stubborn(signals: AbortSignal[]): NotificationEndpoint {
    return {
      info: (...[, , , , { signal }]) => {
        signals.push(signal)
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve(undefined))
        })
      },
    }
  }

  test('aborts the signal and gives the message back; it is handled by the next, also the same listener', async () => {
    await using stage = new Stage()
    const signals: AbortSignal[] = []
    const [listener] = recorded(stage, stubborn(signals))
    await listener.start()
    await stage.send('a')
    await until(() => signals.length === 1)
    expect(signals[0]?.aborted).toBe(false)
    await listener.stop()
    await listener.wait({ timeout: 20 })
    expect(signals[0]?.aborted).toBe(true)
    await until(() => listener.stats().givenBack === 1)
    await listener.start()
    await until(() => signals.length === 2)
    expect(signals[1]?.aborted).toBe(false)
    expect(listener.stats()).toMatchObject({ handled: 0, duplicates: 0 })
  })

  test('jobs that have not begun are given back without being run', async () => {
    await using stage = new Stage()
    const signals: AbortSignal[] = []
    const listener = await stage.listen(stubborn(signals), { concurrency: 1 })
    await stage.send('a')
    await stage.send('b')
    await until(() => listener.stats().inHand === 2)
    await listener.stop()
    await listener.wait({ timeout: 20 })
    expect(signals).toHaveLength(1)
    await until(() => listener.stats().givenBack === 2)
  })

  test('of several waits the first to pass counts', async () => {
    await using stage = new Stage()
    const signals: AbortSignal[] = []
    const listener = await stage.listen(stubborn(signals))
    const idiom = listener.wait({ timeout: 5_000 })
    await stage.send('a')
    await until(() => signals.length === 1)
    await listener.stop()
    await listener.wait({ timeout: 20 })
    await idiom
    expect(signals[0]?.aborted).toBe(true)
  })

  test('a stop without haste aborts nothing', async () => {
    await using stage = new Stage()
    const signals: AbortSignal[] = []
    const listener = await stage.listen({ info: (...[, , , , { signal }]) => void signals.push(signal) })
    await stage.send('a')
    await until(() => signals.length === 1)
    await listener.stop()
    await listener.wait()
    expect(signals[0]?.aborted).toBe(false)
  })
})

describe('a start that fails', () => {
  /** Its listen fails so often, then works. */
  function failing(times: number, error: Error): string {
    const scheme = `failing-${randomUUID()}`
    registerDriver(scheme, {
      create: (url, dependencies): Driver => {
        const driver = memoryDriverEntry.create(url, dependencies)
        let left = times
        return changed(driver, {
          listen: (...args) => (left-- > 0 ? Promise.reject(error) : driver.listen(...args)),
        })
      },
    })
    return `${scheme}://${randomUUID()}`
  }

  const down = new ConnectionFailure('BROKER_UNREACHABLE', 'nobody answers at localhost:5672')

  test.each([
    ['a ConnectionFailure', down],
    ['an Error', new Error('boom')],
  ])('rejects with ServerListenError for %s, and may be retried', async (_what, reason) => {
    await using transport = getTransport(failing(1, reason), { logger: silentLogger })
    const events: string[] = []
    const stage = new Stage()
    const listener = getNotificationListener(transport, [stage.target], [idle])
    listener.on('started', () => events.push('started')).on('stopped', () => events.push('stopped'))
    const waited = Promise.all([listener.start(), listener.wait(), listener.stop()])
    const failure: unknown = await waited.then(undefined, (thrown: unknown) => thrown)
    expect(failure).toBeInstanceOf(ServerListenError)
    expect(failure).toMatchObject({
      code: 'LISTEN_FAILURE',
      targets: ['<Target topic=notifications>'],
      cause: reason,
      message: expect.stringContaining(reason.message),
    })
    await listener.stop()
    await listener.wait()
    expect(events).toEqual([])
    await listener.start()
    await listener.stop()
    await listener.wait()
    expect(events).toEqual(['started', 'stopped'])
    await stage[Symbol.asyncDispose]()
  })

  test('fails for both of two concurrent callers', async () => {
    await using transport = getTransport(failing(1, down), { logger: silentLogger })
    await using stage = new Stage()
    const listener = getNotificationListener(transport, [stage.target], [idle])
    const results = await Promise.allSettled([listener.start(), listener.start()])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await listener.start()
    await listener.stop()
    await listener.wait()
  })

  test('because it is stopped while it waits for a broker, for ever if need be, says STOPPED; it may be tried again', async () => {
    const scheme = `waiting-${randomUUID()}`
    let isAway = true
    registerDriver(scheme, {
      create: (url, dependencies): Driver => {
        const driver = memoryDriverEntry.create(url, dependencies)
        return changed(driver, {
          listen: (subscriptions, options, onIncoming) =>
            isAway
              ? new Promise((_, reject) => {
                  options.signal?.addEventListener('abort', () => reject(options.signal?.reason as Error))
                })
              : driver.listen(subscriptions, options, onIncoming),
        })
      },
    })
    await using transport = getTransport(`${scheme}://${randomUUID()}`, { logger: silentLogger })
    await using stage = new Stage()
    const listener = getNotificationListener(transport, [stage.target], [idle])
    const { signal } = new AbortController()
    const starting = listener.start({ timeout: 0, signal })
    const waiting = listener.wait()
    const failure = starting.then(undefined, (thrown: unknown) => thrown)
    await listener.stop()
    expect(await failure).toMatchObject({ name: 'NotOpen', code: 'STOPPED' })
    await waiting
    isAway = false
    await listener.start()
    await listener.stop()
    await listener.wait()
  })

  test('because its signal is aborted says so', async () => {
    await using stage = new Stage()
    const [listener] = recorded(stage)
    await expect(
      listener.start({ signal: AbortSignal.abort(new Error('shutting down')) }),
    ).rejects.toMatchObject({
      code: 'ABORTED',
    })
    await listener.start()
  })
})

test('an executor that breaks its promise and throws costs no credit', async () => {
  await using stage = new Stage()
  let throws = true
  const executor: Executor = {
    concurrency: 1,
    credit: 1,
    execute(job) {
      if (throws) throw new Error('full')
      job.run(() => {})
    },
    close: async () => {},
  }
  let calls = 0
  const listener = await stage.listen({ info: () => void (calls += 1) }, { executor })
  await stage.send('a')
  await until(() => listener.stats().givenBack > 0)
  throws = false
  await until(() => calls === 1)
})

test('await using stops and waits', async () => {
  await using stage = new Stage()
  const events: string[] = []
  {
    await using listener = getNotificationListener(stage.transport, [stage.target], [idle])
    listener.on('stopped', () => events.push('stopped'))
    await listener.start()
  }
  expect(events).toEqual(['stopped'])
})

test('after cleanup of the transport a start says NOT_OPEN', async () => {
  await using stage = new Stage()
  const [listener] = recorded(stage)
  await stage.transport.cleanup()
  await expect(listener.start()).rejects.toMatchObject({ code: 'NOT_OPEN', name: 'NotOpen' })
})

describe('events', () => {
  test('an event listener that throws harms nothing, and is logged', async () => {
    const lines: string[] = []
    const logger = { ...silentLogger, error: (message: string) => void lines.push(message) }
    await using stage = new Stage({ logger })
    const [listener] = recorded(stage)
    for (const event of ['started', 'stopped', 'error'] as const)
      listener.on(event, () => {
        throw new Error('no')
      })
    await listener.start()
    await stage.sendBytes('{')
    await until(() => listener.stats().rejected === 1)
    await listener.stop()
    expect(lines.sort()).toEqual(
      ['error', 'started', 'stopped'].map((event) => `a listener of the event '${event}' threw`),
    )
  })

  test('an error that nobody listens to is logged with what it is about', async () => {
    const lines: [string, unknown][] = []
    await using transport = getTransport(`memory://${randomUUID()}`, {
      logger: {
        ...silentLogger,
        error: (...line: [string, unknown?]) => void lines.push([line[0], line[1]]),
      },
    })
    await using stage = new Stage()
    await using listener = getNotificationListener(transport, [stage.target], [idle])
    await listener.start()
    await transport.driver.send(
      { exchange: 'openstack', topic: 'notifications.info', mode: 'shared' },
      Buffer.from('[]'),
    )
    await until(() => lines.length === 1)
    expect(lines[0]).toEqual([
      'UndecodableMessage: the body is a JSON object; found an array',
      { code: 'NOT_AN_OBJECT' },
    ])
  })

  test('a logger that throws stops nothing', async () => {
    const fail = (): never => {
      throw new Error('disk full')
    }
    const logger = { debug: fail, info: fail, warn: fail, error: fail }
    await using transport = getTransport(`memory://${randomUUID()}`, { logger })
    await using stage = new Stage()
    let calls = 0
    await using listener = getNotificationListener(
      transport,
      [stage.target],
      [{ info: () => void (calls += 1) }],
    )
    await listener.start()
    const route = { exchange: 'openstack', topic: 'notifications.info', mode: 'shared' } as const
    await transport.driver.send(route, Buffer.from('['))
    await transport.driver.send(route, Buffer.from('{"priority":"INFO"}'))
    await until(() => calls === 1)
  })

  test('off ends it, once tells once', async () => {
    await using stage = new Stage()
    const [listener] = recorded(stage)
    let on = 0
    let once = 0
    const count = (): void => void (on += 1)
    listener.on('started', count).once('started', () => void (once += 1))
    await listener.start()
    await listener.stop()
    await listener.start()
    listener.off('started', count)
    await listener.stop()
    await listener.start()
    expect([on, once]).toEqual([2, 1])
  })
})
