/** Who listens to a round of cases, and how: drawn from the seed, as the cases are. */
import {
  type BatchListenerOptions,
  type BatchNotificationEndpoint,
  getBatchNotificationListener,
  getNotificationListener,
  JsonPayloadSerializer,
  type ListenerOptions,
  NoOpSerializer,
  type Notification,
  type NotificationEndpoint,
  NotificationFilter,
  type NotificationListener,
  type PayloadSchema,
  PRIORITIES,
  Target,
  type Transport,
} from '../../src/index.js'
import { moodOf, moodOfBatch } from './moods.js'
import { hashOf, Random } from './random.js'

export interface Setting {
  readonly kind: 'single' | 'batch'
  readonly executor: 'async-loop' | 'keyed'
  readonly options: ListenerOptions & BatchListenerOptions
  /** As a line of text. */
  readonly text: string
}

/** Of any retry policy drawn here. */
export const mostAttempts = 3

const retries: readonly ListenerOptions[] = [
  {},
  { retry: { limit: 2, delay: 0 } },
  { retry: { limit: 2, delay: 1, backoff: 2, maxDelay: 2 } },
  { retry: { limit: 1, delay: 1, then: 'discard' } },
  { retry: { limit: 0 } },
  { retry: { limit: 1, delay: 0 }, deadLetter: false },
  { allowRequeue: false, deadLetter: true },
]

export function settingOf(random: Random): Setting {
  const kind = random.pick(['single', 'batch'] as const)
  const executor = random.pick(['async-loop', 'keyed'] as const)
  const plain = {
    ...random.pick(retries),
    concurrency: random.pick([1, 3, 64]),
    bigint: random.chance(30),
    duplicates: random.pick([0, 1, 1_024]),
    context: random.chance(70),
    ...(random.chance(30) ? { prefetch: random.pick([1, 500]) } : {}),
    ...(random.chance(20) ? { handlerTimeout: 20_000 } : {}),
    ...(kind === 'batch'
      ? { batchSize: random.pick([1, 2, 10, 100]), batchTimeout: random.pick([0, 1, 5]) }
      : {}),
  }
  const serializer = random.pick(['none', 'json', 'moody'] as const)
  const validates = random.chance(30)
  return {
    kind,
    executor,
    options: {
      ...plain,
      executor,
      ...(executor === 'keyed' ? { key: oddKey } : {}),
      ...(serializer === 'none'
        ? {}
        : { serializer: serializer === 'json' ? new JsonPayloadSerializer() : new MoodySerializer() }),
      ...(validates ? { validate: schemas } : {}),
    },
    text: `${kind} ${executor} ${JSON.stringify({ ...plain, serializer, validates })}`,
  }
}

/** A listener at `topic` whose endpoints do what `seed` says. `check` is called with what they are called with. */
export function listenerOf(
  transport: Transport,
  { kind, options }: Setting,
  seed: number,
  check: (notification: Notification) => void,
  topic = 'notifications',
): NotificationListener {
  const targets = [new Target({ topic })]
  if (kind === 'batch')
    return getBatchNotificationListener(
      transport,
      targets,
      rules.map((filterRule, index) => batchEndpoint(seed + index, filterRule, check)),
      options,
    )
  return getNotificationListener(
    transport,
    targets,
    rules.map((filterRule, index) => endpoint(seed + index, filterRule, check)),
    options,
  )
}

const rules = [
  new NotificationFilter({ eventType: '(?!scheduler).', publisherId: '[^x]' }),
  moodyRule,
  new NotificationFilter({ payload: { instance_id: '.*', state: 'act' }, context: { user_id: '[^_]' } }),
  ['compute.*', 'instance.[!c]*', '*.error'],
] as const

function moodyRule({ eventType, payload }: Notification): boolean {
  const { length } = eventType
  if (length % 23 === 0) throw new Error('a filter function failed')
  return payload !== null && length % 3 === 0
}

function endpoint(
  seed: number,
  filterRule: NonNullable<NotificationEndpoint['filterRule']>,
  check: (notification: Notification) => void,
): NotificationEndpoint {
  const methods = PRIORITIES.map((priority) => [
    priority,
    (
      ...[ctxt, publisherId, eventType, payload, metadata]: Parameters<
        NonNullable<NotificationEndpoint['info']>
      >
    ) => {
      const notification = { priority, ctxt, publisherId, eventType, payload, metadata } as Notification
      check(notification)
      return moodOf(seedOf(notification, seed))
    },
  ])
  return { filterRule, ...Object.fromEntries(methods) } as NotificationEndpoint
}

function batchEndpoint(
  seed: number,
  filterRule: NonNullable<NotificationEndpoint['filterRule']>,
  check: (notification: Notification) => void,
): BatchNotificationEndpoint {
  const method = (notifications: readonly Notification[]): unknown => {
    for (const notification of notifications) check(notification)
    return moodOfBatch(notifications, seedOf(notifications[0] as Notification, seed))
  }
  return {
    filterRule,
    ...Object.fromEntries(PRIORITIES.map((priority) => [priority, method])),
  } as BatchNotificationEndpoint
}

function seedOf({ eventType, metadata }: Notification, seed: number): number {
  return hashOf(`${seed} ${typeof eventType} ${shown(metadata.messageId)} ${metadata.attempts}`)
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : typeof value
}

/** Keys of all kinds; sometimes none, a promise, or an exception. */
function oddKey({ eventType, payload }: Notification): unknown {
  if (typeof eventType !== 'string') return Number.NaN
  if (eventType.length % 19 === 0) throw new Error('a key function failed')
  if (eventType.length % 17 === 0) return Promise.reject(new Error('a key function promised'))
  return eventType.length % 5 === 0 ? (payload as { instance_id?: unknown } | null)?.instance_id : eventType
}

class MoodySerializer extends NoOpSerializer {
  override deserializeEntity(ctxt: Readonly<Record<string, unknown>>, entity: unknown): unknown {
    if (Object.keys(ctxt).length % 7 === 6) throw new Error('a serializer failed')
    return entity
  }

  override deserializeContext(ctxt: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    return { ...ctxt, added: true }
  }
}

function schema(validate: PayloadSchema['~standard']['validate']): PayloadSchema {
  return { '~standard': { version: 1, vendor: 'fuzz', validate } }
}

const schemas: Readonly<Record<string, PayloadSchema>> = {
  'compute.instance.create.start': schema((value) => ({ value })),
  'compute.instance.create.error': schema(async (value) => ({ value })),
  'compute.instance.create.info': schema(() => ({
    issues: [{ message: 'no', path: ['a', { key: Symbol('b') }] }],
  })),
  'compute.instance.create.warn': schema(() => {
    throw new Error('a schema failed')
  }),
  'compute.instance.create.debug': schema(async () => {
    throw new Error('a schema failed later')
  }),
}
