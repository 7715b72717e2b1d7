/**
 * The wire form of notifications, both ways: oslo.messaging's envelopes 1 (a flat object) and 2 (that object as JSON text inside another).
 * The only file that knows snake_case keys. source: oslo_messaging/_drivers/common.py (serialize_msg, deserialize_msg), amqp.py
 */
import { randomBytes } from 'node:crypto'

import { describeError, UndecodableMessage, UnserializableMessage } from '../core/errors.js'
import { isDeeper, isShallow, type ParseOptions, parseJson } from '../core/json.js'
import { describeValue } from '../core/options.js'
import type { Context } from '../core/serializer.js'
import { bodyAround, textWithin } from './text-within.js'

/** A notification as it lies on the wire, without the private keys. */
export interface WireNotification {
  readonly message_id: string
  readonly publisher_id: string | null
  readonly event_type: string
  /** Upper case. */
  readonly priority: string
  readonly payload: unknown
  /** UTC, `YYYY-MM-DD HH:MM:SS.ffffff`. */
  readonly timestamp: string
}

export type EnvelopeVersion = 1 | 2

/** A notification whose JSON is made; each `toBytes` stamps a fresh `_unique_id`, as the original does per topic. */
export interface EncodedNotification {
  toBytes(version: EnvelopeVersion): Uint8Array
}

export interface EncodeOptions {
  /** Most levels of objects and arrays, the notification itself being the first. Default: no bound. */
  readonly maxDepth?: number
}

/**
 * Makes the JSON of payload and context once; the rest is put around it as text, since few of its texts need escaping. Throws
 * UnserializableMessage for a cycle, a BigInt, a `toJSON` that throws, or what is nested too deep.
 */
export function encodeNotification(
  message: WireNotification,
  ctxt: Context,
  { maxDepth }: EncodeOptions = {},
): EncodedNotification {
  const { event_type: eventType } = message
  // The notification itself is a level.
  const payload = stringify(message.payload, eventType, { levels: maxDepth && maxDepth - 1, maxDepth })
  const context = contextFields(ctxt, eventType, { levels: maxDepth, maxDepth })
  const start =
    `{"message_id":"${escaped(message.message_id)}${middleOf(message)}${payload},` +
    `"timestamp":"${escaped(message.timestamp)}","_unique_id":"`
  return {
    toBytes(version) {
      const text = `${start}${hexId()}"${context}}`
      return version === 1 ? envelope1(text) : envelope2(text)
    },
  }
}

