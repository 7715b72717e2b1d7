/** Options in the query of a publisher's URL: what is wrong is found when the publisher is made, all of it at once, and said in sentences. */
import { nearest, unknownName } from './spelling.js'

/** One option: how its text is read, and what holds when it is absent. */
export interface OptionRule<T> {
  /** Undefined = the text will not do. */
  readonly read: (text: string) => T | undefined
  /** What would have done: `a whole number from 0 to 100`. */
  readonly wanted: string
  readonly byDefault: T
}

export type OptionRules = Readonly<Record<string, OptionRule<unknown>>>

export type OptionValues<R extends OptionRules> = {
  readonly [K in keyof R]: R[K] extends OptionRule<infer T> ? T : never
}

export interface ReadOptions<R extends OptionRules> {
  readonly values: OptionValues<R>
  /** Sentences. */
  readonly problems: readonly string[]
}

export function wholeNumber(byDefault: number, range: Range = {}): OptionRule<number> {
  const read = (text: string): number | undefined =>
    /^-?\d+$/.test(text) ? within(Number(text), range) : undefined
  return { read, wanted: `a whole number${rangeText(range)}`, byDefault }
}

/** Seconds, as in the original; may have a fraction. */
export function seconds(byDefault: number, range: Range = { min: 0 }): OptionRule<number> {
  const read = (text: string): number | undefined =>
    /^\d+(\.\d+)?$/.test(text) ? within(Number(text), range) : undefined
  return { read, wanted: `seconds${rangeText(range)}`, byDefault }
}

/** A name without a value (`?json`) is true. */
export function flag(byDefault: boolean): OptionRule<boolean> {
  const read = (text: string): boolean | undefined => {
    if (/^(|true|1|yes|on)$/i.test(text)) return true
    return /^(false|0|no|off)$/i.test(text) ? false : undefined
  }
  return { read, wanted: 'true or false', byDefault }
}

export function words(byDefault?: string): OptionRule<string | undefined> {
  return { read: (value) => (value === '' ? undefined : value), wanted: 'a text', byDefault }
}

export function choice<const C extends string>(choices: readonly C[], byDefault: NoInfer<C>): OptionRule<C> {
  return {
    read: (value) => choices.find((one) => one === value),
    wanted: `one of ${choices.join(', ')}`,
    byDefault,
  }
}

/** The values of the options of `rules`, the last of a repeated one. What has no rule is a problem, unless `others` are kept. */
export function readOptions<R extends OptionRules>(
  query: URLSearchParams,
  rules: R,
  { others = 'refused' }: { readonly others?: 'refused' | 'kept' } = {},
): ReadOptions<R> {
  const problems: string[] = []
  const values = Object.fromEntries(Object.entries(rules).map(([name, rule]) => [name, rule.byDefault]))
  const names = Object.keys(rules)
  for (const [name, given] of query) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    if (rule === undefined) {
      if (others === 'refused') problems.push(unknownName('option', name, names))
      continue
    }
    const value = rule.read(given.trim())
    if (value === undefined) problems.push(`'${name}' wants ${rule.wanted}; found ${shown(name, given)}`)
    else values[name] = value
  }
  return { values: values as OptionValues<R>, problems }
}

/** The query without the options of `rules`, as it was written. */
export function otherOptions(query: URLSearchParams, rules: OptionRules): URLSearchParams {
  return new URLSearchParams([...query].filter(([name]) => !Object.hasOwn(rules, name)))
}

/** Sentences on kept options that look like slips of the pen: `'verify_sl' is sent on to the target; did you mean 'verify_ssl'?` */
export function doubtfulOptions(kept: URLSearchParams, rules: OptionRules): readonly string[] {
  return [...kept.keys()].flatMap((name) => {
    const near = nearest(name, Object.keys(rules))
    return near === undefined || name.length < 4
      ? []
      : [`'${name}' is sent on to the target; did you mean '${near}'?`]
  })
}

interface Range {
  readonly min?: number
  readonly max?: number
}

function within(value: number, { min = -Infinity, max = Infinity }: Range): number | undefined {
  return value >= min && value <= max ? value : undefined
}

function rangeText({ min, max }: Range): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`
  if (min !== undefined) return ` of ${min} or more`
  return max === undefined ? '' : ` of ${max} or less`
}

/** What holds a password is never shown. */
function shown(name: string, given: string): string {
  if (isSecret(name)) return 'something else'
  return `'${given.length > 60 ? `${given.slice(0, 57)}...` : given}'`
}

/** Whether an option of this name holds what nobody may see. */
export function isSecret(name: string): boolean {
  return /pass|secret|token|api_?key|credential/i.test(name)
}
