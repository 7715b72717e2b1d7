/** An endpoint made ready: its name, its filter rule, its methods by priority, its counters. */

import { InvalidEndpoint } from '../core/errors.js'
import type { Executor } from '../core/executor.js'
import type { Outcome } from '../core/message.js'
import { className, describeValue, nearest } from '../core/options.js'
import type { Priority } from './endpoint.js'
import { PRIORITIES } from './endpoint.js'
import { compileRule, type FilterRule } from './filter.js'
import type { Rule } from './rule-index.js'

/** Numbers of one endpoint since the listener was made. A retried notification counts at each attempt. */
export interface EndpointStats {
  /** Of its priorities. */
  readonly received: number
  /** Not wanted by its filter rule. */
  readonly filtered: number
  readonly handled: number
  /** Given back for another attempt. */
  readonly requeued: number
  /** How often it threw, or took longer than `handlerTimeout`. */
  readonly failed: number
  /** Rejected, by it or because its retries were used up. */
  readonly rejected: number
}

/** What is counted as it happens. */
export interface EndpointCounts {
  wanted: number
  handled: number
  requeued: number
  failed: number
  rejected: number
}

export interface BoundEndpoint {
  readonly name: string
  readonly rule: Rule
  readonly stats: EndpointCounts
  /** Calls the method of a priority with the endpoint as `this`. */
  call(priority: Priority, args: readonly unknown[]): unknown
  implements(priority: Priority): boolean
}

/**
 * Throws InvalidEndpoint for what is no object or has no method of any priority, InvalidFilter for a bad rule.
 */
export function bindEndpoints(endpoints: readonly unknown[], executor: Executor): BoundEndpoint[] {
  const names = new Set<string>()
  return endpoints.map((endpoint, index) => {
    if (typeof endpoint !== 'object' || endpoint === null || Array.isArray(endpoint)) {
      throw new InvalidEndpoint(
        'INVALID_ENDPOINT',
        `endpoint ${index} is an object with a method for each priority it wants; found ${describeValue(endpoint)}`,
      )
    }
    const target = (executor.bind?.(endpoint) ?? endpoint) as Readonly<Record<string, unknown>>
    const methods = PRIORITIES.filter((priority) => typeof target[priority] === 'function')
    if (methods.length === 0) throw noMethod(endpoint, index)
    if (typeof target['warning'] === 'function' && !methods.includes('warn')) throw warningMethod(index)
    const traits = endpoint as { readonly name?: unknown; readonly filterRule?: FilterRule }
    return {
      name: distinct(names, nameOf(endpoint, traits.name, index, methods)),
      rule: compileRule(traits.filterRule),
      stats: { wanted: 0, handled: 0, requeued: 0, failed: 0, rejected: 0 },
      call: (priority, args) =>
        Reflect.apply(target[priority] as (...args: readonly unknown[]) => unknown, target, args),
      implements: (priority) => methods.includes(priority),
    }
  })
}

/** Counts how a message ended that the endpoint did not handle. */
export function countEnd({ stats }: BoundEndpoint, { verb }: Outcome): void {
  if (verb === 'requeue') stats.requeued += 1
  else if (verb === 'reject') stats.rejected += 1
}

function nameOf(endpoint: object, given: unknown, index: number, methods: readonly string[]): string {
  if (typeof given === 'string' && given !== '') return given
  const name = className(endpoint)
  if (name !== undefined && name !== 'Object') return name
  return `endpoint-${index}(${methods.join(',')})`
}

/** Two instances of a class are two endpoints: a retry must not take one for the other. */
function distinct(names: Set<string>, name: string): string {
  let free = name
  for (let count = 2; names.has(free); count++) free = `${name}#${count}`
  names.add(free)
  return free
}

function noMethod(endpoint: object, index: number): InvalidEndpoint {
  const found = methodNames(endpoint)
  const meant = found.map((name) => nearest(name, PRIORITIES)).find((near) => near !== undefined)
  return new InvalidEndpoint(
    'NO_PRIORITY_METHOD',
    `endpoint ${index} has a method for each priority it wants (${PRIORITIES.join(', ')}); found ${found.join(', ') || 'no method'}` +
      (meant === undefined ? '' : `; did you mean '${meant}'?`),
  )
}

/** The original leaves such a method uncalled and says nothing. */
function warningMethod(index: number): InvalidEndpoint {
  return new InvalidEndpoint(
    'NO_PRIORITY_METHOD',
    `endpoint ${index} has a method 'warning', which would never be called: the priority is 'warn'; did you mean 'warn'?`,
  )
}

function methodNames(endpoint: object): string[] {
  const names = new Set<string>()
  for (
    let at: object | null = endpoint;
    at !== null && at !== Object.prototype;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    for (const name of Object.getOwnPropertyNames(at)) if (name !== 'constructor') names.add(name)
  }
  return [...names].slice(0, 8)
}
