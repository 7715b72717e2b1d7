/** From a message to a notification: decoding, duplicates, priority, serializer. What both dispatchers do first. */
import type { ContextUse } from '../core/context.js'
import { describeError, MessagingException, UndecodableMessage } from '../core/errors.js'
import type { Logger } from '../core/logger.js'
import { ACKNOWLEDGE, type IncomingMessage, type Outcome } from '../core/message.js'
import { describeValue } from '../core/options.js'
import type { Serializer } from '../core/serializer.js'
import type { BoundEndpoint, EndpointStats } from './bound-endpoint.js'
import { OwnSignal } from './call-limit.js'
import { type Metadata, type Notification, PRIORITIES, type Priority } from './endpoint.js'
import { type DecodedNotification, type DecodeOptions, decodeNotification } from './envelope.js'
import { peek } from './peek.js'
import { RecentIds } from './recent.js'
import { RuleIndex } from './rule-index.js'
import {
  endpointFailure,
  type Settlement,
  type SettlementRules,
  settleUnhandled,
  type Unhandled,
} from './settlement.js'
import type { Validators } from './validation.js'

/** What a dispatcher is made of. */
export interface DispatchParts {
  readonly endpoints: readonly BoundEndpoint[]
  readonly serializer: Serializer
  readonly decode: DecodeOptions
  readonly rules: SettlementRules
  readonly validators: Validators | undefined
  /** Milliseconds an endpoint's call may take. */
  readonly handlerTimeout: number | undefined
  /** How many `_unique_id`s are remembered. */
  readonly duplicates: number
  /** When `currentNotification()` works below the endpoints. */
  readonly context: ContextUse
  readonly logger: Logger
  /** Told what was given up; never throws. */
  readonly onError: (error: MessagingException, about: ErrorSubject) => void
}

/** What an error is about, as far as it is known. */
export interface ErrorSubject {
  readonly messageId?: string | null
  readonly eventType?: string
  readonly endpoint?: string
}

/** Numbers of a listener since it was made. A retried notification counts at each attempt. */
export interface IntakeStats {
  received: number
  /** Wanted by no endpoint, and acknowledged. */
  unwanted: number
  duplicates: number
  undecodable: number
  unknownPriority: number
  handled: number
  requeued: number
  rejected: number
  /** Not handled, and acknowledged because requeue is off or the policy says `discard`. */
  lost: number
  /** Given back to the broker because the listener was stopped: before an endpoint saw it, or as it was still in hand at the deadline. */
  givenBack: number
}

/** Of a listener that has had nothing. */
export function noIntakeStats(): IntakeStats {
  return {
    received: 0,
    unwanted: 0,
    duplicates: 0,
    undecodable: 0,
    unknownPriority: 0,
    handled: 0,
    requeued: 0,
    rejected: 0,
    lost: 0,
    givenBack: 0,
  }
}

/** A notification and who wants it. */
export interface Accepted {
  readonly message: IncomingMessage
  readonly notification: Notification
  readonly uniqueId: string | undefined
  /** Of the drain deadline. */
  readonly drain: AbortSignal
  /** What its handlers see instead, where their time is limited. */
  readonly ownSignal: OwnSignal | undefined
  readonly wanting: readonly BoundEndpoint[]
}

/** A look costs a tenth of what it saves: it pays where one message in ten is unwanted. */
const looksPerUnwanted = 10
const mostLooks = 100

const priorities: ReadonlySet<string> = new Set(PRIORITIES)

export class Intake {
  readonly parts: DispatchParts
  readonly stats: IntakeStats = noIntakeStats()
  readonly #byPriority: ReadonlyMap<string, { readonly rules: RuleIndex; received: number }>
  readonly #handledIds: RecentIds
  /** For how many more messages that are wanted it pays to look first whether they are. */
  #looks = 0

