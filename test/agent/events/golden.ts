import { existsSync, readdirSync, readFileSync } from 'node:fs'

import { readJson } from '../../../src/agent/convert/json-reader.js'
import type { AgentNotification } from '../../../src/agent/index.js'
import { plainNumber } from '../../../src/agent/values/index.js'

const fixtures = new URL('../../fixtures/agent/', import.meta.url)
/** More of the same, where the data that the fixtures are from lies beside the repository. */
const shared = new URL('../../../../shared/golden/', import.meta.url)

/** What Ceilometer made of a notification. */
export interface Expected {
  readonly event: GoldenEvent | null
  readonly error?: { readonly event?: string }
}

export interface GoldenEvent {
  readonly message_id: unknown
  readonly event_type: string
  readonly generated: string
  readonly traits: readonly (readonly [string, number, unknown])[]
  readonly raw?: unknown
}

export interface PublicCase {
  readonly file: string
  readonly notification: AgentNotification
  readonly expected: Expected
  /** With the oddities mended that are mended by default, where that differs. */
  readonly fixed?: Expected
}

/** Definition files with what the original loads of them and makes of notifications. */
export interface DefinitionCase {
  readonly name: string
  readonly note: string
  readonly yaml: string
  readonly options: Readonly<Record<string, unknown>>
  readonly notifications: readonly AgentNotification[]
  readonly expected: {
    readonly load: {
      readonly definitions: unknown
      readonly fatal?: { readonly class: string; readonly text: string }
    }
    readonly results: readonly Expected[] | null
  }
}

export function publicCases(): PublicCase[] {
  const lines = readFileSync(new URL('golden/public.jsonl', fixtures), 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => readJson(line) as PublicCase)
}

export function definitionCases(): DefinitionCase[] {
  const own = casesIn(new URL('events/cases/', fixtures))
  const names = new Set(own.map(({ name }) => name))
  const beside = new URL('definitions/events/', shared)
  return [...own, ...(existsSync(beside) ? casesIn(beside) : []).filter(({ name }) => !names.has(name))]
}

function casesIn(folder: URL): DefinitionCase[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
  return names.sort().map((file) => {
    const name = file.replace('.json', '')
    const read = readJson(readFileSync(new URL(file, folder), 'utf8')) as Omit<
      DefinitionCase,
      'name' | 'yaml'
    >
    return { ...read, name, yaml: readFileSync(new URL(`${name}.yaml`, folder), 'utf8') }
  })
}

export function readGolden(name: string): string {
  return readFileSync(new URL(`golden/${name}`, fixtures), 'utf8')
}

/** Numbers by value, non-finite ones by JavaScript's names, objects without regard to the order of their keys. */
export function comparable(value: unknown): unknown {
  const plain = plainNumber(value)
  if (typeof plain === 'bigint') return Number.isSafeInteger(Number(plain)) ? Number(plain) : plain
  if (typeof plain === 'number')
    return Number.isInteger(plain) && !Number.isSafeInteger(plain) ? BigInt(plain) : plain
  if (Array.isArray(plain)) return plain.map(comparable)
  if (typeof plain !== 'object' || plain === null) return plain
  if ('$float' in plain) return { nan: Number.NaN, inf: Infinity, '-inf': -Infinity }[String(plain.$float)]
  return Object.fromEntries(Object.entries(plain).map(([key, member]) => [key, comparable(member)]))
}
