/** AMQP properties and headers that a sender may set, true and false ones of this library among them. */
import type { Options } from 'amqplib'

import type { Random } from './random.js'

/** The types of AMQP's tables, as amqplib writes them. A broker in Erlang has no NaN and no infinity: it ends the sender's connection. */
const values: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  { '!': 'double', value: -1e300 },
  { '!': 'double', value: 5 },
  2 ** 40,
  -(2 ** 50),
  '',
  'text',
  '\u0000',
  '\ud83d\ude80',
  'x'.repeat(5_000),
  Buffer.from([0, 255, 1]),
  [],
  [1, 'two', [null, { three: 3 }]],
  {},
  { nested: { deeper: { x: [true] } } },
  { '!': 'timestamp', value: 1_700_000_000 },
  { '!': 'decimal', value: { places: 2, digits: 314 } },
  { '!': 'float', value: 0.25 },
  { '!': 'uint32', value: 4_000_000_000 },
  [
    {
      count: 3,
      exchange: '',
      queue: 'elsewhere',
      reason: 'expired',
      'routing-keys': ['a'],
      time: { '!': 'timestamp', value: 1 },
    },
  ],
  [{ count: 'many', queue: 7 }],
]

const headerNames = [
  'x-tocsin-attempts',
  'x-tocsin-first-seen',
  'x-tocsin-finished',
  'x-tocsin-error',
  'x-tocsin-reason',
  'x-tocsin-id',
  'x-tocsin-queue',
  'x-death',
  'x-first-death-reason',
  'x-first-death-queue',
  'x-delivery-count',
  'x-retry',
  'compression',
  'traceparent',
  '__proto__',
  'constructor',
  'toString',
  'own',
  'n'.repeat(200),
]

/** Of one message. `compression`: what the body is really under, or says it is. */
export function propertiesOf(random: Random, compression: string | undefined): Options.Publish {
  const headers: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  // As much as amqplib can write, so that there is no room for more.
  if (random.chance(1)) headers['huge'] = 'h'.repeat(random.pick([50_000, 62_000, 64_500]))
  else
    for (let count = random.below(5); count > 0; count--)
      headers[random.pick(headerNames)] = random.pick(values)
  if (compression !== undefined) headers['compression'] = compression
  const maybe = <T>(list: readonly T[]): T | undefined => (random.chance(25) ? random.pick(list) : undefined)
  const properties = {
    contentType: maybe(['application/json', 'text/plain', '', 'x'.repeat(255)]),
    contentEncoding: maybe(['utf-8', 'gzip', '']),
    priority: maybe([0, 9, 255]),
    correlationId: maybe(['', 'c'.repeat(255)]),
    replyTo: maybe(['', 'nowhere']),
    // Long enough not to come true within the test.
    expiration: maybe(['600000']),
    messageId: maybe(['', 'm', '\u0000']),
    timestamp: maybe([0, 1_700_000_000, 2 ** 40]),
    type: maybe(['t', '']),
    appId: maybe(['a', 'a'.repeat(255)]),
    deliveryMode: maybe([1, 2]),
  }
  const given = Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined))
  return { ...given, headers }
}
