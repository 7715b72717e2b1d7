/** Laws of what programs hand over: options, filters, routing rules, contexts. All of it frozen, so that a change of it would throw. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'

import * as fc from 'fast-check'

import { resetMemoryBrokers } from '../../src/drivers/memory/driver.js'
import {
  getBatchNotificationListener,
  getNotificationListener,
  getTransport,
  NotificationFilter,
  Notifier,
  PRIORITIES,
  silentLogger,
  Target,
  type Transport,
} from '../../src/index.js'
import { loadRouting } from '../../src/notify/routing.js'
import { anything, made, nearly, textNear } from './exotic.js'
import { checkRefusal, deepFrozen, type Law, law, orRefused } from './law.js'

const text = fc.string({ unit: 'binary', maxLength: 8 })
const flag = fc.boolean()

const pattern = fc.oneof(
  textNear(
    '^compute\\.',
    '.*',
    'a{2,3}',
    '(?i)x',
    '(?P<n>a)(?P=n)',
    '[^\\W\\d_]+',
    '(a|b)*c',
    '\\bx\\b',
    '(?<!a)b',
  ),
  fc.stringMatching(/^[a()[\]{}*+?|\\^$.,\-:!<=>PLix0-9_]{0,14}$/),
  fc.constantFrom(/x/, /^a.*b$/giu, new RegExp('(?<year>\\d{4})', 'v')),
)
const byKey = fc.dictionary(textNear('instance_id', '__proto__', 'state'), pattern, { maxKeys: 3 })
const filterFields = nearly({
  publisherId: pattern,
  eventType: pattern,
  context: byKey,
  payload: byKey,
  metadata: nearly({ messageId: pattern, timestamp: pattern, message_id: pattern }),
})

const retry = nearly({
  limit: fc.constantFrom(0, 3, 1_000_000, 1_000_001, -1, 1.5),
  delay: fc.constantFrom(0, 500, 86_400_000, 1e9, -1, Number.POSITIVE_INFINITY),
  backoff: fc.constantFrom(1, 2, 100, 0, 101),
  maxDelay: fc.constantFrom(0, 60_000, Number.NaN),
  // oxlint-disable-next-line unicorn/no-thenable
  then: textNear('dead-letter', 'discard'),
})

const executor = fc.oneof(
  textNear('async-loop', 'keyed', 'worker-pool', 'blocking'),
  nearly({ concurrency: fc.nat(3), execute: fc.constant(() => {}), close: fc.constant(async () => {}) }),
)
const executorOptions = nearly({ key: fc.constant(() => 1), threads: fc.nat(4), maxQueue: fc.nat(2) })
const listenerOptions = nearly(
  {
    executor,
    concurrency: fc.constantFrom(1, 64, 65_535, 0, 65_536),
    key: fc.constant(() => 1),
    executorOptions,
    allowRequeue: flag,
    retry,
    deadLetter: flag,
    pool: textNear('billing', ''),
    serializer: fc.constant({}),
    validate: fc.dictionary(text, anything, { maxKeys: 2 }),
    prefetch: fc.constantFrom(1, 65_535, 0),
    bigint: flag,
    duplicates: fc.constantFrom(0, 1_024, 1_000_001),
    context: flag,
    handlerTimeout: fc.constantFrom(1, 30_000, 0, -1),
    logger: fc.constant(silentLogger),
    batchSize: fc.constantFrom(1, 100, 0),
    batchTimeout: fc.constantFrom(null, 0, 1_000, 2 ** 31),
  },
  { noise: 1 },
)

const target = fc.oneof(
  { weight: 6, arbitrary: fc.constant(new Target({ topic: 'notifications' })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      new Target(),
      new Target({ topic: '' }),
      new Target({ topic: 'a'.repeat(300) }),
    ),
  },
  { weight: 1, arbitrary: anything },
)
const method = fc.constant(() => {})
const endpoint = nearly({
  ...Object.fromEntries([...PRIORITIES, 'warning', 'Info'].map((priority) => [priority, method])),
  info: method,
  name: text,
  filterRule: fc.oneof(
    fc.array(textNear('compute.*', '[!a]', '[')),
    fc.constant(new NotificationFilter({ eventType: 'a' })),
    method,
  ),
})
const listOf = (item: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 9, arbitrary: fc.array(item, { maxLength: 3 }) }, { weight: 1, arbitrary: anything })

const routing = fc.oneof(
  {
    weight: 4,
    arbitrary: nearly({
      group: nearly({
        messaging: nearly({
          accepted_events: listOf(textNear('compute.*', '[a-', '?')),
          accepted_priorities: listOf(textNear('info', 'WARN')),
        }),
        log: fc.constantFrom(null, {}),
        nowhere: fc.constant({}),
        routing: fc.constant(null),
      }),
    }),
  },
  { weight: 1, arbitrary: fc.json({ maxDepth: 3 }) },
  {
    weight: 1,
    arbitrary: textNear('{"g":{"log":{}}}', '', '{', '/nowhere/routing.json', '/', 'routing.yaml', '\u0000'),
  },
)
const callOptions = {
  publisherId: fc.option(text),
  retry: fc.constantFrom(null, -1, 0, 3, -2, 1.5),
  timeout: fc.constantFrom(0, 1, 30_000, -1, Number.NaN),
  failures: textNear('throw', 'log'),
}
const driver = textNear('messaging', 'messagingv2', 'log', 'noop', 'test', 'routing', 'massaging')
const notifierOptions = nearly(
  {
    ...callOptions,
    driver: fc.oneof(driver, fc.array(driver, { maxLength: 3 })),
    topics: fc.array(textNear('notifications', ''), { maxLength: 3 }),
    exchange: text,
    serializer: fc.constant({}),
    routing,
    logger: fc.constant(silentLogger),
  },
  { noise: 1 },
)

export const optionLaws: readonly Law[] = [
  law(
    'a target keeps its fields, whatever they are, or is refused by a typed error',
    2,
    fc.property(
      nearly({ exchange: text, topic: text, server: text, fanout: flag, legacyNamespaces: fc.array(text) }),
      (drawn) => {
        const given = made(drawn)
        const found = orRefused(() => new Target(given as object))
        if (found === undefined) return
        assert.equal(typeof String(found), 'string')
        orRefused(() => found.with(given as object))
      },
    ),
  ),
  law(
    'a filter is made and never throws afterwards, or is refused by a typed error',
    6,
    fc.property(filterFields, anything, (drawn, value) => {
      const fields = deepFrozen(made(drawn))
      const filter = orRefused(() => new NotificationFilter(fields as object))
      const odd = made(value)
      for (const payload of [null, {}, { instance_id: 'x', state: 'aaaa' }, { instance_id: odd }])
        filter?.match({
          publisherId: 'compute.host1',
          eventType: `compute.${'a'.repeat(200)}`,
          payload,
          ctxt: payload ?? {},
          metadata: { messageId: 'x', timestamp: null },
        } as never)
    }),
  ),
  law(
    'a listener is made, or refused by a typed error',
    8,
    fc.property(
      listOf(target),
      listOf(endpoint),
      listenerOptions,
      flag,
      (targets, endpoints, options, isBatch) => {
        withTransport((transport) => {
          const make = (isBatch ? getBatchNotificationListener : getNotificationListener) as (
            ...given: unknown[]
          ) => unknown
          const given = [targets, endpoints, options].map((each) => deepFrozen(made(each)))
          orRefused(() => make(transport, ...given))
        })
      },
    ),
  ),
  law(
    'routing rules are read, or refused by a typed error',
    2,
    fc.property(routing, (drawn) => {
      orRefused(() => loadRouting(deepFrozen(made(drawn)) as string))
    }),
  ),
  law(
    'a notifier is made and prepared, or refused by a typed error',
    5,
    fc.property(notifierOptions, nearly(callOptions), (drawn, more) => {
      withTransport((transport) => {
        const notifier = orRefused(() => new Notifier(transport, deepFrozen(made(drawn)) as object))
        if (notifier !== undefined) orRefused(() => notifier.prepare(deepFrozen(made(more)) as object))
      })
    }),
  ),
  law(
    'a notification is sent, or its promise rejects with a typed error',
    5,
    fc.asyncProperty(
      anything,
      fc.oneof(text, anything),
      anything,
      fc.option(nearly({ ...callOptions, mandatory: flag }), { nil: undefined }),
      async (ctxt, eventType, payload, call) => {
        const transport = memoryTransport()
        try {
          const notifier = new Notifier(transport, {
            publisherId: 'fuzz',
            driver: ['messagingv2', 'messaging', 'log', 'test'],
            topics: ['a', 'b'],
          })
          const given = [ctxt, eventType, payload, call].map((each) => deepFrozen(made(each)))
          const sent = (notifier.info as (...given: unknown[]) => Promise<void>).apply(notifier, given)
          await sent.catch(checkRefusal)
          await transport.flush({ timeout: 1_000 })
        } finally {
          await transport.cleanup()
          resetMemoryBrokers()
        }
      },
    ),
  ),
]

function memoryTransport(): Transport {
  return getTransport(`memory://${randomUUID()}`, { logger: silentLogger })
}

function withTransport(work: (transport: Transport) => void): void {
  const transport = memoryTransport()
  try {
    work(transport)
  } finally {
    // Nothing listens and nothing is sent: there is nothing to wait for.
    void transport.cleanup()
    resetMemoryBrokers()
  }
}
