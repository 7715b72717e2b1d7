/** `tocsin agent convert --original` with definition files of all kinds: what the original makes of them, value by value. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, expect, test } from '@jest/globals'

import { readJson } from '../../src/agent/convert/json-reader.js'
import { floatText, WholeFloat } from '../../src/agent/values/index.js'
import { tocsinHere } from './tocsin.js'

const fixtures = fileURLToPath(new URL('../fixtures/agent/', import.meta.url))

interface Case {
  readonly name: string
  readonly files: readonly { readonly file: string; readonly text: string }[]
  readonly options: Readonly<Record<string, unknown>>
  readonly notifications: readonly unknown[]
  /** One for each notification; null where the original can not run with these files. */
  readonly results: readonly Readonly<Record<string, unknown>>[] | null
}

function meterCases(): Case[] {
  return readFileSync(join(fixtures, 'meters/cases.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { case: name, ...rest } = readJson(line) as Omit<Case, 'name'> & { readonly case: string }
      return { ...rest, name: `meters ${name}` }
    })
}

function eventCases(): Case[] {
  const folder = join(fixtures, 'events/cases')
  return (
    readdirSync(folder)
      // Those of files; others are of definitions in code.
      .filter((file) => /^\d\d-.*\.json$/.test(file))
      .sort()
      .map((file) => {
        const { files, expected, ...rest } = readJson(readFileSync(join(folder, file), 'utf8')) as Omit<
          Case,
          'files'
        > & { readonly files: readonly string[]; readonly expected: Pick<Case, 'results'> }
        const texts = files.map((one) => ({ file: one, text: readFileSync(join(folder, one), 'utf8') }))
        return { ...rest, name: `events ${file}`, files: texts, results: expected.results }
      })
  )
}

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-definitions-'))
})

afterAll(() => rmSync(folder, { recursive: true }))

/** JSON in which a whole float is one: `1.0`. */
function written(value: unknown): string {
  if (value instanceof WholeFloat) return floatText(value.valueOf())
  if (typeof value === 'number' && !Number.isFinite(value))
    return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([key, member]) => `${JSON.stringify(key)}:${written(member)}`)
    .join(',')}}`
}

/** Numbers by value, keys in order; an event without its empty `raw`. */
function comparable(value: unknown): unknown {
  if (value instanceof WholeFloat) return comparable(value.valueOf())
  if (typeof value === 'bigint') return `integer ${value}`
  // Of this size a float and an integer of the same value are written alike.
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
    return `integer ${BigInt(value)}`
  if (Array.isArray(value)) return value.map(comparable)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, member]) => key !== 'raw' || Object.keys(member as object).length > 0)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, member]) => [key, comparable(member)]),
  )
}

const cases = [...meterCases(), ...eventCases()].filter(({ results }) => results !== null)

test('there are cases of both kinds', () => {
  expect(cases.length).toBeGreaterThan(20)
})

test.each(cases.map((one) => [one.name, one] as const))('%s', async (name, one) => {
  const place = join(folder, name.replaceAll(/\W/g, '-'))
  for (const { file, text } of one.files) {
    mkdirSync(dirname(join(place, file)), { recursive: true })
    writeFileSync(join(place, file), text)
  }
  const kind = name.startsWith('meters') ? 'meters' : 'events'
  const words = [
    'agent',
    'convert',
    '--original',
    `--${kind}`,
    ...one.files.map(({ file }) => join(place, file)),
  ]
  if (one.options['event.drop_unmatched_notifications'] === true) words.push('--drop-unmatched')
  const raw = one.options['event.store_raw'] as readonly string[] | undefined
  if (raw !== undefined) words.push('--store-raw', ...raw)
  const { code, stdout } = await tocsinHere(words, `${one.notifications.map(written).join('\n')}\n`)
  expect(code).toBe(0)
  const made = stdout
    .trimEnd()
    .split('\n')
    .map((line) => readJson(line) as Record<string, unknown>)
  const part = (result: Readonly<Record<string, unknown>>): unknown =>
    comparable(kind === 'meters' ? (result['samples'] ?? []) : (result['event'] ?? null))
  expect(made.map(part)).toEqual((one.results ?? []).map(part))
})
