import { randomUUID } from 'node:crypto'

import { describe, expect, test } from '@jest/globals'

import { makePublisher, type Publisher, verify } from '../../../src/agent/index.js'
import { getTransport, type NotificationEndpoint, silentLogger, Target } from '../../../src/index.js'
import { Stage } from '../../support/stage.js'
import { until } from '../../support/until.js'
import { RecordingLogger } from './recording-logger.js'
import { event, sample, samples } from './samples.js'

interface Heard {
  readonly ctxt: unknown
  readonly publisherId: string
  readonly eventType: string
  // biome-ignore lint: a test knows what it sent
  readonly payload: any
}

function recorder(heard: Heard[]): NotificationEndpoint {
  return {
    sample(ctxt, publisherId, eventType, payload) {
      heard.push({ ctxt, publisherId, eventType, payload })
    },
  }
}

/** A memory broker, what its topics `metering`, `event`, `a` and `b` heard, and the publisher of a query. */
async function withNotifier(
  query: string,
  use: (made: {
    readonly publisher: Publisher
    readonly heard: Heard[]
    readonly stage: Stage
  }) => Promise<void>,
  options: { readonly maxBodySize?: number } = {},
): Promise<void> {
  const name = `memory://${randomUUID()}`
  await using stage = new Stage({ url: name, ...options })
  const heard: Heard[] = []
  const targets = ['metering', 'event', 'a', 'b'].map(
    (topic) => new Target({ topic, exchange: 'ceilometer' }),
  )
  await stage.listen(recorder(heard), {}, targets)
  const publisher = makePublisher(`notifier://${query}`, {
    transport: () => stage.transport,
    host: 'host-1',
    telemetrySecret: 'not-so-secret',
  })
  try {
    await use({ publisher, heard, stage })
  } finally {
    await publisher.close()
  }
}

