/** Which notifications an endpoint wants. source: oslo_messaging/notify/filter.py */
import { ConfigurationError, describeError, InvalidFilter } from '../core/errors.js'
import { describeValue, unknownName } from '../core/options.js'
import type { EventMap, Notification } from './endpoint.js'
import { compileGlob } from './glob.js'
import { compilePattern } from './pattern.js'
import type { TextMatcher } from './pattern-matcher.js'
import type { Rule } from './rule-index.js'

/** A regular expression in Python's syntax as text, or one of JavaScript's. Either is anchored at the start only, as Python's `match`. */
export type Pattern = string | RegExp

type PayloadKey<E extends EventMap> = string extends keyof E
  ? string
  : { [K in keyof E]: E[K] extends object ? keyof E[K] & string : never }[keyof E]

export interface FilterFields<E extends EventMap = EventMap> {
  readonly publisherId?: Pattern | null
  readonly eventType?: Pattern | null
  /** Key of the context -> pattern of its value. */
  readonly context?: Readonly<Record<string, Pattern>> | null
  readonly metadata?: {
    readonly messageId?: Pattern
    readonly timestamp?: Pattern
    readonly message_id?: Pattern
  } | null
  /** Key at the top of the payload -> pattern of its value. */
  readonly payload?: { readonly [K in PayloadKey<E>]?: Pattern } | null
}

/**
 * What an endpoint's `filterRule` may be: a NotificationFilter, a function of the notification (an exception counts as the endpoint's
 * own), or a list of globs, one of which must match the whole event type (`compute.instance.*`).
 */
export type FilterRule<E extends EventMap = EventMap> =
  | NotificationFilter<E>
  | ((notification: Notification<E>) => boolean)
  | readonly string[]

/** Set by the class below, which alone can read its private fields. */
let ruleOf: (filter: NotificationFilter) => Rule

/** What a filter was made of, as data that structured clone copies. Assigned by the class below. */
export let fieldsOf: (filter: NotificationFilter) => FilterFields

const fieldNames = ['publisherId', 'eventType', 'context', 'metadata', 'payload'] as const

/**
 * All the given patterns must match; anchored at the start only. A value that is no text (null, a number, an object) and a missing key
 * never match; a field that is not given always does.
 *
 * Patterns that are texts can't take long, whatever they and the notifications say; a RegExp is your own code and can.
 *
 * Throws InvalidFilter when a pattern can't be compiled (or is Python syntax that is not supported), ConfigurationError for an unknown
 * field.
 */
export class NotificationFilter<E extends EventMap = EventMap> {
  readonly #publisherId: TextMatcher | undefined
  readonly #eventType: TextMatcher | undefined
  readonly #context: readonly (readonly [string, TextMatcher])[]
  readonly #metadata: readonly (readonly [string, TextMatcher])[]
  readonly #payload: readonly (readonly [string, TextMatcher])[]
  readonly #fields: FilterFields

