import { plainNumber, pythonRepr } from '../values/index.js'
import { InvalidPluginParameters } from './plugin.js'

/** Reads the parameters of one plugin and gathers what is wrong with them: `check` says all of it. */
export class PluginParameters {
  readonly #plugin: string
  readonly #parameters: Readonly<Record<string, unknown>>
  readonly problems: string[] = []

  constructor(plugin: string, parameters: Readonly<Record<string, unknown>>) {
    this.#plugin = plugin
    this.#parameters = parameters
  }

  /** The parameter as it stands; undefined where there is none. */
  get(name: string): unknown {
    return memberOf(this.#parameters, name)
  }

  /** A whole number; booleans are 0 and 1, as in the original. */
  integer(name: string, otherwise: number | bigint): number | bigint {
    const value = this.get(name)
    if (value === undefined) return otherwise
    if (typeof value === 'boolean') return value ? 1 : 0
    if (typeof value === 'bigint' || Number.isInteger(value)) return value as number | bigint
    this.problems.push(`parameter '${name}' must be a whole number; found ${describeValue(value)}`)
    return otherwise
  }

  /** Throws InvalidPluginParameters when something was wrong. */
  check(): void {
    if (this.problems.length > 0) throw new InvalidPluginParameters(this.#plugin, this.problems)
  }
}

/** Of a mapping of the file, be it an object or a Map. */
export function memberOf(mapping: object, key: string): unknown {
  if (mapping instanceof Map) return (mapping as ReadonlyMap<unknown, unknown>).get(key)
  return Object.hasOwn(mapping, key) ? (mapping as Readonly<Record<string, unknown>>)[key] : undefined
}

export function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && plainNumber(value) === value
}

/** Short enough for a message about it. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  const text = pythonRepr(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
