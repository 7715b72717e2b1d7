/**
 * One table format for all options, those of objects in code and those of a URL's query: what is wrong is found at the door, all of it at
 * once, and said in sentences.
 */
import { ConfigurationError } from './errors.js'

/** What an option may be. `null` is accepted where `nullable`. */
export interface OptionRule {
  readonly type: 'integer' | 'number' | 'boolean' | 'string' | 'list' | 'function' | 'object' | 'any'
  readonly min?: number
  readonly max?: number
  readonly choices?: readonly string[]
  readonly nullable?: boolean
  /** Says it better than the type, e.g. `a Target or an array of them`. */
  readonly wanted?: string
  /** A further check; returns what was wanted, or undefined when all is well. */
  readonly check?: (value: unknown) => string | undefined
}

export type OptionRules = Readonly<Record<string, OptionRule>>

/** Throws ConfigurationError that lists every unknown name and wrong value of `given`. */
export function checkOptions(subject: string, given: unknown, rules: OptionRules): void {
  if (given === undefined) return
  const problems = optionProblems(given, rules)
  if (problems.length > 0) throw new ConfigurationError(subject, problems)
}

/** The sentences that `checkOptions` would throw; for callers that gather further ones. */
export function optionProblems(given: unknown, rules: OptionRules): string[] {
  const members = membersOf(given)
  if (members === undefined) return [`options are an object; found ${describeValue(given)}`]
  const problems: string[] = []
  for (const [name, value] of members) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    if (rule === undefined) {
      problems.push(unknownName('option', name, Object.keys(rules)))
    } else if (value !== undefined) {
      const wanted = wantedInstead(value, rule)
      if (wanted !== undefined) problems.push(`'${name}' wants ${wanted}; found ${describeValue(value)}`)
    }
  }
  return problems
}

/** Undefined for what is no object, or one of which a getter or a trap throws. */
function membersOf(given: unknown): readonly (readonly [string, unknown])[] | undefined {
  try {
    const isObject = typeof given === 'object' && given !== null && !Array.isArray(given)
    return isObject ? Object.entries(given) : undefined
  } catch {
    return undefined
  }
}

/** Values of a URL's query as `readQueryOptions` reads them. Throws ConfigurationError that lists everything wrong. */
export function parseQueryOptions(
  subject: string,
  query: Readonly<Record<string, string>>,
  rules: OptionRules,
): Record<string, unknown> {
  const { values, problems } = readQueryOptions(query, rules)
  if (problems.length > 0) throw new ConfigurationError(subject, problems)
  return values
}

/**
 * Values of a URL's query, converted to the types of their rules, and the sentences that say what is wrong; for callers that gather further
 * ones. Booleans: true, false, 1, 0, yes, no, on, off.
 */
export function readQueryOptions(
  query: Readonly<Record<string, string>>,
  rules: OptionRules,
): { readonly values: Record<string, unknown>; readonly problems: string[] } {
  const problems: string[] = []
  const values: Record<string, unknown> = {}
  for (const [name, text] of Object.entries(query)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    if (rule === undefined) {
      problems.push(unknownName('option', name, Object.keys(rules)))
      continue
    }
    const value = convert(text, rule)
    const wanted = value === undefined ? wantedText(rule) : wantedInstead(value, rule)
    if (wanted !== undefined) problems.push(`'${name}' wants ${wanted}; found '${text}'`)
    else values[name] = value
  }
  return { values, problems }
}

/** `no scheme 'rabit'; did you mean 'rabbit'? Known: ...` */
export function unknownName(kind: string, name: string, known: readonly string[]): string {
  const near = nearest(name, known)
  const hint = near === undefined ? '' : `; did you mean '${near}'?`
  return `there is no ${kind} '${name}'${hint}${hint === '' ? '.' : ''} Known: ${known.join(', ') || 'none'}`
}

