/** Samples as the original makes them, value by value, but for the deviations that docs/agent/compatibility.md argues. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { readJson } from '../../../src/agent/convert/json-reader.js'
import type { DefinitionFile } from '../../../src/agent/definitions/source.js'
import { createMeterConverter, type MeterConverter } from '../../../src/agent/meters/converter.js'
import { ConversionFailure } from '../../../src/agent/meters/failure.js'
import { loadMeters } from '../../../src/agent/meters/load.js'
import type { AgentNotification } from '../../../src/agent/notification.js'
import { WholeFloat } from '../../../src/agent/values/index.js'
import { goldenLines, goldenPath } from '../golden.js'

type Samples = readonly Record<string, unknown>[]

interface PublicCase {
  readonly file: string
  readonly notification: AgentNotification
  readonly expected: { readonly samples?: Samples; readonly error?: { readonly samples?: string } }
  readonly fixed?: { readonly samples?: Samples; readonly error?: { readonly samples?: string } }
}

interface DefinitionCase {
  readonly case: string
  readonly note: string
  readonly files: readonly DefinitionFile[]
  readonly load: {
    readonly loaded: readonly string[] | null
    readonly fatal: boolean
    readonly errors: readonly string[]
    readonly warnings: number
  }
  readonly notifications: readonly AgentNotification[]
  readonly results: readonly { readonly samples: Samples; readonly error: string | null }[] | null
}

const publicCases = goldenLines.map((line) => readJson(line) as PublicCase)

const casesFile = fileURLToPath(new URL('../../fixtures/agent/meters/cases.jsonl', import.meta.url))
const definitionCases = readFileSync(casesFile, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => readJson(line) as DefinitionCase)

/** Where the original raises and all samples are lost: what there is instead, by name. */
const withoutRaising: Readonly<Record<string, readonly string[]>> = {
  '02-index 1': ['e11', 'e10'],
  '05-index-error-number 0': ['e01'],
  '08-star-error 0': [],
  '08-star-error 1': [],
  '11-filter-error 0': [],
  '11-filter-error 1': [],
  '53-intersect-error 0': ['ok'],
}

/** Volumes that are numbers in quotes there. */
const numericTexts: ReadonlyMap<unknown, unknown> = new Map<unknown, unknown>([
  ['5', 5],
  ['5.5', 5.5],
  [' 6 ', 6],
  ['1e3', 1000],
  ['inf', Number.POSITIVE_INFINITY],
  ['nan', Number.NaN],
  ['\u0661\u0662', 12],
  ['1_0', 10],
  ['333', 333],
  ['3'.repeat(100), BigInt('3'.repeat(100))],
])

/** Values as a judge compares them: whole floats and integers are equal, and -0 and 0. */
function plain(value: unknown): unknown {
  if (value instanceof WholeFloat) return plain(value.valueOf())
  if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) return Number(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]))
  return value === 0 ? 0 : value
}

interface Converted {
  readonly samples: unknown
  readonly fails: boolean
}

/** Ids are new each time, so they do not count. */
function convert(converter: MeterConverter, notification: AgentNotification): Converted {
  if (!['info', 'sample'].includes(notification.priority)) return { samples: [], fails: false }
  try {
    return {
      samples: plain(converter.samples(notification).map((sample) => ({ ...sample, id: undefined }))),
      fails: false,
    }
  } catch (error) {
    if (!(error instanceof ConversionFailure)) throw error
    return { samples: [], fails: true }
  }
}

/** What is built and dropped later there is not built here. */
function withoutDropped(samples: Samples): Samples {
  return samples.filter(({ name, volume }) => volume !== null && !String(name).includes('$'))
}

function withNumbers(samples: Samples): Samples {
  return samples.map((sample) => ({
    ...sample,
    volume: numericTexts.get(sample['volume']) ?? sample['volume'],
  }))
}

test("Ceilometer's own definitions load, all 38", () => {
  const { definitions, problems, losesAll } = ceilometers()
  expect(definitions).toHaveLength(38)
  expect(problems).toEqual([])
  expect(losesAll).toBe(false)
})

