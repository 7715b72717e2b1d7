import { describe, expect, test } from '@jest/globals'

import { EventConverter, type EventOptions, loadEvents } from '../../../src/agent/events/index.js'
import type { AgentNotification, Event } from '../../../src/agent/index.js'
import { timeInUtc } from '../../../src/agent/values/index.js'
import {
  comparable,
  type DefinitionCase,
  definitionCases,
  type Expected,
  publicCases,
  readGolden,
} from './golden.js'

/** What the original does, without what this project mends. */
const asTheOriginal: EventOptions = { badTrait: 'drop-event', nonFinite: 'keep' }

/** Results that differ on purpose, by their class in docs/agent/compatibility.md. */
type Deviation = 'none' | 'trait-error' | 'non-finite'

const tally = new Map<string, { matched: number; total: number }>()

function count(subject: string, deviation: Deviation, isMatch: boolean): void {
  const key = deviation === 'none' ? subject : `${subject}, ${deviation}`
  const { matched, total } = tally.get(key) ?? { matched: 0, total: 0 }
  tally.set(key, { matched: matched + Number(isMatch), total: total + 1 })
}

describe('every public notification with the original definition file', () => {
  const file = { file: 'event_definitions.yaml', text: readGolden('ceilometer-event-definitions.yaml') }
  const cases = publicCases()

  test('gives the events that the original gives once what is mended by default is mended', () => {
    const convert = converter(file, {})
    const wrong = cases.filter(({ notification, expected, fixed }) => {
      const wanted = fixed ?? expected
      const isMatch = isSame(convert.event(notification), wanted)
      count(
        'public notifications',
        fixed !== undefined && fixed.event !== null && expected.event === null ? 'trait-error' : 'none',
        isMatch,
      )
      return !isMatch
    })
    expect(wrong.map((one) => one.file)).toEqual([])
    expect(cases.length).toBeGreaterThanOrEqual(309)
  })

  test('gives exactly the events of the original where that is asked for', () => {
    const convert = converter(file, asTheOriginal)
    const wrong = cases.filter(({ notification, expected }) => !isSame(convert.event(notification), expected))
    expect(wrong.map((one) => one.file)).toEqual([])
  })

  test('drops only events whose loss the original logs as an error', () => {
    const told: string[] = []
    const convert = converter(file, { ...asTheOriginal, onDrop: ({ loses }) => told.push(loses) })
    for (const { notification } of cases) convert.event(notification)
    expect(told).toHaveLength(cases.filter(({ expected }) => expected.error?.event !== undefined).length)
  })
})

const cases = definitionCases()
const taken = cases.filter(({ expected }) => expected.results !== null)
const fatal = cases.filter(({ expected }) => expected.results === null)

describe('a definition file that the original takes', () => {
  test.each(taken)('$name: $note: loads without errors', ({ name, yaml, options, expected }) => {
    const { definitions, problems } = loadEvents([{ file: name, text: yaml }], optionsOf(options))
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(definitions.map(({ eventTypes }) => eventTypes)).toEqual(expected.load.definitions)
  })

  test.each(taken)('$name: $note: gives the events that the original gives', (one) => {
    const convert = converter(
      { file: one.name, text: one.yaml },
      { ...optionsOf(one.options), ...asTheOriginal },
    )
    expect(one.notifications.map((notification) => comparable(convert.event(notification)))).toEqual(
      one.expected.results?.map(({ event }) => comparable(event)),
    )
  })

  test.each(taken)('$name: $note: by default loses no more than a trait that is bad', (one) => {
    const convert = converter({ file: one.name, text: one.yaml }, optionsOf(one.options))
    const wrong = one.notifications.filter((notification, at) => {
      const expected = one.expected.results?.[at] as Expected
      const event = convert.event(notification)
      const deviation = deviationOf(notification, expected)
      const isMatch = deviation === 'none' ? isSame(event, expected) : isWithoutOne(event, expected)
      count('definition cases', deviation, isMatch)
      return !isMatch
    })
    expect(wrong).toEqual([])
  })
})

describe('a definition file that stops the original', () => {
  test.each(fatal)('$name: $expected.load.fatal.text', ({ name, yaml, expected }) => {
    const { problems } = loadEvents([{ file: name, text: yaml }])
    const errors = problems.filter(({ severity }) => severity === 'error')
    count('files that stop the original', 'none', errors.length > 0)
    expect(errors).not.toEqual([])
    expect(new Set(errors.map(({ file }) => file))).toEqual(new Set([name]))
    // A file that is one number has no part to point at.
    expect(errors.filter(({ line }) => line === undefined && yaml.includes(':'))).toEqual([])
    expect(expected.load.fatal).toBeDefined()
  })
})

test('matched of total, per class of deviation', () => {
  process.stdout.write(
    `${[...tally].map(([subject, { matched, total }]) => `events: ${subject}: ${matched}/${total}`).join('\n')}\n`,
  )
  for (const { matched, total } of tally.values()) expect(matched).toBe(total)
})

function converter(file: { file: string; text: string }, options: EventOptions): EventConverter {
  return new EventConverter(loadEvents([file], options).definitions, options)
}

function optionsOf(options: DefinitionCase['options']): EventOptions {
  return {
    dropUnmatched: options['event.drop_unmatched_notifications'] === true,
    storeRaw: (options['event.store_raw'] as string[] | undefined) ?? [],
  }
}

function isSame(event: Event | null, { event: wanted }: Expected): boolean {
  if (event === null || wanted === null) return event === wanted
  // The public data leave `raw` out: nothing was to be stored there.
  return isEqual(comparable(event), comparable({ raw: {}, ...wanted }))
}

function deviationOf({ event_type, metadata }: AgentNotification, { event, error }: Expected): Deviation {
  if (event === null) {
    // Without an event type or a time there is no event at all.
    const isWhole =
      typeof event_type === 'string' &&
      timeInUtc((metadata as { timestamp?: unknown } | undefined)?.timestamp) !== null
    return error?.event !== undefined && isWhole ? 'trait-error' : 'none'
  }
  const hasNonFinite = event.traits.some(
    ([, , value]) => typeof value === 'object' && value !== null && '$float' in value,
  )
  return hasNonFinite ? 'non-finite' : 'none'
}

/** Where the original lost the event, or has a trait that no JSON can carry: the event is there without that trait. */
function isWithoutOne(event: Event | null, { event: wanted }: Expected): boolean {
  if (event === null) return false
  if (wanted === null) return event.traits.length >= 1
  const left = wanted.traits.filter(
    ([, , value]) => !(typeof value === 'object' && value !== null && '$float' in value),
  )
  return isEqual(comparable(event.traits), comparable(left))
}

function isEqual(one: unknown, other: unknown): boolean {
  try {
    expect(one).toEqual(other)
    return true
  } catch {
    return false
  }
}
