/** Batches that sinks did not take: what is owed is sent once, to whom it is owed. */
import { expect, test } from '@jest/globals'

import { loadSamplePipelines } from '../../../src/agent/pipeline/load.js'
import type { Pipelines } from '../../../src/agent/pipeline/pipelines.js'
import type { SinkFailure } from '../../../src/agent/pipeline/sink-failure.js'
import { PublishFailure } from '../../../src/agent/publishers/publish-failure.js'
import type { Sample } from '../../../src/agent/sample.js'
import { BatchDelivery, type Parcel } from '../../../src/agent/service/delivery.js'
import { sample } from '../pipeline/support/data.js'

/** One receiver: `good://` and `bad://` are two of them. */
class Receiver {
  readonly taken: unknown[] = []
  calls = 0
  answer: (volumes: readonly unknown[]) => 'taken' | 'failed' | 'refused' = () => 'taken'
}

interface Stage {
  readonly good: Receiver
  readonly bad: Receiver
  readonly pipelines: Pipelines<Sample>
  readonly unclaimed: { count: number; reason: SinkFailure }[]
  readonly deliver: () => BatchDelivery<Sample>
}

const TWO_SINKS = `
sources: [{name: s, meters: ["*"], sinks: [good, bad]}]
sinks: [{name: good, publishers: ["good://"]}, {name: bad, publishers: ["bad://"]}]
`

function stage(text = TWO_SINKS): Stage {
  const [good, bad] = [new Receiver(), new Receiver()]
  const { pipelines } = loadSamplePipelines(
    { file: 'p.yaml', text },
    {
      makePublisher: (url) => ({
        url,
        async publishSamples(samples) {
          const receiver = url === 'good://' ? good : bad
          receiver.calls += 1
          await Promise.resolve()
          const volumes = samples.map(({ volume }) => volume)
          const outcome = receiver.answer(volumes)
          if (outcome !== 'taken') throw new PublishFailure(outcome, 'NO', `${outcome}: ${volumes.join()}`)
          receiver.taken.push(...volumes)
        },
        flush: async () => {},
        close: async () => {},
      }),
    },
  )
  if (pipelines === undefined) throw new Error('the file is refused')
  const unclaimed: Stage['unclaimed'] = []
  return {
    good,
    bad,
    pipelines,
    unclaimed,
    deliver: () =>
      new BatchDelivery(pipelines, {
        identify: ({ id }) => id,
        onUnclaimed: (count, reason) => unclaimed.push({ count, reason }),
      }),
  }
}

function parcel(messageId: string | null, ...volumes: unknown[]): Parcel<Sample> {
  return { messageId, data: volumes.map((volume) => sample({ volume } as Partial<Sample>)) }
}

const sorted = (volumes: readonly unknown[]): unknown[] =>
  [...volumes].sort((one, other) => Number(one) - Number(other))

test('a batch that arrived is over', async () => {
  const { good, bad, deliver } = stage()
  expect([...(await deliver().deliver([parcel('a', 1), parcel('b'), parcel('c', 2, 3)]))]).toEqual([])
  expect([good.taken, bad.taken]).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ])
  expect(good.calls).toBe(1)
})

test('nothing to send is no call', async () => {
  const { good, deliver } = stage()
  await deliver().deliver([parcel('a'), parcel('b')])
  expect(good.calls).toBe(0)
})

test('what is owed is paid once for all of its batch, whoever comes back first', async () => {
  const { good, bad, deliver } = stage()
  const delivery = deliver()
  bad.answer = () => 'failed'
  const [a, b, c] = [parcel('a', 1), parcel('b', 2), parcel('c', 3)] as const
  expect([...(await delivery.deliver([a, b, c])).keys()]).toEqual([a, b, c])
  expect([...(await delivery.deliver([b])).keys()]).toEqual([b])
  bad.answer = () => 'taken'
  expect((await delivery.deliver([a, b, parcel('d', 4)])).size).toBe(0)
  expect((await delivery.deliver([c])).size).toBe(0)
  expect([good.taken, sorted(bad.taken)]).toEqual([
    [1, 2, 3, 4],
    [1, 2, 3, 4],
  ])
})

test('batches side by side share one attempt', async () => {
  const { bad, deliver } = stage()
  const delivery = deliver()
  bad.answer = () => 'failed'
  await delivery.deliver([parcel('a', 1), parcel('b', 2)])
  bad.answer = () => 'taken'
  const results = await Promise.all([delivery.deliver([parcel('a', 1)]), delivery.deliver([parcel('b', 2)])])
  expect(results.map(({ size }) => size)).toEqual([0, 0])
  expect(bad.taken).toEqual([1, 2])
})

