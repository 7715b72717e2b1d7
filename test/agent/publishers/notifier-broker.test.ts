/** The notifier publisher on a real broker: a listener of ours and the real Python oslo.messaging read what it sends, and Python checks it. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

import { describe, expect, test } from '@jest/globals'

import { makePublisher, type Sample } from '../../../src/agent/index.js'
import { Target } from '../../../src/index.js'
import { brokerUrl } from '../../interop/bus.js'
import { onTheBus } from '../../interop/world.js'
import { TcpProxy } from '../../support/tcp-proxy.js'
import { until } from '../../support/until.js'
import { event, sample, samples } from './samples.js'

const world = onTheBus()
const secret = 'not-so-secret é'

/** What Python's hmac says of each message. */
async function checkedByPython(messages: readonly unknown[]): Promise<readonly boolean[]> {
  const python = spawn(process.env['TOCSIN_TEST_PYTHON'] ?? '/usr/bin/python3', [
    fileURLToPath(new URL('verify_signatures.py', import.meta.url)),
  ])
  for (const message of messages) python.stdin.write(`${JSON.stringify({ secret, message })}\n`)
  python.stdin.end()
  const [said, complaints] = await Promise.all([text(python.stdout), text(python.stderr)])
  expect(complaints).toBe('')
  return said
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as boolean)
}

/** `notifier://` at the broker, or at another place. */
function notifierUrl(topic: string, query = '', place = new URL(brokerUrl)): string {
  const { username, password, host, pathname } = place
  return `notifier://${username}:${password}@${host}${pathname}?topic=${topic}&preset=oslo${query}`
}

const awkward: readonly Partial<Sample>[] = [
  {},
  { volume: 0.1, monotonic_time: 12_345.678_9 },
  {
    volume: 1e-7,
    resource_metadata: { small: 1.5e-9, tenth: 0.000_01, big: 1e21, wide: 12_345_678_901_234 },
  },
  { volume: '12', name: 'näme', unit: '°C', user_id: null, project_id: null, resource_id: null },
  { resource_metadata: {} },
  { resource_metadata: { e: {}, el: [], ключ: true, f: false, n: null, 'a:b': { c: "it's" } } },
  {
    resource_metadata: {
      l: ['d', 'é', "it's", '"', 'a\nb\\', '\u0000\u007f', 1, 0.5, null, true, [{ k: 'v', a: [1, 'x'] }]],
    },
  },
  { resource_metadata: { '😀': 1, '\uffff': 2, a: { '😀': 1, '\uffff': 2 } } },
  {
    resource_metadata: {
      __proto__x: 1,
      ['__proto__']: { message_signature: 'kept', x: 1 },
      message_signature: 'kept',
    },
  },
]

describe('what notifier:// sends', () => {
  test('is heard by Python, whose hmac agrees with every signature', async () => {
    const { bus } = world
    const theirs = await bus.theirListener()
    const publisher = makePublisher(notifierUrl(bus.topic), {
      telemetrySecret: secret,
      controlExchange: bus.exchange,
    })
    const sent = awkward.map((fields) => sample(fields))
    await publisher.publishSamples?.(sent)
    await publisher.publishEvents?.([
      event(),
      event({ raw: { payload: { a: [{ b: 1 }] } }, message_id: null }),
    ])
    const [metering, events] = await theirs.heard(2)
    expect(metering).toMatchObject({ priority: 'sample', event_type: 'metering', ctxt: {} })
    expect(events).toMatchObject({ priority: 'sample', event_type: 'event' })
    expect(metering?.payload.map((one: { message_id: string }) => one.message_id)).toEqual(
      sent.map(({ id }) => id),
    )
    const messages = [...metering!.payload, ...events!.payload]
    expect(await checkedByPython(messages)).toEqual(messages.map(() => true))
    const changed = { ...messages[0], counter_volume: 513 }
    expect(await checkedByPython([changed])).toEqual([false])
    await publisher.close()
  })

  test('is heard by a listener of ours', async () => {
    const { bus } = world
    const [one, other] = [bus.ownTopic('one'), bus.ownTopic('other')]
    const ours = await bus.ourListener({ targets: [one, other].map((topic) => new Target({ topic })) })
    const publisher = makePublisher(notifierUrl(`${one}&topic=${other}`, '&per_meter_topic=1'), {
      telemetrySecret: secret,
      controlExchange: bus.exchange,
      host: 'host-1',
    })
    await publisher.publishSamples?.([sample({ name: 'cpu' }), sample({ name: 'memory' })])
    const calls = await ours.heard(6)
    expect(calls.map(({ eventType }) => eventType).sort()).toEqual(
      ['metering', 'metering.cpu', 'metering.memory'].flatMap((eventType) => [eventType, eventType]),
    )
    expect(new Set(calls.map(({ publisherId }) => publisherId))).toEqual(
      new Set(['telemetry.publisher.host-1']),
    )
    await publisher.close()
  })

  test.each([
    ['a wrong password', (url: URL) => Object.assign(url, { password: 'wr0ng' }), 'check user and password'],
    ['an unknown virtual host', (url: URL) => Object.assign(url, { pathname: '/none-such' }), `'none-such'`],
  ])('fails at once with %s, and says what to do', async (_, change, wanted) => {
    const place = change(new URL(brokerUrl))
    const publisher = makePublisher(notifierUrl('t', '', place))
    const failure = await publisher.publishSamples?.(samples(2)).catch((error: unknown) => error)
    expect(failure).toMatchObject({
      outcome: 'failed',
      code: 'MISCONFIGURED',
      message: expect.stringContaining(wanted),
    })
    expect(String(failure)).not.toContain('wr0ng')
    expect(publisher.stats?.()).toMatchObject({ failed: 2, retried: 0, dropped: 0 })
    await publisher.close()
    const patient = makePublisher(notifierUrl('t', '&policy=queue', place))
    const waiting = patient.publishSamples?.([sample()])
    waiting?.catch(() => {})
    await until(() => (patient.stats?.().retried ?? 0) > 0)
    await patient.close(10)
    await expect(waiting).rejects.toMatchObject({ outcome: 'failed' })
  })

  test('arrives though the broker was away when it was published', async () => {
    const { bus } = world
    const ours = await bus.ourListener()
    const proxy = await TcpProxy.start()
    const publisher = makePublisher(notifierUrl(bus.topic, '', new URL(proxy.url())), {
      controlExchange: bus.exchange,
    })
    await publisher.publishSamples?.(samples(2))
    await proxy.refuse()
    const published = publisher.publishSamples?.(samples(3))
    await until(() => publisher.stats?.().retried !== 0)
    expect(publisher.stats?.()).toMatchObject({ published: 2, queued: 3 })
    await proxy.listen()
    await published
    expect(publisher.stats?.()).toMatchObject({ published: 5, failed: 0, queued: 0 })
    const calls = await ours.heard(2)
    expect(calls.map(({ payload }) => payload.length)).toEqual([2, 3])
    await publisher.close()
    await proxy.refuse()
  })
})
