/** What is said about notifications and filters, for whatever they hold. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'

import { test } from '@jest/globals'
import * as fc from 'fast-check'

import { resetMemoryBrokers } from '../../src/drivers/memory/driver.js'
import {
  getBatchNotificationListener,
  getNotificationListener,
  getTransport,
  type Notification,
  NotificationFilter,
  Notifier,
  PRIORITIES,
  type Priority,
  silentLogger,
  Target,
  type Transport,
} from '../../src/index.js'
import { seed } from './slice.js'

const text = fc.string({ unit: 'binary', maxLength: 10 })
const key = fc.oneof(
  { weight: 5, arbitrary: text },
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString', 'then') },
)
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.oneof(text, fc.double(), fc.integer(), fc.boolean(), fc.constant(null), fc.date()),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  ),
})).value

const notification = fc.record({
  priority: fc.constantFrom(...PRIORITIES),
  ctxt: fc.array(fc.tuple(key, json), { maxLength: 3 }).map((entries): object => Object.fromEntries(entries)),
  eventType: text,
  payload: json,
})

test('what a notifier is given reaches an endpoint as JSON has it, in either envelope', async () => {
  const property = fc.asyncProperty(
    fc.array(notification, { minLength: 1, maxLength: 5 }),
    fc.constantFrom('messaging', 'messagingv2'),
    async (sent, driver) => {
      await onMemory(async (transport) => {
        const heard: unknown[] = []
        let onHeard = (): void => {}
        const endpoint = Object.fromEntries(
          PRIORITIES.map((priority) => [
            priority,
            (ctxt: unknown, publisherId: unknown, eventType: unknown, payload: unknown) => {
              heard.push({ priority, ctxt, publisherId, eventType, payload })
              onHeard()
            },
          ]),
        )
        const listener = getNotificationListener(
          transport,
          [new Target({ topic: 'notifications' })],
          [endpoint],
        )
        await listener.start()
        const notifier = new Notifier(transport, { publisherId: 'fuzz', driver })
        for (const { priority, ctxt, eventType, payload } of sent) {
          // One by one: those of different priorities have no order.
          const next = new Promise<void>((resolve) => {
            onHeard = resolve
          })
          await notifier[priority](ctxt, eventType, payload)
          await next
        }
        await listener.stop()
        await listener.wait()
        assert.deepStrictEqual(
          heard,
          sent.map((each) => ({ ...asJson(each), publisherId: 'fuzz' })),
        )
      })
    },
  )
  await fc.assert(property, { numRuns: 100, seed })
})

function asJson(value: { readonly priority: string }): object {
  return JSON.parse(JSON.stringify(value)) as object
}

/** Expressions that mean the same to JavaScript, to Python, and so to a filter. */
const pattern = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom('a', 'b', 'ab', '\\.', '.', '[ab]', '[^a]', '[a-c.]', ''),
    fc.tuple(tie('pattern'), tie('pattern')).map(([one, other]) => one + other),
    fc.tuple(tie('pattern'), tie('pattern')).map(([one, other]) => `(?:${one}|${other})`),
    fc
      .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '*?'))
      .map(([one, times]) => `(?:${one})${times}`),
    tie('pattern').map((inner) => `(${inner})$`),
  ),
})).pattern
const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '.'), maxLength: 8 })
const value = fc.oneof(
  { weight: 4, arbitrary: word },
  { weight: 1, arbitrary: fc.constantFrom(null, 7, {}, ['a'], undefined) },
)
const fields = fc.dictionary(fc.constantFrom('k', 'l', '__proto__'), value, {
  maxKeys: 2,
  noNullPrototype: true,
})
const patterns = fc.dictionary(fc.constantFrom('k', 'l'), pattern, { maxKeys: 2, noNullPrototype: true })

const filter = fc.record(
  { publisherId: pattern, eventType: pattern, context: patterns, payload: patterns },
  { requiredKeys: [] },
)

test('a filter wants what the plain reading of its rule wants', () => {
  fc.assert(
    fc.property(
      filter,
      fc.record({ publisherId: value, eventType: value, ctxt: fields, payload: fc.oneof(fields, value) }),
      (rule, about) => {
        const found = new NotificationFilter(rule).match(about as unknown as Notification)
        assert.equal(found, plainReading(rule, about))
      },
    ),
    { numRuns: 1_000, seed },
  )
})

type Rule = {
  readonly publisherId?: string
  readonly eventType?: string
  readonly context?: Readonly<Record<string, string>>
  readonly payload?: Readonly<Record<string, string>>
}

function plainReading(
  rule: Rule,
  about: {
    readonly publisherId: unknown
    readonly eventType: unknown
    readonly ctxt: unknown
    readonly payload: unknown
  },
): boolean {
  const matches = (expression: string | undefined, found: unknown): boolean =>
    expression === undefined ||
    (typeof found === 'string' && new RegExp(`^(?:${expression})`, 's').test(found))
  const allMatch = (expressions: Readonly<Record<string, string>> = {}, found: unknown): boolean =>
    Object.entries(expressions).every(
      ([name, expression]) =>
        typeof found === 'object' &&
        found !== null &&
        Object.hasOwn(found, name) &&
        matches(expression, (found as Record<string, unknown>)[name]),
    )
  return (
    matches(rule.publisherId, about.publisherId) &&
    matches(rule.eventType, about.eventType) &&
    allMatch(rule.context, about.ctxt) &&
    allMatch(rule.payload, about.payload)
  )
}

test('batches hold one priority each, no more than their size, and all notifications once, in order of arrival', async () => {
  const property = fc.asyncProperty(
    fc.array(fc.constantFrom(...PRIORITIES), { minLength: 1, maxLength: 60, size: 'max' }),
    fc.integer({ min: 1, max: 12 }),
    fc.constantFrom(0, 1, 5),
    async (priorities, batchSize, batchTimeout) => {
      await onMemory(async (transport) => {
        let left = priorities.length
        let onAll = (): void => {}
        const all = new Promise<void>((resolve) => {
          onAll = resolve
        })
        const byPriority = new Map<Priority, number[]>()
        const method = (batch: readonly Notification[]): void => {
          assert.equal(new Set(batch.map(({ priority }) => priority)).size, 1)
          assert.ok(batch.length <= batchSize)
          const numbers = batch.map(({ payload }) => payload as number)
          left -= numbers.length
          if (left <= 0) onAll()
          const priority = batch[0]?.priority ?? 'info'
          byPriority.set(priority, [...(byPriority.get(priority) ?? []), ...numbers])
        }
        const endpoint = Object.fromEntries(PRIORITIES.map((priority) => [priority, method]))
        const targets = [new Target({ topic: 'notifications' })]
        const listener = getBatchNotificationListener(transport, targets, [endpoint], {
          batchSize,
          batchTimeout,
        })
        await listener.start()
        const notifier = new Notifier(transport)
        await Promise.all(priorities.map((priority, index) => notifier[priority]({}, 'fuzz', index)))
        await all
        await listener.stop()
        await listener.wait()
        assert.equal(listener.stats().handled, priorities.length)
        for (const priority of PRIORITIES)
          assert.deepEqual(
            byPriority.get(priority) ?? [],
            priorities.flatMap((each, index) => (each === priority ? [index] : [])),
          )
      })
    },
  )
  await fc.assert(property, { numRuns: 60, seed })
})

async function onMemory(work: (transport: Transport) => Promise<void>): Promise<void> {
  const transport = getTransport(`memory://${randomUUID()}`, { logger: silentLogger })
  try {
    await work(transport)
  } finally {
    await transport.cleanup()
    resetMemoryBrokers()
  }
}
