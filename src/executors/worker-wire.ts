/** What crosses between the main thread and a worker thread, both ways, by structured clone. */
import { types } from 'node:util'
import type { MessagePort } from 'node:worker_threads'

import type { ContextUse } from '../core/context.js'
import { describeError } from '../core/errors.js'
import { describeValue } from '../core/options.js'

/** Where a thread finds an endpoint: what it gets as its `workerData`. */
export interface WireEndpoint {
  readonly url: string
  readonly export: string
  readonly name: string
  readonly methods: readonly string[]
  /** Whether the module must have all of the methods; otherwise one of them. */
  readonly needsAll: boolean
  readonly options: unknown
}

export interface WireData {
  readonly endpoints: readonly WireEndpoint[]
  /** Whether calls are aborted one by one. */
  readonly isLimited: boolean
  readonly context: ContextUse
}

/** id, index of the endpoint, method, arguments. A tuple: a third cheaper to clone than an object with names. */
export type WireCall = readonly [id: number, endpoint: number, method: string, args: readonly unknown[]]

/** The calls of one turn for one thread, or the id of one whose time is up; `all`: the drain deadline has passed. */
export type Pack = readonly WireCall[] | { readonly abort: number | 'all' }

export type WireResult =
  /** The id alone: it returned nothing, as most do. */
  | number
  | readonly [id: number, kind: 'value', value: unknown]
  /** A Map by notification: positions in the batch, -1 = not of this batch. */
  | readonly [id: number, kind: 'map', entries: readonly (readonly [index: number, value: unknown])[]]
  | readonly [id: number, kind: 'error', error: WireError]

/** What a thread tells unasked. */
export type ThreadMessage =
  /** With the port for its calls. */
  | { readonly tocsin: 'loaded'; readonly thread: number; readonly port: MessagePort }
  | { readonly tocsin: 'failed'; readonly thread: number; readonly url: string; readonly error: WireError }

/** An error as it crosses: structured clone alone drops `code`, own fields and the class. */
export type WireError =
  | {
      readonly name: string
      readonly message: string
      readonly stack: string | undefined
      readonly fields: Readonly<Record<string, unknown>>
      readonly cause?: WireError
      readonly errors?: readonly WireError[]
    }
  /** Something was thrown that is no Error. */
  | { readonly thrown: unknown }

/** Arguments of a notification method (five) or of a batch method (one array), without what can't cross: the signal. */
export function packArguments(args: readonly unknown[]): readonly unknown[] {
  const [batch] = args
  if (args.length === 1 && Array.isArray(batch)) return [batch.map(packNotification)]
  const [ctxt, publisherId, eventType, payload, metadata] = args
  return [exactly(ctxt), publisherId, eventType, exactly(payload), packMetadata(metadata)]
}

function packNotification(notification: Readonly<Record<string, unknown>>): object {
  const { priority, ctxt, publisherId, eventType, payload, metadata } = notification
  const [packedContext, packedPayload] = [exactly(ctxt), exactly(payload)]
  return {
    priority,
    ctxt: packedContext,
    publisherId,
    eventType,
    payload: packedPayload,
    metadata: packMetadata(metadata),
  }
}

function packMetadata(metadata: unknown): unknown {
  if (typeof metadata !== 'object' || metadata === null) return metadata
  const packed: Record<string, unknown> = {}
  // Not by Object.entries, which asks for the signal: where the time of calls is limited it is made when it is asked for.
  for (const name in metadata)
    if (name !== 'signal') packed[name] = (metadata as Readonly<Record<string, unknown>>)[name]
  return packed
}

/**
 * Bytes (of a serializer of the user's), itself or one level down, as a copy of exactly that part: cloning a view copies the whole
 * buffer behind it, 64 KiB for 100 bytes that came by a socket.
 */
function exactly(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (isPartOfBuffer(value)) return new Uint8Array(value)
  let copy: Record<string, unknown> | undefined
  for (const name in value) {
    const field = (value as Record<string, unknown>)[name]
    if (isPartOfBuffer(field)) {
      copy ??= Array.isArray(value) ? (value.slice() as unknown as Record<string, unknown>) : { ...value }
      copy[name] = new Uint8Array(field)
    }
  }
  return copy ?? value
}

