/** Batches that sinks did not take: what is owed is sent once, to whom it is owed. */
import { expect, test } from '@jest/globals'

import type { LostShipment } from '../../../src/agent/pipeline/outlet.js'
import { SinkFailure } from '../../../src/agent/pipeline/sink-failure.js'
import { BatchDelivery, type Publishing } from '../../../src/agent/service/delivery.js'

/** Pipelines with one sink, as BatchDelivery sees them. */
class Sink implements Publishing<number> {
  readonly taken: number[] = []
  readonly calls: string[] = []
  refuses: (data: readonly number[]) => false | 'failed' | 'refused' = () => false
  readonly #owed = new Map<string, readonly number[]>()

  async publish(data: readonly number[], { key = '' }: { readonly key?: string } = {}): Promise<void> {
    await Promise.resolve()
    this.calls.push(key)
    const due = this.#owed.get(key) ?? data
    this.#owed.delete(key)
    const outcome = this.refuses(due)
    if (outcome !== false) {
      this.#owed.set(key, due)
      // Of an outlet the failure tells only where it is.
      const outlet = { name: 'sink://', sink: 's' } as LostShipment<number>['outlet']
      throw new SinkFailure([{ outlet, data: due, error: Object.assign(new Error('no'), { outcome }) }])
    }
    this.taken.push(...due)
  }
}

const parcel = (messageId: string | null, ...data: number[]) => ({ messageId, data })

test('a batch that arrived is over', async () => {
  const sink = new Sink()
  const delivery = new BatchDelivery(sink)
  expect([...(await delivery.deliver([parcel('a', 1), parcel('b'), parcel('c', 2, 3)]))]).toEqual([])
  expect(sink.taken).toEqual([1, 2, 3])
  expect(sink.calls).toHaveLength(1)
})

test('nothing to send is no call', async () => {
  const sink = new Sink()
  await new BatchDelivery(sink).deliver([parcel('a'), parcel('b')])
  expect(sink.calls).toEqual([])
})

test('what is owed is paid once for all of its batch, whoever comes back first', async () => {
  const sink = new Sink()
  const delivery = new BatchDelivery(sink)
  sink.refuses = () => 'failed'
  const [a, b, c] = [parcel('a', 1), parcel('b', 2), parcel('c', 3)] as const
  expect([...(await delivery.deliver([a, b, c])).keys()]).toEqual([a, b, c])
  expect([...(await delivery.deliver([b])).keys()]).toEqual([b])
  sink.refuses = () => false
  expect((await delivery.deliver([a, b, parcel('d', 4)])).size).toBe(0)
  expect((await delivery.deliver([c])).size).toBe(0)
  expect(sink.taken.sort((one, other) => one - other)).toEqual([1, 2, 3, 4])
})

test('batches side by side share one attempt', async () => {
  const sink = new Sink()
  const delivery = new BatchDelivery(sink)
  sink.refuses = () => 'failed'
  await delivery.deliver([parcel('a', 1), parcel('b', 2)])
  sink.refuses = () => false
  const results = await Promise.all([delivery.deliver([parcel('a', 1)]), delivery.deliver([parcel('b', 2)])])
  expect(results.map(({ size }) => size)).toEqual([0, 0])
  expect(sink.taken).toEqual([1, 2])
})

test('after a refusal each goes alone, so that one takes no other with it', async () => {
  const sink = new Sink()
  const delivery = new BatchDelivery(sink)
  sink.refuses = (data) => (data.includes(13) ? 'refused' : false)
  const [a, bad, c] = [parcel('a', 1), parcel('bad', 13), parcel('c', 3)] as const
  expect((await delivery.deliver([a, bad, c])).size).toBe(3)
  expect([...(await delivery.deliver([a, bad, c])).keys()]).toEqual([bad])
  expect(sink.taken).toEqual([1, 3])
})

test('a notification that can not be known again is sent again whole', async () => {
  const sink = new Sink()
  const delivery = new BatchDelivery(sink)
  sink.refuses = () => 'failed'
  await delivery.deliver([parcel(null, 1)])
  sink.refuses = () => false
  expect((await delivery.deliver([parcel(null, 1)])).size).toBe(0)
  expect(sink.taken).toEqual([1])
})

test('what was forgotten for want of room is sent again, not lost', async () => {
  const sink = new Sink()
  const delivery = new BatchDelivery(sink)
  sink.refuses = () => 'failed'
  for (let index = 0; index < 1_200; index += 1) await delivery.deliver([parcel(`m${index}`, index)])
  sink.refuses = () => false
  const all = Array.from({ length: 1_200 }, (_, index) => parcel(`m${index}`, index))
  expect((await delivery.deliver(all)).size).toBe(0)
  expect(new Set(sink.taken).size).toBe(1_200)
})