test('every public notification gives the samples of the original, by its own definitions', () => {
  const converter = createMeterConverter(ceilometers().definitions)
  const counts = new Map<string, [matched: number, total: number]>()
  const wrong: [found: object, wanted: object][] = []
  for (const { file, notification, expected, fixed } of publicCases) {
    const outcome = fixed ?? expected
    const wanted = withoutDropped(outcome.samples ?? [])
    const dropped = (outcome.samples ?? []).length - wanted.length
    const fails = outcome.error?.samples !== undefined
    const found = convert(converter, notification)
    const isRight = sameAs(found, { samples: plain(wanted), fails })
    const kind =
      fixed !== undefined ? 'all-fixes' : dropped > 0 ? 'null-volume' : fails ? 'poison' : 'as there'
    const [matched, total] = counts.get(kind) ?? [0, 0]
    counts.set(kind, [matched + Number(isRight), total + 1])
    if (!isRight)
      wrong.push([
        { file, ...found },
        { file, samples: plain(wanted), fails },
      ])
  }
  tell('public notifications', counts)
  expect(wrong.map(([found]) => found)).toEqual(wrong.map(([, wanted]) => wanted))
})

test.each(definitionCases)('definitions $case load as there: $note', ({ files, load }) => {
  const { definitions, problems, losesAll } = loadMeters(files)
  expect(losesAll).toBe(load.fatal)
  const errors = problems.filter(({ severity }) => severity === 'error')
  const lines = new Set(errors.map(({ file, line }) => `${file}:${line}`))
  if (load.fatal) return
  expect(definitions.map(({ name }) => name)).toEqual(load.loaded)
  expect(lines.size).toBe(load.errors.length)
  expect(errors.every(({ line, column }) => line !== undefined && column !== undefined)).toBe(true)
})

test('the samples of all definition cases are those of the original', () => {
  const counts = new Map<string, [matched: number, total: number]>()
  const wrong: [found: object, wanted: object][] = []
  for (const { case: name, files, notifications, results } of definitionCases) {
    const converter = createMeterConverter(loadMeters(files).definitions)
    for (const [at, { samples, error }] of (results ?? []).entries()) {
      const found = convert(converter, notifications[at] as AgentNotification)
      const names = withoutRaising[`${name} ${at}`]
      const wanted = withNumbers(withoutDropped(samples))
      const hasTexts = samples.some(({ volume }) => numericTexts.has(volume))
      const kind =
        names !== undefined
          ? 'path-error'
          : hasTexts
            ? 'text-volume'
            : wanted.length < samples.length
              ? 'null-volume'
              : 'as there'
      const expected =
        names === undefined
          ? { samples: plain(wanted), fails: error !== null }
          : { samples: names, fails: false }
      const compared =
        names === undefined
          ? found
          : { ...found, samples: (found.samples as Samples).map((sample) => sample['name']) }
      const [matched, total] = counts.get(kind) ?? [0, 0]
      counts.set(kind, [matched + Number(sameAs(compared, expected)), total + 1])
      if (!sameAs(compared, expected))
        wrong.push([
          { name, at, ...compared },
          { name, at, ...expected },
        ])
    }
  }
  tell('definition cases', counts)
  expect(wrong.map(([found]) => found)).toEqual(wrong.map(([, wanted]) => wanted))
})

function ceilometers(): ReturnType<typeof loadMeters> {
  const file = 'ceilometer-meters.yaml'
  return loadMeters([{ file, text: readFileSync(goldenPath(file), 'utf8') }])
}

function sameAs(found: unknown, wanted: unknown): boolean {
  try {
    expect(found).toEqual(wanted)
    return true
  } catch {
    return false
  }
}

function tell(what: string, counts: ReadonlyMap<string, readonly [number, number]>): void {
  const parts = [...counts].map(([kind, [matched, total]]) => `${kind} ${matched}/${total}`)
  process.stdout.write(`samples of ${what}: ${parts.join(', ')}\n`)
}
