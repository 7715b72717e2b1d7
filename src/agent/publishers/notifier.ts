import {
  ConfigurationError,
  getTransport,
  type Logger,
  MessagingException,
  Notifier,
  type Transport,
} from '../../index.js'
import { type EventMessage, eventMessage, type MeteringMessage, meteringMessage } from '../signature/index.js'
import { withNumbers } from './big-integers.js'
import { refuseProblems } from './http-target.js'
import { Outbox, type OutboxOptions, type Send } from './outbox.js'
import { outboxPublisher } from './outbox-publisher.js'
import { asPublishFailure, describeError, misconfigured, PublishFailure } from './publish-failure.js'
import type { Publisher } from './publisher.js'
import type { PublisherSurroundings } from './publisher-context.js'
import type { PublisherURL } from './publisher-url.js'
import { choice, flag, otherOptions, readOptions, wholeNumber, words } from './url-options.js'

const rules = {
  /** Repeated = all of them. Default: the metering topic for samples, the event topic for events. */
  topic: words(),
  /** The scheme of the transport when the URL names a host. */
  driver: words('rabbit'),
  /** What happens when the broker does not take a batch: see the class. */
  policy: choice(['default', 'drop', 'queue'], 'default'),
  /** Batches that policy `queue` keeps; 0 or less = as many as fit into memory's bounds. */
  max_queue_length: wholeNumber(1_024),
  /** Further attempts of policy `default`. */
  max_retry: wholeNumber(100, { min: 0, max: 1_000_000 }),
  /** One more notification for each name of a counter, of event type `<metering topic>.<name>`. */
  per_meter_topic: flag(false),
}

type Message = MeteringMessage | EventMessage

/** Messages in a notification made of batches that waited for the broker; a single batch may have more. Not with `queue`, which counts batches. */
const mostInOne = 100

/** Milliseconds that one attempt may take. */
const attemptTimeout = 30_000

/**
 * `notifier://[user:password@host:port[/vhost]]?topic=T&driver=D&policy=P`: signed messages, as one `sample` notification for each batch,
 * or for several that had to wait. Without a host it uses the agent's own transport.
 *
 * `default` tries again `max_retry` times with growing pauses, then rejects, or at once when the broker does not let us in; `queue` tries for ever and keeps the newest `max_queue_length`
 * batches, those that it pushes out are rejected; `drop` tries twice, then logs and forgets.
 * Throws ConfigurationError with everything that is wrong.
 * source: ceilometer/publisher/messaging.py
 */
export function notifierPublisher(url: PublisherURL, around: PublisherSurroundings): Publisher {
  const hasHost = url.authority !== ''
  const { values, problems: found } = readOptions(url.query, rules, { others: hasHost ? 'kept' : 'refused' })
  const problems = [...found]
  const own = hasHost
    ? ownTransport(transportURL(url, values.driver ?? 'rabbit'), around, problems)
    : undefined
  refuseProblems(url, problems)
  const topics = url.query.getAll('topic').filter((topic) => topic !== '')
  const { logger, meteringTopic, eventTopic, telemetrySecret: secret, signatures: lists } = around
  const bus = new Bus(url.safe, topics, around, own)
  const outbox = new Outbox({ name: url.safe, logger, concurrency: 16, ...policyOptions(values) })
  return outboxPublisher(url, outbox, {
    samples: (samples) => {
      const messages = samples.map((sample) => meteringMessage(withNumbers(sample), secret, { lists }))
      const more = values.per_meter_topic ? byMeter(meteringTopic, messages) : []
      return bus.send(meteringTopic, [[meteringTopic, messages], ...more])
    },
    events: (events) => {
      const messages = events.map((event) => eventMessage(withNumbers(event), secret, { lists }))
      return bus.send(eventTopic, [[eventTopic, messages]])
    },
    free: () => own?.cleanup(),
  })
}

/** Where the messages go, by notifiers that are made when they are first needed. */
class Bus {
  readonly #url: string
  readonly #topics: readonly string[]
  readonly #around: PublisherSurroundings
  /** Ours, when the URL names a host. */
  readonly #own: Transport | undefined
  readonly #notifiers = new Map<string, Notifier>()

  /** `topics`: those of the URL; none = what each `send` says. */
  constructor(
    url: string,
    topics: readonly string[],
    around: PublisherSurroundings,
    own: Transport | undefined,
  ) {
    this.#url = url
    this.#topics = topics
    this.#around = around
    this.#own = own
  }