  constructor(parts: DispatchParts) {
    this.parts = parts
    this.#handledIds = new RecentIds(parts.duplicates)
    this.#byPriority = new Map(
      PRIORITIES.map((priority) => {
        const endpoints = parts.endpoints.filter((endpoint) => endpoint.implements(priority))
        return [priority, { rules: new RuleIndex(endpoints), received: 0 }]
      }),
    )
  }

  endpointStats(): Record<string, EndpointStats> {
    return Object.fromEntries(
      this.parts.endpoints.map((endpoint) => {
        const { wanted, ...counts } = endpoint.stats
        let received = 0
        for (const [priority, ofPriority] of this.#byPriority)
          if (endpoint.implements(priority as Priority)) received += ofPriority.received
        return [endpoint.name, { received, filtered: received - wanted, ...counts }]
      }),
    )
  }

  /** Who wants the message, or what becomes of it at once. Never throws. */
  accept(message: IncomingMessage, drain: AbortSignal): Accepted | Outcome {
    this.stats.received += 1
    if (this.#looks > 0 && this.#isUnwanted(message)) return this.#unwanted()
    let decoded: DecodedNotification
    try {
      decoded = decodeNotification(message.body, message.compression, this.parts.decode)
    } catch (error) {
      return this.#refuse(error)
    }
    const { uniqueId } = decoded
    if (uniqueId !== undefined && this.#handledIds.has(uniqueId)) {
      this.stats.duplicates += 1
      this.parts.logger.debug('a notification that was handled before came again and is acknowledged', {
        uniqueId,
      })
      return ACKNOWLEDGE
    }
    const priority = priorityOf(decoded.message)
    if (!priorities.has(priority)) return this.#unknownPriority(priority, decoded)
    try {
      const ownSignal = this.parts.handlerTimeout === undefined ? undefined : new OwnSignal(drain)
      const notification = this.#read(decoded, priority as Priority, message, drain, ownSignal)
      const wanting = this.#wanting(notification)
      if (wanting.length > 0) return { message, notification, uniqueId, drain, ownSignal, wanting }
      return this.#unwanted()
    } catch (error) {
      const about = subjectOf(decoded.message)
      const failure = new MessagingException(
        'BEFORE_ENDPOINT',
        `the serializer or a filter function threw at the notification '${about.eventType}': ${describeError(error)}`,
        { cause: error },
      )
      return this.settleUnhandled(message, { error: failure, finished: message.marks.finished }, about)
    }
  }

  /** Without parsing it, where its first fields say so. What is wrong behind these is nobody's concern then. */
  #isUnwanted({ body, compression }: IncomingMessage): boolean {
    this.#looks -= 1
    const peeked = compression === undefined ? peek(body) : undefined
    const ofPriority = peeked === undefined ? undefined : this.#byPriority.get(peeked.priority)
    if (peeked === undefined || ofPriority === undefined) return false
    if (!ofPriority.rules.isUnwanted(peeked.eventType, peeked.publisherId)) return false
    ofPriority.received += 1
    return true
  }

  #unwanted(): Outcome {
    this.stats.unwanted += 1
    this.#looks = Math.min(mostLooks, this.#looks + looksPerUnwanted)
    return ACKNOWLEDGE
  }

  /** The outcome of a message that was not handled, counted and told. */
  settleUnhandled(message: IncomingMessage, unhandled: Unhandled, about: ErrorSubject): Outcome {
    const { outcome, givenUp }: Settlement = settleUnhandled(this.parts.rules, message, unhandled)
    if (outcome.verb === 'requeue') {
      this.stats.requeued += 1
      this.parts.logger.debug('a notification is requeued', {
        ...about,
        delay: outcome.delay,
        error: unhandled.error,
      })
    } else if (outcome.verb === 'reject') {
      this.stats.rejected += 1
    } else {
      this.stats.lost += 1
    }
    if (givenUp !== undefined) this.parts.onError(givenUp, about)
    return outcome
  }

  /** The outcome of a message that an endpoint or a validator will never take. */
  reject(error: MessagingException, reason: string, about: ErrorSubject): Outcome {
    this.stats.rejected += 1
    this.parts.onError(error, about)
    return { verb: 'reject', reason, error }
  }

  /** Gives a message back that no endpoint has seen. */
  giveBack(message: IncomingMessage): void {
    this.stats.givenBack += 1
    message.requeue()
  }

  /** The outcome of a message that is done. */
  handled(accepted: Accepted): Outcome {
    // It was given back already, and its endpoint may have given up: it is no duplicate when it comes again.
    if (accepted.drain.aborted) {
      this.stats.givenBack += 1
      return ACKNOWLEDGE
    }
    this.stats.handled += 1
    if (accepted.uniqueId !== undefined) this.#handledIds.add(accepted.uniqueId)
    return ACKNOWLEDGE
  }

  /** Counts, and wraps what an endpoint threw. */
  threw(endpoint: BoundEndpoint, method: string, thrown: unknown): MessagingException {
    endpoint.stats.failed += 1
    return endpointFailure(endpoint.name, method, thrown)
  }

  #refuse(error: unknown): Outcome {
    this.stats.undecodable += 1
    const failure =
      error instanceof UndecodableMessage
        ? error
        : new UndecodableMessage('NOT_JSON', `the body can't be read: ${describeError(error)}`, {
            cause: error,
          })
    return this.reject(failure, 'undecodable', {})
  }

  #unknownPriority(priority: string, { message }: DecodedNotification): Outcome {
    this.stats.unknownPriority += 1
    const failure = new MessagingException(
      'UNKNOWN_PRIORITY',
      `a priority is one of ${PRIORITIES.join(', ')}; found '${priority}': the notification is acknowledged`,
    )
    this.parts.onError(failure, subjectOf(message))
    return ACKNOWLEDGE
  }

  #read(
    { message: fields, context }: DecodedNotification,
    priority: Priority,
    message: IncomingMessage,
    drain: AbortSignal,
    ownSignal: OwnSignal | undefined,
  ): Notification {
    const { serializer } = this.parts
    const ctxt = serializer.deserializeContext(context)
    const metadata: Metadata = {
      messageId: (fields['message_id'] ?? null) as string | null,
      timestamp: (fields['timestamp'] ?? null) as string | null,
      exchange: message.exchange,
      redelivered: message.redelivered,
      attempts: message.attempts,
      signal: drain,
    }
    if (ownSignal !== undefined)
      Object.defineProperty(metadata, 'signal', { get: () => ownSignal.signal, enumerable: true })
    return {
      priority,
      ctxt,
      publisherId: (fields['publisher_id'] ?? null) as string,
      eventType: (fields['event_type'] ?? null) as string,
      payload: serializer.deserializeEntity(ctxt, fields['payload'] ?? null),
      metadata,
    }
  }

  #wanting(notification: Notification): readonly BoundEndpoint[] {
    const ofPriority = this.#byPriority.get(notification.priority)
    if (ofPriority === undefined) return []
    const wanting = ofPriority.rules.wanting(notification)
    ofPriority.received += 1
    for (const { stats } of wanting) stats.wanted += 1
    return wanting
  }
}

export function subjectOfNotification({ eventType, metadata }: Notification): ErrorSubject {
  return { messageId: metadata.messageId, eventType }
}

function subjectOf(fields: Readonly<Record<string, unknown>>): ErrorSubject {
  return {
    messageId: (fields['message_id'] ?? null) as string | null,
    eventType:
      typeof fields['event_type'] === 'string' ? fields['event_type'] : describeValue(fields['event_type']),
  }
}

function priorityOf(fields: Readonly<Record<string, unknown>>): string {
  const priority = fields['priority']
  return typeof priority === 'string' ? priority.toLowerCase() : ''
}