/** Texts that JSON writes as they are. */
const unescaped = /^[ !#-[\]-~]*$/

/** Between the quotes of JSON. */
function escaped(text: string): string {
  return unescaped.test(text) ? text : JSON.stringify(text).slice(1, -1)
}

/** Between the id of a notification and its payload. */
interface Middle {
  readonly publisher: string | null
  readonly priority: string
  readonly json: string
}

/** The last of each event type: most notifications have it in common with others. */
const middles = new Map<string, Middle>()
const [mostKept, longestKept] = [1_000, 500] as const

function middleOf({ publisher_id: publisher, event_type: eventType, priority }: WireNotification): string {
  const last = middles.get(eventType)
  if (last !== undefined && last.publisher === publisher && last.priority === priority) return last.json
  const json =
    `","publisher_id":${publisher === null ? 'null' : `"${escaped(publisher)}"`},` +
    `"event_type":"${escaped(eventType)}","priority":"${escaped(priority)}","payload":`
  if (middles.size >= mostKept) middles.clear()
  if (json.length <= longestKept) middles.set(eventType, { publisher, priority, json })
  return json
}

/** Bodies are cut from it: Node's own, of 8 KiB, is used up by seven of them, and to make one costs more than to fill it. */
const slabSize = 65_536
let slab = Buffer.alloc(0)
let slabEnd = 0

function room(length: number): Buffer {
  if (length > slabSize / 4) return Buffer.allocUnsafeSlow(length)
  if (length > slab.length - slabEnd) {
    slab = Buffer.allocUnsafeSlow(slabSize)
    slabEnd = 0
  }
  slabEnd += length
  return slab.subarray(slabEnd - length, slabEnd)
}

function envelope1(json: string): Uint8Array {
  const body = room(Buffer.byteLength(json))
  body.write(json)
  return body
}

function envelope2(json: string): Uint8Array {
  const made = bodyAround(json)
  if (made === undefined) return envelope1(JSON.stringify({ 'oslo.version': '2.0', 'oslo.message': json }))
  const body = room(made.length)
  body.set(made)
  return body
}

const idLength = 32
let randomDigits = ''
let usedDigits = 0

/** 32 hexadecimal digits, cut from what is drawn for many. */
function hexId(): string {
  if (usedDigits === randomDigits.length) {
    randomDigits = randomBytes(4_096).toString('hex')
    usedDigits = 0
  }
  usedDigits += idLength
  return randomDigits.slice(usedDigits - idLength, usedDigits)
}

interface Depth {
  /** That the value may have. */
  readonly levels: number | undefined
  /** Of the notification. */
  readonly maxDepth: number | undefined
}

/** As they follow others: '' or with a comma first. */
function contextFields(ctxt: Context, eventType: string, depth: Depth): string {
  const entries = Object.entries(ctxt)
  if (entries.length === 0) return ''
  const context: Record<string, unknown> = {}
  for (const [key, value] of entries) context[`_context_${key}`] = value === undefined ? null : value
  const fields = stringify(context, eventType, depth)
  return fields === '{}' ? '' : `,${fields.slice(1, -1)}`
}

/** What has no JSON, such as a function, is null. */
function stringify(value: unknown, eventType: string, { levels, maxDepth }: Depth): string {
  try {
    const text = (JSON.stringify(value) as string | undefined) ?? 'null'
    if (levels === undefined || isShallow(text, levels) || !isDeeper(value, levels)) return text
  } catch (cause) {
    throw new UnserializableMessage(
      'UNSERIALIZABLE',
      `the notification '${eventType}' can't be written as JSON: ${describeError(cause).split('\n', 1)[0]}; ` +
        'payload and context are JSON values (no cycles, no BigInt), or give the notifier a serializer',
      { cause },
    )
  }
  throw new UnserializableMessage(
    'TOO_DEEP',
    `objects and arrays of the notification '${eventType}' are nested deeper than ${maxDepth} levels, which its listeners would refuse; ` +
      'send less deep ones, or raise maxDepth of the transport on both sides',
  )
}

/** The time as the original writes it, always with six digits after the second. */
export function wireTimestamp(now: Date = new Date()): string {
  return `${now.toISOString().slice(0, 23).replace('T', ' ')}000`
}

/** The time now, as text: once per millisecond, since the text costs a tenth of a notification and many fall into one. */
export class WireClock {
  #time = Number.NaN
  #text = ''

  now(): string {
    const time = Date.now()
    if (time !== this.#time) {
      this.#time = time
      this.#text = wireTimestamp(new Date(time))
    }
    return this.#text
  }
}

/** What a body says. Fields the sender left out are undefined. */
export interface DecodedNotification {
  /** As it was sent, private keys and context included. */
  readonly message: Readonly<Record<string, unknown>>
  /** Without the `_context_` prefix. */
  readonly context: Context
  readonly uniqueId: string | undefined
}

export interface DecodeOptions extends ParseOptions {
  /** Bytes, before and after decompression. */
  readonly maxBodySize: number
  /** Most levels of objects and arrays, the notification itself being the first. */
  readonly maxDepth: number
}

/** Reads both envelopes. Throws UndecodableMessage, whose code says what is wrong. */
export function decodeNotification(
  body: Uint8Array,
  compression: string | undefined,
  options: DecodeOptions,
): DecodedNotification {
  const bytes = uncompressed(body, compression, options)
  const inner = textWithin(bytes)
  if (inner !== undefined) return separate(parseObject(inner, 'oslo.message', options))
  return decodeOuter(toText(bytes), options)
}

function decodeOuter(text: string, options: DecodeOptions): DecodedNotification {
  const outer = parseObject(text, 'the body', options)
  if (!(Object.hasOwn(outer, 'oslo.version') && Object.hasOwn(outer, 'oslo.message'))) {
    return separate(text.includes('"__type__"') ? (plainTypes(outer) as Record<string, unknown>) : outer)
  }
  const version = outer['oslo.version']
  if (version !== '2.0' && version !== '2.0.0') {
    throw new UndecodableMessage(
      'ENVELOPE_VERSION',
      `the envelope's oslo.version is 2.0 in all that this library (and its peers) can read; found ${describeValue(version)}`,
    )
  }
  const inner = outer['oslo.message']
  if (typeof inner !== 'string') {
    throw new UndecodableMessage('NOT_AN_OBJECT', `oslo.message is a JSON text; found ${typeName(inner)}`)
  }
  return separate(parseObject(inner, 'oslo.message', options))
}

function uncompressed(body: Uint8Array, compression: string | undefined, options: DecodeOptions): Uint8Array {
  if (body.length > options.maxBodySize) throw tooLarge(body.length, options)
  if (body.length === 0)
    throw new UndecodableMessage('EMPTY_BODY', 'a notification is a JSON object; found an empty body')
  return compression === undefined || compression === '' ? body : decompress(body, compression, options)
}

function toText(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return buffer.toString('utf8')
}

function tooLarge(size: number, options: DecodeOptions): UndecodableMessage {
  return new UndecodableMessage(
    'BODY_TOO_LARGE',
    `a body has at most ${options.maxBodySize} bytes (the transport's maxBodySize); found ${size > options.maxBodySize ? size : 'more after decompression'}`,
  )
}

type Inflate = (body: Uint8Array, options: { maxOutputLength: number }) => Uint8Array

/** By the content types of kombu's `compression` header. Its `gzip` is zlib data; unzip reads both. */
function inflater(compression: string): Inflate | undefined {
  // Loaded with the first compressed body: few are.
  const zlib = process.getBuiltinModule('node:zlib')
  if (compression === 'application/x-gzip') return zlib.unzipSync
  if (compression === 'application/x-brotli') return zlib.brotliDecompressSync
  if (compression === 'application/zstd' && 'zstdDecompressSync' in zlib)
    return zlib.zstdDecompressSync as Inflate
  return undefined
}

function decompress(body: Uint8Array, compression: string, options: DecodeOptions): Uint8Array {
  const inflate = inflater(compression)
  if (inflate === undefined) {
    throw new UndecodableMessage(
      'UNKNOWN_COMPRESSION',
      `the compression header is application/x-gzip or application/x-brotli; found '${compression}'`,
    )
  }
  try {
    return inflate(body, { maxOutputLength: options.maxBodySize })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(0, options)
    throw new UndecodableMessage(
      'BAD_COMPRESSION',
      `the body is not ${compression} data, or is cut short: ${describeError(cause)}`,
      {
        cause,
      },
    )
  }
}

function parseObject(text: string, what: string, options: ParseOptions): Record<string, unknown> {
  let value: unknown
  try {
    value = parseJson(text, options)
  } catch (cause) {
    if (cause instanceof UndecodableMessage) throw cause
    throw notJson(what, cause as Error)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UndecodableMessage('NOT_AN_OBJECT', `${what} is a JSON object; found ${typeName(value)}`)
  }
  return value as Record<string, unknown>
}

/** The parser quotes what it could not read, which may be a token or a password on its way into a log. */
function notJson(what: string, { message }: Error): UndecodableMessage {
  const cause = new SyntaxError(message.replace(/, (?:\.\.\.)?".*$/s, ''))
  return new UndecodableMessage('NOT_JSON', `${what} is JSON; the parser says: ${cause.message}`, { cause })
}

function typeName(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`
}

const contextPrefix = '_context_'

function separate(message: Record<string, unknown>): DecodedNotification {
  const context: Record<string, unknown> = {}
  for (const key in message)
    if (key.startsWith(contextPrefix)) put(context, key.slice(contextPrefix.length), message[key])
  const uniqueId = message['_unique_id']
  return { message, context, uniqueId: typeof uniqueId === 'string' ? uniqueId : undefined }
}

/** Assigning a sender's `__proto__` would replace the prototype; defining it does not. */
function put(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  else object[key] = value
}

/**
 * Newer kombu writes dates and the like in envelope 1 as `{"__type__": .., "__value__": ..}`: they become the text that envelope 2 has in
 * their place. A type we don't know stays as it is. The depth was checked.
 */
function plainTypes(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(plainTypes)
  if (Object.hasOwn(value, '__type__') && Object.hasOwn(value, '__value__'))
    return plainType(value as MarkedValue)
  const plain: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(value)) put(plain, key, plainTypes(inner))
  return plain
}

interface MarkedValue {
  readonly __type__: unknown
  readonly __value__: unknown
}

function plainType(marked: MarkedValue): unknown {
  const { __type__: type, __value__: value } = marked
  if (
    typeof value === 'string' &&
    ['datetime', 'date', 'time', 'decimal', 'bytes', 'base64'].includes(String(type))
  )
    return value
  const hex =
    type === 'uuid' && typeof value === 'object' && value !== null && 'hex' in value ? String(value.hex) : ''
  return /^[0-9a-f]{32}$/.test(hex)
    ? hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    : marked
}
