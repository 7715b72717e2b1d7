/** Worker threads that die in the middle of their work. */
import { randomUUID } from 'node:crypto'

import { afterAll, beforeAll, expect } from '@jest/globals'

import { RabbitNode } from '../../scripts/rabbit-node.mjs'
import { tocsin } from '../executors/built.js'
import { until } from '../support/until.js'
import { atScale } from './support/campaign.js'
import { faultCase } from './support/case.js'
import { Recording } from './support/child.js'
import { numberOf } from './support/load.js'

const { getNotificationListener, getTransport, Notifier, silentLogger, Target, workerEndpoint } = tocsin

let node: RabbitNode

beforeAll(async () => {
  node = await RabbitNode.start()
}, 120_000)

afterAll(() => node.remove())

faultCase(
  'worker threads that crash: what crashes them is a dead letter, all else is handled',
  async (one) => {
    const [topic, exchange] = [`faults-${randomUUID()}`, `faults-${randomUUID()}`]
    const ledger = one.ledger()
    const recording = Recording.open(one, (line) => ledger.handle(Number(line)))
    const transport = getTransport(node.url, { logger: silentLogger })
    one.atEnd(() => transport.cleanup())
    const listener = getNotificationListener(
      transport,
      [new Target({ topic, exchange })],
      [
        workerEndpoint(new URL('./children/crashing.mjs', import.meta.url), {
          methods: ['info'],
          options: { record: recording.path },
        }),
      ],
      {
        executor: 'worker-pool',
        executorOptions: { threads: 2, resourceLimits: { maxOldGenerationSizeMb: 40 } },
        retry: { limit: 3, delay: 100, backoff: 1 },
      },
    )
    one.atEnd(async () => {
      await listener.stop()
      await listener.wait()
    })
    const codes = new Map<unknown, number>()
    listener.on('error', ({ cause }) => {
      const { code } = cause as { readonly code?: unknown }
      codes.set(code, (codes.get(code) ?? 0) + 1)
    })
    await listener.start()
    const notifier = new Notifier(transport, { publisherId: 'faults', topics: [topic], exchange })
    const poison = new Set<number>()
    const kinds = ['exit', 'uncaught', 'abort', 'memory']
    await Promise.all(
      Array.from({ length: atScale(2_000, 20_000) }, async (_, index) => {
        const number = ledger.offer()
        const kind = index % 100 === 50 ? kinds[poison.size % kinds.length] : undefined
        if (kind !== undefined) poison.add(number)
        await notifier.info({}, kind ?? 'fine', { number })
        ledger.confirm(number)
      }),
    )
    await until(
      () => listener.stats().rejected >= poison.size && ledger.missing <= poison.size,
      atScale(60_000, 500_000),
    )
    await until(async () => {
      for (const { body } of await listener.deadLetters().list({ limit: 10_000 })) ledger.bury(numberOf(body))
      return ledger.missing === 0
    }, 30_000)
    const letters = await listener.deadLetters().list({ limit: 10_000 })
    expect(new Set(letters.map(({ body }) => numberOf(body)))).toEqual(poison)
    expect(letters.every(({ reason, attempts }) => reason === 'retries-exhausted' && attempts === 3)).toBe(
      true,
    )
    expect(codes.get('WORKER_CRASHED')).toBe((poison.size * 3) / 4)
    // The pool is whole again.
    const number = ledger.offer()
    await notifier.info({}, 'fine', { number })
    ledger.confirm(number)
    await until(() => ledger.missing === 0)
  },
)
