/** The headers by which a retried or dead message carries its history. */

import type { Message, Options } from 'amqplib'

import type { Marks } from '../../core/message.js'

export const header = {
  attempts: 'x-tocsin-attempts',
  firstSeen: 'x-tocsin-first-seen',
  finished: 'x-tocsin-finished',
  error: 'x-tocsin-error',
  reason: 'x-tocsin-reason',
  id: 'x-tocsin-id',
  queue: 'x-tocsin-queue',
} as const

const errorBytes = 4_096
const finishedBytes = 16_384

/** A text of at most 4 KiB. */
export function shortText(text: string): string {
  if (Buffer.byteLength(text) <= errorBytes) return text
  // A sign that the cut went through decodes to U+FFFD, which is longer than what is left of it.
  return Buffer.from(text)
    .subarray(0, errorBytes)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')
}

export function readMarks(headers: Readonly<Record<string, unknown>>): Marks {
  const finished = headers[header.finished]
  const firstSeen = headers[header.firstSeen]
  const lastError = headers[header.error]
  return {
    finished: Array.isArray(finished) ? endpointNames(finished) : [],
    ...(typeof firstSeen === 'number' ? { firstSeen } : {}),
    ...(typeof lastError === 'string' ? { lastError } : {}),
  }
}

/** Texts only, and no more than fit into the headers of a further copy, whoever wrote them. */
function endpointNames(given: readonly unknown[]): string[] {
  const names: string[] = []
  let bytes = 0
  for (const name of given) {
    if (typeof name !== 'string') continue
    bytes += Buffer.byteLength(name)
    if (bytes > finishedBytes) break
    names.push(name)
  }
  return names
}

/** Earlier attempts: those of republished retries, and what the broker knows of this round. */
export function readAttempts({ fields, properties }: Message): number {
  const headers = (properties.headers ?? {}) as Record<string, unknown>
  const own = headers[header.attempts]
  const broker = headers['x-delivery-count']
  // Both: a count of 0 that came along from another broker's quorum queue would let an immediate requeue repeat without end.
  const round = Math.max(countOf(broker), fields.redelivered ? 1 : 0)
  return countOf(own) + round
}

/** A negative or endless count of a sender's would be a message that is retried for ever. */
function countOf(value: unknown): number {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value) ? Math.floor(value) : 0
}

/** Headers of a republish: the sender's and ours, without what the broker adds per hop. */
export function carriedHeaders(
  message: Message,
  ours: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const headers: Record<string, unknown> = {
    ...message.properties.headers,
  }
  for (const name of [
    'CC',
    'BCC',
    'x-death',
    'x-first-death-queue',
    'x-first-death-reason',
    'x-first-death-exchange',
    'x-delivery-count',
  ]) {
    delete headers[name]
  }
  return encodable({ ...headers, ...ours }) as Record<string, unknown>
}

/** Headers of a republish where the sender's can't be written: ours, and what it takes to read the body. */
export function ownHeaders(
  message: Message,
  ours: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const compression: unknown = message.properties.headers?.['compression']
  const kept = typeof compression === 'string' ? { compression: shortText(compression) } : {}
  return encodable({ ...kept, ...ours }) as Record<string, unknown>
}

/** amqplib reads a double as a number, and writes each whole number as an integer of 64 bits, or throws. */
function encodable(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : { '!': 'double', value }
  if (Array.isArray(value)) return value.map(encodable)
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value) || Object.hasOwn(value, '!'))
    return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, encodable(member)]))
}

/** The sender's headers alone. */
export function senderHeaders(message: Message): Record<string, unknown> {
  const headers = carriedHeaders(message, {})
  for (const name of Object.values(header)) delete headers[name]
  return headers
}

/** The sender's properties, without those that would be refused or act again. */
export function carriedProperties({ properties }: Message): Options.Publish {
  const names = [
    'contentType',
    'contentEncoding',
    'deliveryMode',
    'priority',
    'correlationId',
    'replyTo',
    'messageId',
    'timestamp',
    'type',
    'appId',
  ] as const
  return Object.fromEntries(
    names.map((name) => [name, properties[name] as unknown]).filter(([, value]) => value !== undefined),
  ) as Options.Publish
}