  constructor(fields: FilterFields<E> = {}) {
    checkFields(fields)
    this.#publisherId = matcher('publisherId', fields.publisherId)
    this.#eventType = matcher('eventType', fields.eventType)
    this.#context = matchers('context', fields.context)
    this.#metadata = matchers('metadata', fields.metadata).map(
      ([key, matches]) => [metadataKey(key), matches] as const,
    )
    this.#payload = matchers('payload', fields.payload)
    const { publisherId, eventType, context, metadata, payload } = fields as FilterFields
    this.#fields = {
      publisherId: publisherId ?? null,
      eventType: eventType ?? null,
      context: { ...context },
      metadata: { ...metadata },
      payload: { ...payload },
    }
  }

  /** Whether the endpoint wants it. Throws InvalidFilter (`PATTERN_TOO_COSTLY`) when a pattern can't tell in bounded time. */
  match(notification: Notification<E> | Notification): boolean {
    return (
      matchesText(this.#publisherId, notification.publisherId) &&
      matchesText(this.#eventType, notification.eventType) &&
      this.#matchesRest(notification)
    )
  }

  #matchesRest({ ctxt, metadata, payload }: Notification<E> | Notification): boolean {
    return (
      matchesKeys(this.#context, ctxt) &&
      matchesKeys(this.#metadata, metadata) &&
      matchesKeys(this.#payload, payload)
    )
  }

  static {
    fieldsOf = (filter) => filter.#fields
    ruleOf = (filter) => ({
      eventType: filter.#eventType,
      publisherId: filter.#publisherId,
      rest:
        filter.#context.length + filter.#metadata.length + filter.#payload.length === 0
          ? undefined
          : (notification) => filter.#matchesRest(notification),
    })
  }
}

/** A rule taken apart for the index of rules. Throws InvalidFilter for what is no rule. */
export function compileRule(rule: FilterRule | null | undefined): Rule {
  if (rule === undefined || rule === null) return {}
  // A subclass may have a `match` of its own.
  if (rule instanceof NotificationFilter)
    return rule.match === NotificationFilter.prototype.match
      ? ruleOf(rule)
      : { rest: (notification) => rule.match(notification) }
  if (typeof rule === 'function') return { rest: rule }
  if (Array.isArray(rule) && rule.every((glob) => typeof glob === 'string')) {
    const globs = rule.map((glob: string) => compiled(`the glob ${glob}`, () => compileGlob(glob)))
    return { eventType: anyOf(globs) }
  }
  throw new InvalidFilter(
    'INVALID_FILTER',
    `a filterRule is a NotificationFilter, a function, or a list of globs such as ['compute.instance.*']; found ${describeValue(rule)}`,
  )
}

function anyOf(globs: readonly TextMatcher[]): TextMatcher {
  const matches = (text: string): boolean => globs.some((one) => one(text))
  return Object.assign(matches, { beginnings: globs.flatMap(({ beginnings = [''] }) => beginnings) })
}

function checkFields(fields: unknown): void {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw new ConfigurationError('NotificationFilter', [
      `wants an object such as { eventType: '^compute' }; found ${describeValue(fields)}`,
    ])
  }
  const unknown = Object.keys(fields).filter((name) => !(fieldNames as readonly string[]).includes(name))
  if (unknown.length === 0) return
  throw new ConfigurationError(
    'NotificationFilter',
    unknown.map((name) => unknownName('field', name, fieldNames)),
  )
}

function metadataKey(key: string): string {
  if (key === 'message_id') return 'messageId'
  if (key === 'messageId' || key === 'timestamp') return key
  throw new ConfigurationError('NotificationFilter', [
    unknownName('metadata key', key, ['messageId', 'timestamp', 'message_id']),
  ])
}

function matchers(field: string, patterns: object | null | undefined): (readonly [string, TextMatcher])[] {
  if (patterns === undefined || patterns === null) return []
  if (typeof patterns !== 'object' || Array.isArray(patterns)) {
    throw new InvalidFilter(
      'INVALID_FILTER',
      `'${field}' maps keys to patterns; found ${describeValue(patterns)}`,
    )
  }
  return Object.entries(patterns).flatMap(([key, pattern]) => {
    const matches = matcher(`${field}.${key}`, pattern as Pattern | undefined)
    return matches === undefined ? [] : [[key, matches] as const]
  })
}

function matcher(field: string, pattern: Pattern | null | undefined): TextMatcher | undefined {
  if (pattern === undefined || pattern === null) return undefined
  if (typeof pattern !== 'string' && !(pattern instanceof RegExp)) {
    throw new InvalidFilter(
      'INVALID_FILTER',
      `'${field}' is a text or a RegExp; found ${describeValue(pattern)}`,
    )
  }
  return compiled(`the pattern of '${field}', ${String(pattern)},`, () => compilePattern(pattern))
}

function compiled(what: string, compile: () => TextMatcher): TextMatcher {
  try {
    return compile()
  } catch (cause) {
    throw new InvalidFilter('INVALID_PATTERN', `${what} can't be compiled: ${describeError(cause)}`, {
      cause,
    })
  }
}

function matchesText(matches: TextMatcher | undefined, value: unknown): boolean {
  return matches === undefined || (typeof value === 'string' && matches(value))
}

function matchesKeys(rules: readonly (readonly [string, TextMatcher])[], values: unknown): boolean {
  if (rules.length === 0) return true
  if (typeof values !== 'object' || values === null) return false
  for (const [key, matches] of rules) {
    if (!Object.hasOwn(values, key)) return false
    const value = (values as Record<string, unknown>)[key]
    if (typeof value !== 'string' || !matches(value)) return false
  }
  return true
}
