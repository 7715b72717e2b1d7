import { describe, expect, test } from '@jest/globals'

import { backOffDelay } from '../../../src/agent/publishers/back-off.js'
import { type Load, Outbox, type OutboxOptions } from '../../../src/agent/publishers/outbox.js'
import { PublishFailure } from '../../../src/agent/publishers/publish-failure.js'
import { gate } from '../../support/stage.js'
import { until } from '../../support/until.js'
import { RecordingLogger } from './recording-logger.js'

const quick = { first: 1, most: 2 }

function outbox(options: Partial<OutboxOptions> = {}): { out: Outbox; logger: RecordingLogger } {
  const logger = new RecordingLogger()
  return { out: new Outbox({ name: 'x://', logger, backOff: quick, ...options }), logger }
}

function load(send: Load['send'], bytes = 1): () => Load {
  return () => ({ bytes, send })
}

const refused = new PublishFailure('refused', 'REFUSED', 'no')
const failed = new PublishFailure('failed', 'UNREACHABLE', 'not now')

describe('an outbox', () => {
  test('sends in the order of the calls, one at a time', async () => {
    const { out } = outbox()
    const seen: string[] = []
    const one = (name: string): (() => Load) =>
      load(async () => {
        seen.push(`${name} begins`)
        await new Promise((resolve) => setTimeout(resolve, 2))
        seen.push(`${name} ends`)
      })
    await Promise.all([out.put(1, one('a')), out.put(2, one('b'))])
    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
    expect(out.stats()).toEqual({ published: 3, failed: 0, retried: 0, dropped: 0, queued: 0 })
  })

  test('makes callers wait when it is full, before their batch is encoded', async () => {
    const { opened, open } = gate()
    const { out } = outbox({ maxItems: 10 })
    const made: number[] = []
    const puts = Array.from({ length: 5 }, (_, index) =>
      out.put(5, () => {
        made.push(index)
        return { bytes: 1, send: () => opened }
      }),
    )
    expect(made).toEqual([0, 1])
    expect(out.stats().queued).toBe(25)
    open()
    await Promise.all(puts)
    expect(made).toEqual([0, 1, 2, 3, 4])
    expect(out.stats()).toMatchObject({ published: 25, queued: 0 })
  })

  test('is bounded by bytes, too, yet takes a batch that is larger than the bound', async () => {
    const { opened, open } = gate()
    const { out } = outbox({ maxBytes: 100 })
    let made = 0
    const huge = (): Load => {
      made += 1
      return { bytes: 1_000, send: () => opened }
    }
    const puts = [out.put(1, huge), out.put(1, huge)]
    expect(made).toBe(1)
    open()
    await Promise.all(puts)
    expect(made).toBe(2)
  })

  test('tries a failure again, with a word when it begins and when it ends', async () => {
    const { out, logger } = outbox({ retries: 3 })
    let attempts = 0
    await out.put(
      4,
      load(async () => {
        attempts += 1
        if (attempts < 4) throw failed
      }),
    )
    expect(out.stats()).toEqual({ published: 4, failed: 0, retried: 12, dropped: 0, queued: 0 })
    expect(logger.lines).toEqual([
      expect.stringContaining('warn: x:// does not take data'),
      'info: x:// takes data again',
    ])
  })

  test('rejects after the last retry, and at once what is refused', async () => {
    const { out } = outbox({ retries: 1 })
    let attempts = 0
    const count = (error: Error): (() => Load) =>
      load(async () => {
        attempts += 1
        throw error
      })
    await expect(out.put(1, count(failed))).rejects.toBe(failed)
    expect(attempts).toBe(2)
    await expect(out.put(1, count(refused))).rejects.toBe(refused)
    expect(attempts).toBe(3)
    expect(out.stats()).toMatchObject({ failed: 2, retried: 1 })
  })

  test('drops with a log line when its policy says so', async () => {
    const { out, logger } = outbox({ retries: 1, then: 'drop' })
    await out.put(
      3,
      load(() => Promise.reject(failed)),
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
    const puts = Array.from({ length: 5 }, (_, index) =>
      out.put(
        1,
        load(async () => {
          if (!isUp) throw failed
          taken.push(index)
        }),
      ),
    )
    const settled = Promise.allSettled(puts)
    await expect(puts[0]).rejects.toMatchObject({ code: 'QUEUE_FULL', outcome: 'failed' })
    await expect(puts[1]).rejects.toMatchObject({ code: 'QUEUE_FULL' })
    isUp = true
    await settled
    expect(taken).toEqual([2, 3, 4])
  })

  test('counts what a load says no receiver would take', async () => {
    const { out } = outbox()
    await out.put(
      5,
      load(async () => 2),
    )
    expect(out.stats()).toMatchObject({ published: 3, dropped: 2 })
  })

  test('rejects a batch that can not be encoded, and goes on', async () => {
    const { out } = outbox()
    const broken = out.put(1, () => {
      throw new TypeError('a cycle')
    })
    await expect(broken).rejects.toMatchObject({ outcome: 'refused', message: 'a cycle' })
    await out.put(
      1,
      load(async () => {}),
    )
  })

  test('sends what it holds before it closes, and takes nothing more', async () => {
    const { out } = outbox()
    const puts = [
      out.put(
        1,
        load(async () => {}),
      ),
      out.put(
        1,
        load(async () => {}),
      ),
    ]
    await out.close()
    await Promise.all(puts)
    await expect(
      out.put(
        1,
        load(async () => {}),
      ),
    ).rejects.toMatchObject({ code: 'CLOSED' })
    await out.close()
  })

  test('gives up at the deadline of close: all its callers are told', async () => {
    const { out } = outbox({ maxItems: 1 })
    const puts = [0, 1, 2].map(() =>
      out.put(
        1,
        load(
          (signal) =>
            new Promise((_, reject) => {
              signal.addEventListener('abort', () => reject(failed))
            }),
        ),
      ),
    )
    const settled = Promise.allSettled(puts)
    await out.close(20)
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(out.stats()).toMatchObject({ failed: 3, queued: 0 })
  })

  test('a pause between attempts ends when it is closed', async () => {
    const { out } = outbox({ retries: 100, backOff: { first: 1e9, most: 1e9 } })
    const put = out.put(
      1,
      load(() => Promise.reject(failed)),
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