/** The known name that is a slip of the finger away, if any. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const fold = (text: string): string => text.toLowerCase().replaceAll(/[_-]/g, '')
  let best: string | undefined
  let least = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    const distance = distanceOf(fold(name), fold(candidate))
    if (distance < least) {
      least = distance
      best = candidate
    }
  }
  return best
}

/** A word that only goes on (`warning` for `warn`) is near, however long its end. */
function distanceOf(name: string, candidate: string): number {
  const [short, long] = name.length < candidate.length ? [name, candidate] : [candidate, name]
  return short.length >= 4 && long.startsWith(short) ? 1 : editDistance(name, candidate)
}

/** Letters added, left out, changed, or swapped with their neighbour. */
function editDistance(one: string, other: string): number {
  let before: number[] = []
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= other.length; j++) {
      const change = one[i - 1] === other[j - 1] ? 0 : 1
      const isSwap = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]
      const swapped = isSwap ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + change, swapped))
    }
    before = row
    row = next
  }
  return row[other.length] ?? 0
}

function convert(text: string, rule: OptionRule): unknown {
  switch (rule.type) {
    case 'integer':
      return /^[+-]?\d+$/.test(text.trim()) ? Number(text) : undefined
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined
    case 'boolean':
      if (/^(true|1|yes|on)$/i.test(text)) return true
      return /^(false|0|no|off)$/i.test(text) ? false : undefined
    case 'list':
      return text.split(',').map((item) => item.trim())
    default:
      return text
  }
}

/** What is wanted instead of the value; undefined = it will do. One that can't be looked at won't. */
function wantedInstead(value: unknown, rule: OptionRule): string | undefined {
  try {
    return wantedInsteadOf(value, rule)
  } catch {
    return wantedText(rule)
  }
}

function wantedInsteadOf(value: unknown, rule: OptionRule): string | undefined {
  if (value === null) return rule.nullable === true ? undefined : wantedText(rule)
  if (!hasType(value, rule)) return wantedText(rule)
  if (rule.choices !== undefined && !rule.choices.includes(value as string)) return wantedText(rule)
  return rule.check?.(value)
}

function hasType(value: unknown, rule: OptionRule): boolean {
  switch (rule.type) {
    case 'integer':
    case 'number':
      return (
        typeof value === 'number' &&
        (rule.type === 'number' ? !Number.isNaN(value) : Number.isSafeInteger(value)) &&
        value >= (rule.min ?? Number.NEGATIVE_INFINITY) &&
        value <= (rule.max ?? Number.POSITIVE_INFINITY)
      )
    case 'list':
      return Array.isArray(value)
    case 'object':
      return typeof value === 'object'
    case 'any':
      return true
    default:
      return typeof value === rule.type
  }
}

function wantedText(rule: OptionRule): string {
  const plain = rule.wanted ?? typeText(rule)
  return rule.nullable === true ? `${plain} or null` : plain
}

function typeText(rule: OptionRule): string {
  if (rule.choices !== undefined) return `one of ${rule.choices.join(', ')}`
  const { min, max } = rule
  const range =
    min !== undefined && max !== undefined
      ? ` from ${min} to ${max}`
      : min !== undefined
        ? ` of ${min} or more`
        : max !== undefined
          ? ` of ${max} or less`
          : ''
  const names = {
    integer: 'a whole number',
    number: 'a number',
    boolean: 'true or false',
    string: 'a text',
    list: 'a list',
    function: 'a function',
    object: 'an object',
    any: 'anything',
  }
  return names[rule.type] + range
}

/** A value as an error shows it: short, and never a password of an object's depth. Never throws. */
export function describeValue(value: unknown): string {
  try {
    return describeReadable(value)
  } catch {
    return 'an object that can not be read'
  }
}

function describeReadable(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 57)}...` : value}'`
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value === 'bigint') return `${value}n`
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return `an object (${className(value) ?? 'without a class'})`
  return value === undefined ? 'undefined' : `a ${typeof value}`
}

/** The name of an object's class; undefined for one without (its prototype is null, or its class has no name). */
export function className(value: object): string | undefined {
  const { constructor } = value as { readonly constructor?: unknown }
  return typeof constructor === 'function' && constructor.name !== '' ? constructor.name : undefined
}
