import { describe, expect, test } from '@jest/globals'

import { backOffDelay } from '../../../src/agent/publishers/back-off.js'
import { type Encode, Outbox, type OutboxOptions, type Send } from '../../../src/agent/publishers/outbox.js'
import { PublishFailure } from '../../../src/agent/publishers/publish-failure.js'
import { gate } from '../../support/stage.js'
import { until } from '../../support/until.js'
import { RecordingLogger } from './recording-logger.js'

const quick = { first: 1, most: 2 }

function outbox(options: Partial<OutboxOptions> = {}): { out: Outbox; logger: RecordingLogger } {
  const logger = new RecordingLogger()
  return { out: new Outbox({ name: 'x://', logger, backOff: quick, ...options }), logger }
}

function some(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index)
}

const sending = (send: Send): Encode<unknown> => {
  return () => send
}

const succeed = sending(async () => {})
const refused = new PublishFailure('refused', 'REFUSED', 'no')
const failed = new PublishFailure('failed', 'UNREACHABLE', 'not now')

describe('an outbox', () => {
  test('sends in the order of the calls, one at a time', async () => {
    const { out } = outbox()
    const seen: string[] = []
    const one = (name: string): Encode<unknown> =>
      sending(async () => {
        seen.push(`${name} begins`)
        await new Promise((resolve) => setTimeout(resolve, 2))
        seen.push(`${name} ends`)
      })
    await Promise.all([out.put([1], one('a')), out.put([1, 2], one('b'))])
    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
    expect(out.stats()).toEqual({ published: 3, failed: 0, retried: 0, dropped: 0, queued: 0 })
  })

  test('has as many on their way as it may', async () => {
    const { opened, open } = gate()
    const { out } = outbox({ concurrency: 3 })
    let sent = 0
    const puts = some(5).map((item) =>
      out.put(
        [item],
        sending(() => {
          sent += 1
          return opened
        }),
      ),
    )
    expect(sent).toBe(3)
    open()
    await Promise.all(puts)
    expect(sent).toBe(5)
  })

  test('makes callers wait when it is full, and counts what they hold', async () => {
    const { opened, open } = gate()
    const { out } = outbox({ maxItems: 10, mergeItems: 1_000 })
    const sent: number[] = []
    const encode: Encode<number> = (items) => {
      sent.push(items.length)
      return () => opened
    }
    const puts = some(5).map(() => out.put(some(5), encode))
    expect(out.stats().queued).toBe(25)
    open()
    await Promise.all(puts)
    // One was on its way and one had room behind it; the others came when those were gone.
    expect(sent).toEqual([5, 5, 5, 5, 5])
    expect(out.stats()).toMatchObject({ published: 25, queued: 0 })
  })

  test('is bounded by bytes, too, yet takes a batch that is larger than the bound', async () => {
    const { opened, open } = gate()
    const { out } = outbox({ maxBytes: 1_000, mergeItems: 1_000 })
    const sent: number[] = []
    const encode: Encode<string> = (items) => {
      sent.push(items.length)
      return () => opened
    }
    const puts = some(4).map(() => out.put(['x'.repeat(5_000)], encode))
    open()
    await Promise.all(puts)
    expect(sent).toEqual([1, 1, 1, 1])
  })

  test('sends what waited as one, up to a bound, when it is encoded the same way', async () => {
    const { opened, open } = gate()
    const { out } = outbox({ mergeItems: 4 })
    const sent: string[] = []
    const encodeWith =
      (name: string): Encode<number> =>
      (items) => {
        sent.push(`${name}${items.join('')}`)
        return () => opened
      }
    const [a, b] = [encodeWith('a'), encodeWith('b')]
    const puts = [[1], [2, 3], [4, 5], [6], [7]].map((items) => out.put(items, a))
    puts.push(out.put([8], b), out.put([9], a))
    open()
    await Promise.all(puts)
    expect(sent).toEqual(['a1', 'a2345', 'a67', 'b8', 'a9'])
    expect(out.stats().published).toBe(9)
  })

  test('tells each caller its own fate when one spoils what was sent as one', async () => {
    const { opened, open } = gate()
    const { out } = outbox({ mergeItems: 10 })
    const sent: string[] = []
    const encode: Encode<string> = (items) => async () => {
      await opened
      if (items.includes('bad')) throw refused
      sent.push(items.join(''))
    }
    const settled = Promise.allSettled(['first', 'a', 'bad', 'b'].map((item) => out.put([item], encode)))
    open()
    expect((await settled).map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
    expect(sent).toEqual(['first', 'a', 'b'])
    expect(out.stats()).toMatchObject({ published: 3, failed: 1, queued: 0 })
  })

  test('tries a failure again, with a word when it begins and when it ends', async () => {
    const { out, logger } = outbox({ retries: 3 })
    let attempts = 0
    const send = async (): Promise<void> => {
      attempts += 1
      if (attempts < 4) throw failed
    }
    await out.put(some(4), sending(send))
    expect(out.stats()).toEqual({ published: 4, failed: 0, retried: 12, dropped: 0, queued: 0 })
    expect(logger.lines).toEqual([
      expect.stringContaining('warn: x:// does not take data'),
      'info: x:// takes data again',
    ])
  })

  test('rejects after the last retry, and at once what is refused', async () => {
    const { out } = outbox({ retries: 1 })
    let attempts = 0
    const failing = (error: Error): Encode<unknown> =>
      sending(async () => {
        attempts += 1
        throw error
      })
    await expect(out.put([1], failing(failed))).rejects.toBe(failed)
    expect(attempts).toBe(2)
    await expect(out.put([1], failing(refused))).rejects.toBe(refused)
    expect(attempts).toBe(3)
    expect(out.stats()).toMatchObject({ failed: 2, retried: 1 })
  })

  test('drops with a log line when its policy says so', async () => {
    const { out, logger } = outbox({ retries: 1, then: 'drop' })
    await out.put(
      some(3),
      sending(() => Promise.reject(failed)),
    )
    expect(out.stats()).toMatchObject({ dropped: 3, failed: 0, published: 0 })
    expect(logger.lines.at(-1)).toContain('error: x://: 3 dropped')
  })

  test('keeps the newest batches and rejects those it pushes out, the one on its way first', async () => {
    const { out } = outbox({
      retries: Number.POSITIVE_INFINITY,
      maxBatches: 3,
      backOff: { first: 5, most: 5 },
    })
    let isUp = false
    const taken: number[] = []
    const encode: Encode<number> = (items) => async () => {
      if (!isUp) throw failed
      taken.push(...items)
    }
    const puts = some(5).map((item) => out.put([item], encode))
    const settled = Promise.allSettled(puts)
    await expect(puts[0]).rejects.toMatchObject({ code: 'QUEUE_FULL', outcome: 'failed' })
    await expect(puts[1]).rejects.toMatchObject({ code: 'QUEUE_FULL' })
    isUp = true
    await settled
    expect(taken).toEqual([2, 3, 4])
    expect(out.stats()).toMatchObject({ published: 3, failed: 2, queued: 0 })
  })

  test('counts what no receiver would take', async () => {
    const { out } = outbox()
    await out.put(
      some(5),
      sending(async () => 2),
    )
    expect(out.stats()).toMatchObject({ published: 3, dropped: 2 })
  })

  test('rejects a batch that can not be encoded, and goes on', async () => {
    const { out } = outbox({ mergeItems: 10 })
    const encode: Encode<string> = (items) => {
      if (items.includes('bad')) throw new TypeError('a cycle')
      return () => Promise.resolve()
    }
    const settled = Promise.allSettled(['bad', 'a', 'bad', 'b'].map((item) => out.put([item], encode)))
    expect((await settled).map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
    await expect(out.put(['bad'], encode)).rejects.toMatchObject({ outcome: 'refused', message: 'a cycle' })
  })

  test('sends what it holds before it closes, and takes nothing more', async () => {
    const { out } = outbox()
    const puts = [out.put([1], succeed), out.put([1], succeed)]
    await out.close()
    await Promise.all(puts)
    await expect(out.put([1], succeed)).rejects.toMatchObject({ code: 'CLOSED' })
    await out.close()
  })

  test('gives up at the deadline of close: all its callers are told', async () => {
    const { out } = outbox({ maxItems: 1 })
    const waiting = sending(
      (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(failed))
        }),
    )
    const settled = Promise.allSettled(some(3).map((item) => out.put([item], waiting)))
    await out.close(20)
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(out.stats()).toMatchObject({ failed: 3, queued: 0 })
  })

  test('a pause between attempts ends when it is closed', async () => {
    const { out } = outbox({ retries: 100, backOff: { first: 1e9, most: 1e9 } })
    const put = out.put(
      [1],
      sending(() => Promise.reject(failed)),
    )
    put.catch(() => {})
    await until(() => out.stats().retried === 1)
    await out.close(0)
    await expect(put).rejects.toBe(failed)
  })
})

test('back-off has full jitter below a growing step', () => {
  const most = (attempt: number): number => backOffDelay(attempt, { first: 100, most: 1_000 }, () => 1)
  expect([0, 1, 2, 3, 4, 500].map(most)).toEqual([100, 200, 400, 800, 1_000, 1_000])
  expect(backOffDelay(3, { first: 100, most: 1_000 }, () => 0)).toBe(0)
})
