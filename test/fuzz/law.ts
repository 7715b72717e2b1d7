/** What must hold whatever is drawn, and how much of the draws it gets. */
import { inspect } from 'node:util'

import type * as fc from 'fast-check'

import { MessagingException } from '../../src/index.js'

export interface Law {
  /** As the end of a sentence that begins with the thing. */
  readonly name: string
  /** Of all draws of its file, relative to the other laws. */
  readonly share: number
  readonly property: fc.IPropertyWithHooks<unknown> | fc.IAsyncPropertyWithHooks<unknown>
}

export function law(name: string, share: number, property: unknown): Law {
  return { name, share, property: property as Law['property'] }
}

/** Draws of `count` in all for each law, one at least. */
export function sharesOf(laws: readonly Law[], count: number): (readonly [law: Law, runs: number])[] {
  const all = laws.reduce((sum, { share }) => sum + share, 0)
  return laws.map((each) => [each, Math.max(1, Math.round((count * each.share) / all))])
}

/** What the call returns, or undefined when it throws what it may (see `checkRefusal`). */
export function orRefused<T>(call: () => T): T | undefined {
  try {
    return call()
  } catch (error) {
    checkRefusal(error)
    return undefined
  }
}

/**
 * Throws what a call must not throw: anything but an error of the library, which has a code and a text, or what an object of the caller's
 * throws itself when it is looked at.
 */
export function checkRefusal(error: unknown): void {
  if (!(error instanceof MessagingException)) {
    if (error instanceof Error && ofTheCallers.test(error.message)) return
    throw error
  }
  if (!/^[A-Z][A-Z_]+$/.test(error.code))
    throw new Error(`a code that is none: '${error.code}'`, { cause: error })
  if (error.message === '' || error.message.length > 30_000)
    throw new Error(`a text of ${error.message.length} signs`, { cause: error })
}

const ofTheCallers = /^(?:a trap|a getter failed|no text)$|on a proxy that has been revoked/

/** Everything that a person or a log may see of a value. */
export function seen(value: unknown): string {
  const text = value instanceof Error ? `${value.message}\n${value.stack}\n${inspect(value.cause)}` : ''
  return `${text}\n${inspect(value, { depth: 9 })}\n${JSON.stringify(value)}`
}

/** The same value, of which nothing can be changed any more: plain objects and arrays all through, others by themselves. */
export function deepFrozen<T>(value: T, within: Set<unknown> = new Set()): T {
  if (typeof value !== 'object' || value === null || within.has(value) || ArrayBuffer.isView(value))
    return value
  within.add(value)
  try {
    const descriptors = Object.getOwnPropertyDescriptors(value)
    for (const key of Object.keys(descriptors)) deepFrozen(descriptors[key as keyof T].value, within)
    Object.freeze(value)
  } catch {
    // A proxy says no: it can't be frozen, and a change of it is its own affair.
  }
  return value
}