function isPartOfBuffer(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.byteLength < value.buffer.byteLength
}

/** The result of a call, in the worker thread. Never throws, and what it returns can always be cloned. */
export function packResult(id: number, value: unknown, args: readonly unknown[]): WireResult {
  if (value === undefined) return id
  if (!(value instanceof Map)) return [id, 'value', cloneable(value)]
  const batch: readonly unknown[] = Array.isArray(args[0]) ? args[0] : []
  const indexes = new Map(batch.map((notification, index) => [notification, index]))
  const entries = [...value].map(([notification, result]) => {
    return [indexes.get(notification) ?? -1, cloneable(result)] as const
  })
  return [id, 'map', entries]
}

/** A result of `packResult`, in the main thread: a Map has the notifications of `args` as keys again. */
export function unpackResult(
  result: Exclude<WireResult, number | readonly [number, 'error', WireError]>,
  args: readonly unknown[],
): unknown {
  if (result[1] === 'value') return result[2]
  const batch: readonly unknown[] = Array.isArray(args[0]) ? args[0] : []
  return new Map(result[2].map(([index, value]) => [index < 0 ? {} : batch[index], value]))
}

/** The value, or where it can't be cloned a text about it. */
function cloneable(value: unknown): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') return describeValue(value)
  if (typeof value !== 'object' || value === null) return value
  try {
    return structuredClone(value)
  } catch {
    // Not swallowed: the receiver sees what it was, and treats it as any result that says nothing.
    return describeValue(value)
  }
}

/** Deeper chains of causes are cut. */
const CAUSE_DEPTH = 10

/** Never throws, and what it returns can always be cloned. */
export function packError(thrown: unknown, depth = 0): WireError {
  if (!(thrown instanceof Error || types.isNativeError(thrown))) return { thrown: cloneable(thrown) }
  const fields: Record<string, unknown> = {}
  for (const name of Object.keys(thrown)) fields[name] = fieldOf(thrown, name)
  if (!('code' in fields) && 'code' in thrown) fields['code'] = fieldOf(thrown, 'code')
  for (const name of ['name', 'message', 'stack', 'cause', 'errors']) delete fields[name]
  const deeper = depth < CAUSE_DEPTH
  return {
    name: String(fieldOf(thrown, 'name')),
    message: String(fieldOf(thrown, 'message')),
    stack: fieldOf(thrown, 'stack') as string | undefined,
    fields,
    ...(deeper && thrown.cause !== undefined ? { cause: packError(thrown.cause, depth + 1) } : {}),
    ...(deeper && thrown instanceof AggregateError
      ? { errors: thrown.errors.slice(0, 100).map((error: unknown) => packError(error, depth + 1)) }
      : {}),
  }
}

function fieldOf(error: Error, name: string): unknown {
  try {
    return cloneable(Reflect.get(error, name))
  } catch (trouble) {
    return `can't be read: ${describeError(trouble)}`
  }
}

const builtIn: Readonly<Record<string, new (message: string) => Error>> = {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
}

/** What was thrown, in the main thread: errors of the language keep their class, others are an Error with their name and fields. */
export function unpackError(packed: WireError): unknown {
  if ('thrown' in packed) return packed.thrown
  const { name, message, stack, fields, cause, errors } = packed
  const Class = Object.hasOwn(builtIn, name) ? builtIn[name] : undefined
  const error =
    errors !== undefined
      ? new AggregateError(errors.map(unpackError), message)
      : new (Class ?? Error)(message)
  Object.assign(error, fields)
  if (error.name !== name)
    Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true })
  Object.defineProperty(error, 'stack', { value: stack, configurable: true, writable: true })
  if (cause !== undefined) {
    Object.defineProperty(error, 'cause', { value: unpackError(cause), configurable: true, writable: true })
  }
  return error
}
