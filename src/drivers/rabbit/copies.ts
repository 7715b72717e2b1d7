/** What becomes of a message that is published again: a retry, with or without a delay, or a dead letter. */
import { randomUUID } from 'node:crypto'

import type { Message } from 'amqplib'

import { describeError } from '../../core/errors.js'
import type { RejectOptions, RequeueOptions } from '../../core/message.js'
import { carriedHeaders, carriedProperties, header, ownHeaders, shortText } from './headers.js'
import type { RabbitMessage } from './message.js'
import { declareRung, rungFor, rungName } from './retry-queues.js'
import type { Publication } from './send-line.js'
import type { QueuePlan } from './topology.js'

/** Which headers a copy has: the sender's and ours, or ours alone where the sender's can't be written. */
export type CarriedHeaders = 'all' | 'own'

/** Comes back to `queue` after the delay, with one attempt more. */
export function retryCopy(
  message: RabbitMessage,
  queue: string,
  { delay = 0, finished = [], error }: RequeueOptions,
  headers: CarriedHeaders = 'all',
): Publication {
  const marks = {
    [header.attempts]: message.attempts + 1,
    [header.firstSeen]: message.marks.firstSeen ?? Date.now(),
    [header.finished]: [...new Set([...message.marks.finished, ...finished])],
    ...errorMark(error),
  }
  if (delay <= 0) return copyOf(message, marks, headers, { exchange: '', routingKey: queue })
  const rung = rungFor(delay)
  return copyOf(message, marks, headers, {
    exchange: rungName(rung),
    routingKey: queue,
    needs: { key: rungName(rung), declare: (declarer) => declareRung(declarer, rung) },
  })
}

/** Lies in `dead`, with the reason, and with the name of the queue it came from. */
export function deadCopy(
  message: RabbitMessage,
  queue: string,
  dead: QueuePlan,
  { reason = 'rejected', error }: RejectOptions,
  headers: CarriedHeaders = 'all',
): Publication {
  const marks = {
    [header.id]: randomUUID(),
    [header.queue]: queue,
    [header.reason]: reason,
    [header.attempts]: message.attempts,
    [header.firstSeen]: message.marks.firstSeen ?? Date.now(),
    ...errorMark(error),
  }
  return copyOf(message, marks, headers, {
    exchange: '',
    routingKey: dead.name,
    needs: { key: dead.name, declare: (declarer) => declarer.queue(dead) },
  })
}

function copyOf(
  { raw }: RabbitMessage,
  marks: Readonly<Record<string, unknown>>,
  carried: CarriedHeaders,
  to: Pick<Publication, 'exchange' | 'routingKey' | 'needs'>,
): Publication {
  const properties =
    carried === 'all'
      ? { ...carriedProperties(raw), headers: carriedHeaders(raw, marks) }
      : { ...carriedProperties(withoutTimestamp(raw)), headers: ownHeaders(raw, marks) }
  return { ...to, body: raw.content, properties: { ...properties, mandatory: true } }
}

function errorMark(error: unknown): Record<string, string> {
  return error === undefined ? {} : { [header.error]: shortText(describeError(error)) }
}

/** The one property that amqplib may read and not write: of 64 bits, rounded up to what is none. */
function withoutTimestamp(message: Message): Message {
  return { ...message, properties: { ...message.properties, timestamp: undefined } }
}