test('two deliveries to the same sinks do not take each other for the debtor', async () => {
  const { good, bad, deliver } = stage()
  const [one, other] = [deliver(), deliver()]
  bad.answer = () => 'failed'
  await one.deliver([parcel('a', 1)])
  bad.answer = () => 'taken'
  expect((await other.deliver([parcel('b', 2)])).size).toBe(0)
  expect((await one.deliver([parcel('a', 1)])).size).toBe(0)
  expect([sorted(good.taken), sorted(bad.taken)]).toEqual([
    [1, 2],
    [1, 2],
  ])
})

test('of a refused batch only who gave what is refused has a reason, and nobody gets anything twice', async () => {
  const { good, bad, deliver } = stage()
  bad.answer = (volumes) => (volumes.includes(13) ? 'refused' : 'taken')
  const [a, poison, c] = [parcel('a', 1, 2), parcel('poison', 13, 3), parcel(null, 4, 5)] as const
  const delivery = deliver()
  const failed = await delivery.deliver([a, poison, c])
  expect([...failed]).toEqual([
    [
      poison,
      expect.objectContaining({ refused: true, message: 'sink bad: bad:// did not take 1: refused: 13' }),
    ],
  ])
  expect([good.taken, bad.taken]).toEqual([
    [1, 2, 13, 3, 4, 5],
    [1, 2, 3, 4, 5],
  ])
  // It may come once more, for the sake of another endpoint or from the dead letters: then it is a new one.
  bad.answer = () => 'taken'
  expect((await delivery.deliver([poison])).size).toBe(0)
})

test('a volume that pipelines read does not hide who gave it', async () => {
  const { bad, deliver } = stage()
  bad.answer = (volumes) => (volumes.includes(13) ? 'refused' : 'taken')
  const [a, poison] = [parcel('a', '1'), parcel('poison', '13')] as const
  expect([...(await deliver().deliver([a, poison])).keys()]).toEqual([poison])
})

test('a refusal is told when the rest has arrived', async () => {
  const { good, bad, deliver } = stage()
  const delivery = deliver()
  good.answer = () => 'failed'
  bad.answer = (volumes) => (volumes.includes(13) ? 'refused' : 'taken')
  const [a, poison] = [parcel('a', 1), parcel('poison', 13)] as const
  for (const error of (await delivery.deliver([a, poison])).values())
    expect(error).toMatchObject({ refused: false })
  good.answer = () => 'taken'
  expect((await delivery.deliver([a])).size).toBe(0)
  expect([...(await delivery.deliver([poison])).values()]).toEqual([
    expect.objectContaining({ refused: true }),
  ])
  expect([good.taken, bad.taken]).toEqual([[1, 13], [1]])
})

test('what transformers made of several notifications is no one of theirs when it is refused', async () => {
  const { bad, unclaimed, deliver } = stage(`
sources: [{name: s, meters: ["*"], sinks: [k]}]
sinks:
  - name: k
    publishers: ["bad://"]
    transformers: [{name: unit_conversion, parameters: {target: {scale: volume * 2}}}]
`)
  const delivery = deliver()
  bad.answer = (volumes) => (volumes.includes(26) ? 'refused' : 'taken')
  expect((await delivery.deliver([parcel('a', 1), parcel('b', 13), parcel('c', 3)])).size).toBe(0)
  expect(bad.taken).toEqual([2, 6])
  expect(unclaimed).toEqual([{ count: 1, reason: expect.objectContaining({ refused: true }) }])
  // Alone it can only be its own.
  expect((await delivery.deliver([parcel('d', 13)])).size).toBe(1)
})

test('a notification that can not be known again is sent again whole', async () => {
  const { good, bad, deliver } = stage()
  const delivery = deliver()
  bad.answer = () => 'failed'
  await delivery.deliver([parcel(null, 1)])
  bad.answer = () => 'taken'
  expect((await delivery.deliver([parcel(null, 1)])).size).toBe(0)
  expect([good.taken, bad.taken]).toEqual([[1, 1], [1]])
})

test('while much is owed nothing new is sent, so that what is owed is known and nobody gets it twice', async () => {
  const { good, bad, pipelines, deliver } = stage()
  const delivery = deliver()
  bad.answer = () => 'failed'
  for (let index = 0; index < 1_200; index += 1) await delivery.deliver([parcel(`m${index}`, index)])
  expect(pipelines.stats).toMatchObject({ owed: 512, forgotten: 0 })
  expect(bad.calls).toBe(512)
  bad.answer = () => 'taken'
  const all = Array.from({ length: 1_200 }, (_, index) => parcel(`m${index}`, index))
  const held = [...(await delivery.deliver(all)).keys()]
  expect((await delivery.deliver(held)).size).toBe(0)
  expect([sorted(good.taken), sorted(bad.taken)]).toEqual([
    Array.from({ length: 1_200 }, (_, index) => index),
    Array.from({ length: 1_200 }, (_, index) => index),
  ])
})
