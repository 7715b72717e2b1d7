/**
 * Which driver gets which notification: `group -> driver -> { accepted_events, accepted_priorities }`, with shell-style globs.
 * source: oslo_messaging/notify/_impl_routing.py
 */
import { readFileSync } from 'node:fs'

import { ConfigurationError, describeError } from '../core/errors.js'
import { describeValue, optionProblems } from '../core/options.js'
import type { Priority } from './endpoint.js'
import { compileGlob } from './glob.js'
import type { TextMatcher } from './pattern-matcher.js'

/** What one driver accepts. Both lists must accept; any glob of a list will do; an absent list accepts everything. */
export interface RoutingEntry {
  /** Globs for the whole event type, case-sensitive, e.g. `compute.instance.*`. */
  readonly accepted_events?: readonly string[]
  /** Globs for the whole priority, e.g. `info`; case does not matter. */
  readonly accepted_priorities?: readonly string[]
}

/** Group name -> driver name -> what it accepts (null or `{}` = everything). A group without drivers is null or `{}`. */
export type RoutingConfig = Readonly<Record<string, Readonly<Record<string, RoutingEntry | null>> | null>>

interface RoutingRule {
  readonly driver: string
  readonly events: readonly TextMatcher[] | undefined
  readonly priorities: readonly TextMatcher[] | undefined
}

/** A checked configuration: one rule per entry, in order. */
export type RoutingRules = readonly RoutingRule[]

/**
 * Rules of an object, of a JSON text (it begins with `{`) or of the path of a JSON file, which is read now. An empty text or file means no
 * rules. YAML is not read: this package has no YAML parser; parse it yourself and give the object. Throws ConfigurationError.
 */
export function loadRouting(source: RoutingConfig | string): RoutingRules {
  const config = typeof source === 'string' ? parseText(source) : source
  const problems: string[] = []
  const rules = Object.entries(members('routing', config, problems)).flatMap(([group, drivers]) =>
    Object.entries(members(`group '${group}'`, drivers, problems))
      .filter(([driver]) => driver !== 'routing')
      .map(([driver, entry]) => ruleOf(group, driver, entry, problems)),
  )
  if (problems.length > 0) throw new ConfigurationError('routing', problems)
  return rules
}

/** Names of the drivers that accept it, in the order of the rules, each once. */
export function driversFor(rules: RoutingRules, eventType: string, priority: Priority): readonly string[] {
  const names = rules
    .filter((rule) => accepts(rule.events, eventType) && accepts(rule.priorities, priority))
    .map((rule) => rule.driver)
  return [...new Set(names)]
}

function accepts(globs: readonly TextMatcher[] | undefined, text: string): boolean {
  return globs === undefined || globs.some((matches) => matches(text))
}

function parseText(source: string): unknown {
  if (source === '') return {}
  const isJson = source.trimStart().startsWith('{')
  try {
    const text = isJson ? source : readFileSync(source, 'utf8')
    return text.trim() === '' ? {} : JSON.parse(text)
  } catch (cause) {
    const hint = /\.ya?ml$/i.test(source)
      ? '; YAML is not read here: parse it yourself and give the object'
      : ''
    throw new ConfigurationError(
      'routing',
      [
        `routing is an object, a JSON text or the path of a JSON file; ${isJson ? 'this text' : `'${source}'`} can't be read: ${describeError(cause)}${hint}`,
      ],
      { cause },
    )
  }
}

function members(what: string, value: unknown, problems: string[]): Record<string, unknown> {
  if (value === null || value === undefined) return {}
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
  problems.push(`${what} is an object; found ${describeValue(value)}`)
  return {}
}

function ruleOf(group: string, driver: string, entry: unknown, problems: string[]): RoutingRule {
  const globs = {
    type: 'list',
    nullable: true,
    wanted: 'a list of globs',
    check: (list: unknown) => ((list as unknown[]).every(isGlob) ? undefined : 'a list of globs'),
  } as const
  const found = optionProblems(entry ?? {}, { accepted_events: globs, accepted_priorities: globs })
  problems.push(...found.map((problem) => `driver '${driver}' of group '${group}': ${problem}`))
  if (found.length > 0) return { driver, events: undefined, priorities: undefined }
  const { accepted_events: events, accepted_priorities: priorities } = (entry ?? {}) as RoutingEntry
  return {
    driver,
    events: events?.map(compileGlob),
    priorities: priorities?.map((glob) => compileGlob(glob.toLowerCase())),
  }
}

function isGlob(value: unknown): boolean {
  if (typeof value !== 'string') return false
  try {
    compileGlob(value)
    return true
  } catch {
    return false
  }
}
