import { deflateSync } from 'node:zlib'

import { describe, expect, test } from '@jest/globals'

import { readCapture } from './captures.js'
import { eventually } from './eventually.js'
import { onTheBus } from './world.js'

const world = onTheBus()

interface Heard {
  readonly priority: string
  readonly publisher: string | null
  readonly event: string | null
  readonly payload: unknown
  readonly ctxt: Readonly<Record<string, unknown>>
  readonly id: string | null
  readonly timestamp: string | null
}

const byId = (a: Heard, b: Heard): number => (String(a.id) < String(b.id) ? -1 : 1)

describe('one body, two readers', () => {
  test.each(['v1_default', 'v2_default', 'v2_gzip', 'v2_requestcontext'])(
    'captured bytes of %s mean the same to both',
    async (situation) => {
      const { bus } = world
      const theirs = await bus.theirListener({ pool: bus.ownPool('theirs') })
      const ours = await bus.ourListener({ pool: bus.ownPool('ours') })
      const { messages } = readCapture(situation)
      for (const { routing_key: key, body, properties } of messages) {
        const bytes = typeof body === 'string' ? body : Buffer.from(body.b64, 'base64')
        await bus.publish(bus.exchange, key.replace('notifications', bus.topic), bytes, {
          headers: properties['headers'],
        })
      }
      await theirs.heard(messages.length)
      await ours.heard(messages.length)
      const asHeard = (
        priority: string,
        [publisher, event, id, timestamp]: readonly (string | null)[],
        payload: unknown,
        ctxt: Readonly<Record<string, unknown>>,
      ): Heard => ({
        priority,
        publisher: publisher ?? null,
        event: event ?? null,
        payload,
        // The original adds it on receipt.
        ctxt: Object.fromEntries(Object.entries(ctxt).filter(([key]) => key !== 'client_timeout')),
        id: id ?? null,
        timestamp: timestamp ?? null,
      })
      // An integer beyond 2^53 is the nearest number on our side; another test has the exact ones.
      const nearest = (payload: unknown): unknown =>
        JSON.parse(JSON.stringify(payload), (_key, value: unknown) =>
          typeof value === 'object' && value !== null && '$py' in value && 'value' in value
            ? Number(value.value)
            : value,
        )
      const heardByThem = theirs.calls.map((call) =>
        asHeard(
          call.priority,
          [call.publisher_id, call.event_type, call.metadata.message_id, call.metadata.timestamp],
          nearest(call.payload),
          call.ctxt,
        ),
      )
      const heardByUs = ours.calls.map((call) =>
        asHeard(
          call.priority,
          [call.publisherId, call.eventType, call.metadata.messageId, call.metadata.timestamp],
          call.payload,
          call.ctxt,
        ),
      )
      expect(heardByUs.toSorted(byId)).toEqual(heardByThem.toSorted(byId))
    },
  )

  const inner = (message: unknown): string => JSON.stringify(message)
  const good = {
    message_id: 'm',
    publisher_id: 'p',
    event_type: 'good',
    priority: 'INFO',
    payload: 1,
    timestamp: 't',
  }

  test.each([
    ['2.0', 1],
    ['2.0.0', 1],
    ['2.1', 0],
    ['1.0', 0],
    ['3.0', 0],
    ['2', 0],
  ])('envelope version %s reaches %i endpoints on either side', async (version, count) => {
    const { bus } = world
    const theirs = await bus.theirListener({ pool: bus.ownPool('theirs') })
    const ours = await bus.ourListener({ pool: bus.ownPool('ours'), concurrency: 1 })
    const key = `${bus.topic}.info`
    await bus.publish(
      bus.exchange,
      key,
      inner({ 'oslo.version': version, 'oslo.message': inner({ ...good, event_type: 'versioned' }) }),
    )
    await bus.publish(bus.exchange, key, inner(good))
    await theirs.heard(count + 1)
    await ours.heard(count + 1)
    await Promise.all([theirs.stop(), ours.stop()])
    const versioned = (types: readonly (string | null)[]): number =>
      types.filter((type) => type === 'versioned').length
    expect(versioned(theirs.calls.map((call) => call.event_type))).toBe(count)
    expect(versioned(ours.calls.map((call) => call.eventType))).toBe(count)
  })

  test('what neither can read is gone on both sides, and what comes after is heard', async () => {
    const { bus } = world
    const pools = { theirs: bus.ownPool('theirs'), ours: bus.ownPool('ours') }
    const theirs = await bus.theirListener({ pool: pools.theirs, allow_requeue: true })
    const ours = await bus.ourListener({ pool: pools.ours, deadLetter: false })
    const key = `${bus.topic}.info`
    const unreadable = [
      'no JSON',
      '{"cut": ',
      '[1, 2]',
      '"a text"',
      '42',
      inner({ 'oslo.version': '2.0', 'oslo.message': '[1]' }),
      inner({ 'oslo.version': '2.0', 'oslo.message': 'no JSON' }),
    ]
    for (const body of unreadable) await bus.publish(bus.exchange, key, body)
    const compressed = { headers: { compression: 'application/x-gzip' } }
    await bus.publish(bus.exchange, key, 'not compressed', compressed)
    await bus.publish(bus.exchange, key, deflateSync(inner(good)).subarray(0, 30), compressed)
    await bus.publish(bus.exchange, key, inner(good))
    expect((await theirs.heard(1))[0]?.event_type).toBe('good')
    expect((await ours.heard(1))[0]?.eventType).toBe('good')
    await eventually(() => ours.errors.length === unreadable.length + 2, {
      what: () => `an error event for each; had ${ours.errors.length}`,
    })
    await Promise.all([theirs.stop(), ours.stop()])
    expect([theirs.calls.length, ours.calls.length]).toEqual([1, 1])
    expect([await bus.depth(pools.theirs), await bus.depth(pools.ours)]).toEqual([0, 0])
  })

  test('an unknown or missing priority is acknowledged on both sides', async () => {
    const { bus } = world
    const pools = { theirs: bus.ownPool('theirs'), ours: bus.ownPool('ours') }
    const theirs = await bus.theirListener({ pool: pools.theirs, allow_requeue: true })
    const ours = await bus.ourListener({ pool: pools.ours, allowRequeue: true })
    const key = `${bus.topic}.info`
    const { priority: _, ...without } = good
    await bus.publish(bus.exchange, key, inner({ ...good, priority: 'what???' }))
    await bus.publish(bus.exchange, key, inner(without))
    await bus.publish(bus.exchange, key, inner(good))
    await theirs.heard(1)
    await ours.heard(1)
    await Promise.all([theirs.stop(), ours.stop()])
    expect([theirs.calls.length, ours.calls.length]).toEqual([1, 1])
    expect([await bus.depth(pools.theirs), await bus.depth(pools.ours)]).toEqual([0, 0])
  })
})