describe('notifier://', () => {
  test('sends a batch of signed samples as one notification, through the transport of the agent', () =>
    withNotifier('', async ({ publisher, heard, stage }) => {
      const sent = samples(3)
      await publisher.publishSamples?.(sent)
      await until(() => heard.length === 1)
      const { payload, ...rest } = heard[0]!
      expect(rest).toEqual({ ctxt: {}, publisherId: 'telemetry.publisher.host-1', eventType: 'metering' })
      expect(payload.map((one: { message_id: string }) => one.message_id)).toEqual(sent.map(({ id }) => id))
      for (const message of payload) expect(verify(message, 'not-so-secret')).toBe(true)
      await publisher.close()
      // It is the agent's: others go on with it.
      expect(stage.transport.health().state).not.toBe('closed')
      expect(publisher.stats?.()).toMatchObject({ published: 3, failed: 0 })
    }))

  test('sends events with their traits as triples', () =>
    withNotifier('', async ({ publisher, heard }) => {
      await publisher.publishEvents?.([event()])
      await until(() => heard.length === 1)
      expect(heard[0]).toMatchObject({
        eventType: 'event',
        payload: [{ ...event(), message_signature: expect.any(String) }],
      })
      expect(heard[0]?.payload[0].message_signature).toBe(
        '9dde9cab38ea8a8bf25444836d1f2607dc82e63f65baad74ee408f4f035c0234',
      )
    }))

  test('sends to every topic of the URL, with the event type of the configuration', () =>
    withNotifier('?topic=a&topic=b', async ({ publisher, heard }) => {
      await publisher.publishSamples?.([sample()])
      await publisher.publishEvents?.([event()])
      await until(() => heard.length === 4)
      expect(heard.map(({ eventType }) => eventType).sort()).toEqual([
        'event',
        'event',
        'metering',
        'metering',
      ])
    }))

  test('with per_meter_topic sends once more for each name, sorted', () =>
    withNotifier('?per_meter_topic=1', async ({ publisher, heard }) => {
      await publisher.publishSamples?.(['memory', 'cpu', 'memory'].map((name) => sample({ name })))
      await until(() => heard.length === 3)
      expect(heard.map(({ eventType, payload }) => [eventType, payload.length])).toEqual([
        ['metering', 3],
        ['metering.cpu', 1],
        ['metering.memory', 2],
      ])
    }))

  test('an integer that notifications can not carry goes as the nearest number, and is signed so', () =>
    withNotifier('', async ({ publisher, heard }) => {
      await publisher.publishSamples?.([
        sample({ volume: 2n ** 60n, resource_metadata: { size: [2n ** 53n + 1n] } }),
      ])
      await until(() => heard.length === 1)
      expect(heard[0]?.payload[0]).toMatchObject({
        counter_volume: 2 ** 60,
        resource_metadata: { size: [2 ** 53] },
      })
      expect(verify(heard[0]?.payload[0], 'not-so-secret')).toBe(true)
    }))

  test('cuts a batch in two that is too long for the broker', () =>
    withNotifier(
      '',
      async ({ publisher, heard }) => {
        const sent = samples(8, { resource_metadata: { text: 'x'.repeat(2_000) } })
        await publisher.publishSamples?.(sent)
        await until(() => heard.reduce((sum, { payload }) => sum + payload.length, 0) === 8)
        const ids = heard.flatMap(({ payload }) =>
          payload.map((one: { message_id: string }) => one.message_id),
        )
        expect(ids).toEqual(sent.map(({ id }) => id))
        expect(heard.length).toBeGreaterThan(1)
      },
      { maxBodySize: 10_000 },
    ))

  test('refuses a sample that is too long alone: no later attempt helps', () =>
    withNotifier(
      '',
      async ({ publisher }) => {
        const long = sample({ resource_metadata: { text: 'x'.repeat(20_000) } })
        await expect(publisher.publishSamples?.([long])).rejects.toMatchObject({ outcome: 'refused' })
        expect(publisher.stats?.()).toMatchObject({ failed: 1, retried: 0 })
      },
      { maxBodySize: 10_000 },
    ))

  test('is misconfigured when there is no transport at all', async () => {
    const publisher = makePublisher('notifier://')
    await expect(publisher.publishSamples?.([sample()])).rejects.toMatchObject({
      outcome: 'failed',
      code: 'MISCONFIGURED',
      message: expect.stringContaining('names no host'),
    })
  })

  test('keeps its own transport for a URL with a host, and closes it', async () => {
    const name = randomUUID()
    const listening = getTransport(`memory://${name}`, { logger: silentLogger })
    const publisher = makePublisher(`notifier://${name}/?driver=memory`)
    await publisher.publishSamples?.([sample()])
    await publisher.close()
    await listening.cleanup()
    await expect(publisher.publishSamples?.([sample()])).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

describe('the policy, while no broker answers', () => {
  const nowhere = 'notifier://guest:s3cret@127.0.0.1:1/?topic=a'

  test('drop tries twice, logs and goes on', async () => {
    const logger = new RecordingLogger()
    const publisher = makePublisher(`${nowhere}&policy=drop`, { logger })
    await publisher.publishSamples?.(samples(2))
    expect(publisher.stats?.()).toMatchObject({ dropped: 2, retried: 2, failed: 0, queued: 0 })
    expect(logger.lines.join('\n')).toMatch(/error: notifier:\/\/guest:\*\*\*@127.0.0.1:1.*2 dropped/)
    expect(logger.lines.join('\n')).not.toContain('s3cret')
    await publisher.close()
  })

  test('default rejects after max_retry', async () => {
    const publisher = makePublisher(`${nowhere}&max_retry=1`)
    await expect(publisher.publishSamples?.(samples(2))).rejects.toMatchObject({ outcome: 'failed' })
    expect(publisher.stats?.()).toMatchObject({ failed: 2, retried: 2 })
    await publisher.close()
  })

  test('queue keeps the newest batches and tells the callers of the others', async () => {
    const publisher = makePublisher(`${nowhere}&policy=queue&max_queue_length=3`)
    const published = [1, 2, 3, 4, 5].map(async (size) => publisher.publishSamples?.(samples(size)))
    const settled = Promise.allSettled(published)
    await expect(published[0]).rejects.toMatchObject({ code: 'QUEUE_FULL' })
    await expect(published[1]).rejects.toMatchObject({ code: 'QUEUE_FULL' })
    expect(publisher.stats?.().queued).toBe(3 + 4 + 5)
    await publisher.close(10)
    expect((await settled).map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => 'rejected'))
  })
})
