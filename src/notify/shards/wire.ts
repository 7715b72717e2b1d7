/** What crosses between a listener and the threads of its shards, both ways, by structured clone. */
import { types } from 'node:util'

import * as errors from '../../core/errors.js'
import type { Logger } from '../../core/logger.js'
import type { TargetOptions } from '../../core/target.js'
import { packError, unpackError, type WireEndpoint, type WireError } from '../../executors/worker-wire.js'
import type { FilterFields } from '../filter.js'
import type { ErrorSubject } from '../intake.js'
import type { BatchListenerOptions } from '../listener-options.js'
import type { ShardCounts } from './counts.js'

/** A filter rule as data; what can't be data is refused when the listener is made. */
export type WireRule =
  | { readonly kind: 'fields'; readonly fields: FilterFields }
  | { readonly kind: 'globs'; readonly globs: readonly string[] }

export interface ShardEndpoint extends WireEndpoint {
  readonly rule: WireRule | null
}

/** What a shard is: the `workerData` of its thread. */
export interface ShardOrder {
  readonly shard: number
  /** With its password: it is never logged. */
  readonly url: string
  readonly transport: {
    readonly controlExchange: string
    readonly maxBodySize: number
    readonly maxDepth: number
  }
  readonly targets: readonly TargetOptions[]
  readonly endpoints: readonly ShardEndpoint[]
  readonly kind: 'single' | 'batch'
  readonly options: BatchListenerOptions
  /** Milliseconds the broker may take. */
  readonly startTimeout: number | undefined
}

export type ShardCommand =
  /** No new message. */
  | { readonly do: 'stop' }
  /** Settle what is in hand within `timeout` ms, free the link, say `ended`. May come again with a shorter one. */
  | { readonly do: 'wait'; readonly timeout: number }

export type LogLevel = keyof Logger

/** What a shard tells, in this order but for `restored`, `error`, `log` and `counts`, which come at any time. */
export type ShardReport =
  | { readonly tocsin: 'loaded' }
  | { readonly tocsin: 'started' }
  /** Instead of either: it can't begin. */
  | { readonly tocsin: 'failed'; readonly module?: string; readonly error: WireError }
  | { readonly tocsin: 'restored' }
  | { readonly tocsin: 'error'; readonly error: WireError; readonly about: ErrorSubject }
  | {
      readonly tocsin: 'log'
      readonly level: LogLevel
      readonly message: string
      readonly details: readonly WireDetail[] | undefined
    }
  | { readonly tocsin: 'counts'; readonly counts: ShardCounts }
  | { readonly tocsin: 'stopped' }
  | { readonly tocsin: 'ended' }

/** One of a log line's details. */
export type WireDetail = readonly [
  name: string,
  value: { readonly error: WireError } | { readonly value: unknown },
]

/** Never throws, and what it returns can always be cloned. */
export function packDetails(details: Readonly<Record<string, unknown>>): readonly WireDetail[] {
  return Object.entries(details).map(([name, value]) => {
    const packed = packError(value)
    return [name, 'thrown' in packed ? { value: packed.thrown } : { error: packed }]
  })
}

export function unpackDetails(details: readonly WireDetail[]): Record<string, unknown> {
  return Object.fromEntries(
    details.map(([name, packed]) => [
      name,
      'error' in packed ? unpackShardError(packed.error) : packed.value,
    ]),
  )
}

/** What was thrown, as it was before it crossed: our errors are of their class again, with `code`, fields and causes. */
export function unpackShardError(packed: WireError): unknown {
  const error = unpackError(packed)
  for (let at = error; types.isNativeError(at); at = at.cause) {
    const { name, code } = at as Error & { readonly code?: unknown }
    const Class = (errors as Readonly<Record<string, unknown>>)[name]
    const isOurs = typeof code === 'string' && typeof Class === 'function' && /^[A-Z]/.test(name)
    if (isOurs) Object.setPrototypeOf(at, (Class as { readonly prototype: object }).prototype)
  }
  return error
}

/** The same where only an error of ours will do. */
export function asMessagingException(packed: WireError): errors.MessagingException {
  const error = unpackShardError(packed)
  if (error instanceof errors.MessagingException) return error
  return new errors.MessagingException('SHARD_ERROR', errors.describeError(error), { cause: error })
}
