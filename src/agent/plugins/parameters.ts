import { describeFound, memberOf } from '../definitions/mapping.js'
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
    this.problems.push(`parameter '${name}' must be a whole number; found ${describeFound(value)}`)
    return otherwise
  }

  /** Throws InvalidPluginParameters when something was wrong. */
  check(): void {
    if (this.problems.length > 0) throw new InvalidPluginParameters(this.#plugin, this.problems)
  }
}
