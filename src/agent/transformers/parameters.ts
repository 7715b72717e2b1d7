import { describeFound, entriesOf, isMapping, type Mapping, memberOf } from '../definitions/mapping.js'
import { plainNumber } from '../values/index.js'

type Path = readonly (string | number)[]

/** Where what is wrong with parameters goes: the path inside them, and a sentence. */
export type ReportParameter = (path: Path, text: string, severity: 'error' | 'warning') => void

/**
 * The `parameters` of a transformer as read from a file: asked for by name and type. What is not as it should be is reported, and the default
 * taken, so that all that is wrong is found at once.
 */
export class Parameters {
  readonly #values: Mapping
  readonly #report: ReportParameter
  readonly #path: Path
  readonly #asked = new Map<string, Parameters | undefined>()

  constructor(values: Mapping, report: ReportParameter, path: Path = []) {
    this.#values = values
    this.#report = report
    this.#path = path
  }

  /** As written; undefined where absent or null. */
  value(key: string): unknown {
    if (!this.#asked.has(key)) this.#asked.set(key, undefined)
    return plainNumber(memberOf(this.#values, key) ?? undefined)
  }

  /** Whether it is there, but null. */
  isNull(key: string): boolean {
    return this.value(key) === undefined && memberOf(this.#values, key) === null
  }

  text(key: string): string | undefined {
    const value = this.value(key)
    if (value === undefined || typeof value === 'string') return value
    this.wrong(key, 'a text')
    return undefined
  }

  /** A number, or text that is one, as the original takes them for sizes. */
  number(key: string): number | undefined {
    const value = this.value(key)
    if (value === undefined) return undefined
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    if (typeof number === 'number' && Number.isFinite(number)) return number
    this.wrong(key, 'a number')
    return undefined
  }

  flag(key: string): boolean {
    const value = this.value(key)
    if (value === undefined || typeof value === 'boolean') return value ?? false
    this.wrong(key, 'true or false')
    return false
  }

  /** Another map inside this one; an empty one where absent. */
  map(key: string): Parameters {
    const value = this.value(key)
    const known = this.#asked.get(key)
    if (known !== undefined) return known
    if (value !== undefined && !isMapping(value)) this.wrong(key, 'a map')
    const map = new Parameters(isMapping(value) ? value : {}, this.#report, [...this.#path, key])
    this.#asked.set(key, map)
    return map
  }

  /** Reports that `key` should be something else. */
  wrong(key: string, wanted: string): void {
    this.error(
      key,
      `${this.#name(key)} must be ${wanted}; found ${describeFound(memberOf(this.#values, key))}`,
    )
  }

  error(key: string, text: string): void {
    this.#report([...this.#path, key], text, 'error')
  }

  warn(key: string, text: string): void {
    this.#report([...this.#path, key], text, 'warning')
  }

  /** Warns of every name that nobody asked for, which the original ignores in silence. */
  finish(): void {
    for (const [name] of entriesOf(this.#values)) {
      const key = String(name)
      if (this.#asked.has(key)) this.#asked.get(key)?.finish()
      else this.warn(key, `there is no parameter ${this.#name(key)} here; it is ignored`)
    }
  }

  #name(key: string): string {
    return [...this.#path, key].join('.')
  }
}