  send(topic: string, parts: readonly (readonly [string, readonly Message[]])[]): Send {
    // Those to be sent, the next one first: a part that is too long for the broker is cut in two.
    const rest = [...parts]
    return async (signal) => {
      for (let [part] = rest; part !== undefined; [part] = rest) {
        const [eventType, messages] = part
        try {
          await this.#notifier(topic).sample({}, eventType, messages, {
            retry: 0,
            timeout: attemptTimeout,
            signal,
          })
          rest.shift()
        } catch (error) {
          const middle = Math.ceil(messages.length / 2)
          if (codeOf(error) !== 'BODY_TOO_LARGE' || messages.length === 1) throw failureOf(error)
          rest.splice(0, 1, [eventType, messages.slice(0, middle)], [eventType, messages.slice(middle)])
        }
      }
    }
  }

  #notifier(topic: string): Notifier {
    const known = this.#notifiers.get(topic)
    if (known !== undefined) return known
    const { host, telemetryDriver, controlExchange, transport } = this.#around
    const used = this.#own ?? transport?.()
    if (used === undefined) {
      const text = `${this.#url}: it names no host, and there is no transport of the agent's: name one, as in notifier://host:5672/`
      throw misconfigured(text)
    }
    const notifier = new Notifier(used, {
      publisherId: `telemetry.publisher.${host}`,
      driver: telemetryDriver,
      topics: this.#topics.length === 0 ? [topic] : this.#topics,
      exchange: controlExchange,
    })
    this.#notifiers.set(topic, notifier)
    return notifier
  }
}

/** Row 21 of the original's oddities: it tries again without a pause, or loses its queue. */
function policyOptions(values: {
  readonly policy: 'default' | 'drop' | 'queue'
  readonly max_queue_length: number
  readonly max_retry: number
}): Partial<OutboxOptions> {
  switch (values.policy) {
    case 'drop':
      return { retries: 1, then: 'drop', mergeItems: mostInOne }
    case 'queue':
      return {
        retries: Number.POSITIVE_INFINITY,
        ...(values.max_queue_length > 0 ? { maxBatches: values.max_queue_length } : {}),
      }
    default:
      return { retries: values.max_retry, backOff: { first: 500, most: 30_000 }, mergeItems: mostInOne }
  }
}

/** source: ceilometer/messaging.py, ceilometer/publisher/messaging.py (the transport URL of a publisher's) */
function transportURL(url: PublisherURL, driver: string): string {
  const rest = otherOptions(url.query, rules).toString()
  return `${driver}://${url.authority}${url.path}${rest === '' ? '' : `?${rest}`}`
}

/** Connects at its first use. */
function ownTransport(
  url: string,
  { logger, controlExchange }: { readonly logger: Logger; readonly controlExchange: string },
  problems: string[],
): Transport | undefined {
  try {
    return getTransport(url, { logger, controlExchange })
  } catch (error) {
    problems.push(...(error instanceof ConfigurationError ? error.problems : [describeError(error)]))
    return undefined
  }
}

/** Sorted by name. The event type is all that differs: the same topic gets the same messages again. */
function byMeter(topic: string, messages: readonly MeteringMessage[]): [string, readonly Message[]][] {
  const meters = new Map<string, MeteringMessage[]>()
  for (const message of messages) {
    const name = message.counter_name
    const group = meters.get(name)
    if (group === undefined) meters.set(name, [message])
    else group.push(message)
  }
  const names = [...meters.keys()].sort()
  return names.map((name) => [`${topic}.${name}`, meters.get(name) ?? []])
}

function codeOf(error: unknown): string | undefined {
  return error instanceof MessagingException ? error.code : undefined
}

const refusals = new Set(['UNSERIALIZABLE', 'TOO_DEEP', 'BODY_TOO_LARGE'])
/** Somebody has to mend the URL, or the broker. */
const lasting = new Set([
  'ACCESS_REFUSED',
  'NO_SUCH_VHOST',
  'TLS_FAILURE',
  'TOPOLOGY_CONFLICT',
  'CONFIGURATION',
  'DRIVER_LOAD_FAILURE',
])

/** What can't be encoded now never can; all else may go later. */
function failureOf(error: unknown): PublishFailure {
  const code = codeOf(error) ?? ''
  if (lasting.has(code)) return misconfigured(describeError(error), error)
  if (refusals.has(code))
    return new PublishFailure('refused', 'REFUSED', describeError(error), { cause: error })
  return asPublishFailure(error)
}
