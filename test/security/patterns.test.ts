/** Patterns of a configuration can't hang the process, and say what RegExp and Python say. */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'

import { InvalidFilter } from '../../src/core/errors.js'
import { NotificationFilter } from '../../src/notify/filter.js'
import { compileGlob } from '../../src/notify/glob.js'
import { compilePattern, readPattern } from '../../src/notify/pattern.js'
import { PatternAutomaton } from '../../src/notify/pattern-automaton.js'
import { checkSize } from '../../src/notify/pattern-program.js'
import { regExpOf } from '../../src/notify/pattern-regexp.js'
import { gate, Stage } from '../support/stage.js'

const million = 1_000_000

/** Milliseconds that the call took. Generous: RegExp would take hours to ages, the automaton takes tens of milliseconds. */
function timeOf(call: () => unknown): number {
  const began = performance.now()
  call()
  return performance.now() - began
}
const soon = 3_000

describe('a pattern that RegExp would take ages for takes the time of reading the text', () => {
  test.each([
    ['(a+)+$', `${'a'.repeat(million)}b`],
    ['([a-zA-Z]+)*$', `${'a'.repeat(million)}!`],
    ['(a|aa)+$', `${'a'.repeat(million)}!`],
    ['(a|a)*$', `${'a'.repeat(million)}!`],
    ['(a|a?)+$', `${'a'.repeat(million)}!`],
    ['(.*a){20}', `${'a'.repeat(19)}${'b'.repeat(million)}`],
    ['^(\\w+\\s?)*$', `${'word '.repeat(million / 5)}!`],
    ['(x+x+)+y', 'x'.repeat(million)],
    ['.*.*.*.*.*x', 'a'.repeat(million)],
    ['\\s+$', `${' '.repeat(million)}x`],
    ['(?:a?){60}a{60}b', 'a'.repeat(million)],
    ['(?=(a+)+$)a', `${'a'.repeat(million)}b`],
    ['(?!.*.*.*x)a', 'a'.repeat(million)],
    ['a*\\b(?<=aaaa)(a*)*!', 'a'.repeat(million)],
    ['(?i)(A|a|ſ)*$', `${'aA'.repeat(million / 2)}!`],
  ])('%s', (pattern, text) => {
    const matches = compilePattern(pattern)
    expect(timeOf(() => matches(text))).toBeLessThan(soon)
    // Short enough for RegExp, if it were let.
    expect(timeOf(() => matches(text.slice(-1_000)))).toBeLessThan(soon)
    expect(matches(text)).toBe(pattern === '(?!.*.*.*x)a')
  })

  test('so does a glob', () => {
    const matches = compileGlob(`${'*a'.repeat(30)}*b`)
    expect(timeOf(() => matches('a'.repeat(million)))).toBeLessThan(soon)
    expect(matches(`${'a'.repeat(million)}b`)).toBe(true)
  })
})

describe('a pattern with too many states', () => {
  const text = fc.sample(
    fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 50_000, maxLength: 50_000 }),
    {
      seed: 1,
      numRuns: 1,
    },
  )[0] as string
  const pattern = '.*a.{400}b.{400}c'

  test('gives up with an error instead of taking long', () => {
    const matches = compilePattern(pattern)
    for (let round = 0; round < 3; round++) {
      let found: unknown
      expect(
        timeOf(() => {
          try {
            matches(text)
          } catch (error) {
            found = error
          }
        }),
      ).toBeLessThan(soon)
      expect(found).toBeInstanceOf(InvalidFilter)
      expect(found).toMatchObject({ code: 'PATTERN_TOO_COSTLY' })
    }
    expect(matches(`a${'x'.repeat(400)}b${'x'.repeat(400)}c`)).toBe(true)
  })

  test('costs the notification that met it no more than one whose filter threw', async () => {
    await using stage = new Stage()
    const { opened, open } = gate()
    const heard: string[] = []
    await stage.listen(
      {
        filterRule: new NotificationFilter({ payload: { text: pattern } }),
        info(_ctxt, _publisherId, eventType) {
          heard.push(eventType)
          open()
        },
      },
      { deadLetter: true },
    )
    await stage.send('costly', { text })
    await stage.send('cheap', { text: `a${'x'.repeat(400)}b${'x'.repeat(400)}c` })
    await opened
    expect(heard).toEqual(['cheap'])
    expect(stage.errors.map(({ error }) => String((error.cause as Error | undefined) ?? error))).toEqual([
      expect.stringContaining('a pattern needs more than'),
    ])
  })

  test('is refused at once when its counted repetitions make it large', () => {
    expect(() => new NotificationFilter({ eventType: '((a{100}){100}){100}' })).toThrow(InvalidFilter)
    expect(
      timeOf(() => expect(() => compilePattern('(a{1,9999}){1,9999}')).toThrow(SyntaxError)),
    ).toBeLessThan(soon)
  })
})

describe('the automaton', () => {
  /** In the syntax that both languages share. */
  const set = fc.constantFrom('a', 'b', 'é', '😀', '.', '[ab]', '[^a]', '[a-cé]', '\\.', '\\n')
  const place = fc.constantFrom(
    '^',
    '\\b',
    '\\B',
    '(?=a)',
    '(?!b)',
    '(?<=a)',
    '(?<!b)',
    '(?=.*b)',
    '(?!a*\\.)',
  )
  const { pattern } = fc.letrec<{ pattern: string; sequence: string; piece: string }>((tie) => ({
    pattern: fc.array(tie('sequence'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('|')),
    sequence: fc.array(tie('piece'), { maxLength: 4 }).map((parts) => parts.join('')),
    piece: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc
        .tuple(set, fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,3}', '*?'))
        .map((parts) => parts.join('')),
      place,
      fc
        .tuple(tie('pattern'), fc.constantFrom('', '*', '+', '?', '{0,2}'))
        .map(([inner, quantifier]) => `(?:${inner})${quantifier}`),
    ),
  }))
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'é', '😀', '.', '\n', ' '), maxLength: 12 })

  const isOfUsualSize = (tree: Parameters<typeof checkSize>[0]): boolean => {
    try {
      checkSize(tree)
      return true
    } catch {
      return false
    }
  }

  test('says what RegExp says', () => {
    fc.assert(
      fc.property(pattern, fc.array(text, { minLength: 3, maxLength: 3 }), (source, texts) => {
        const read = readPattern(source)
        fc.pre(isOfUsualSize(read.tree))
        const automaton = new PatternAutomaton(read.tree, read.reading)
        // As JavaScript writes what the two languages say differently.
        const w = '[\\p{L}\\p{N}_]'
        const edges = source
          .replaceAll('\\b', `(?:(?<=${w})(?!${w})|(?<!${w})(?=${w}))`)
          .replaceAll('\\B', `(?!^$)(?:(?<=${w})(?=${w})|(?<!${w})(?!${w}))`)
          .replaceAll(/(?<!\\)\.(?![^[]*\])/g, '[^\\n]')
        // In `u` mode: V8 of Node 20 errs in `v` mode, see pattern-regexp.ts.
        const sticky = new RegExp(edges, 'suy')
        const short = regExpOf(read.tree, read.reading)
        const said = texts.map((one) => {
          sticky.lastIndex = 0
          if (short !== undefined) short.lastIndex = 0
          return [sticky.test(one), automaton.test(one), short?.test(one)]
        })
        expect(said).toEqual(
          said.map(([wanted]) => [wanted, wanted, short === undefined ? undefined : wanted]),
        )
      }),
      { numRuns: 400 },
    )
  })

  test('says what Python says', () => {
    for (const name of ['python-patterns', 'python-random-patterns']) {
      const file = new URL(`../fixtures/${name}.json`, import.meta.url)
      const { rows } = JSON.parse(readFileSync(file, 'utf8')) as {
        rows: [pattern: string, text: string, verdict: boolean | 'error'][]
      }
      for (const [source, subject, verdict] of rows) {
        let said: boolean | 'error'
        try {
          const { tree, reading } = readPattern(source)
          checkSize(tree)
          said = new PatternAutomaton(tree, reading).test(subject)
        } catch {
          said = 'error'
        }
        // What we refuse is the business of test/notify/pattern.test.ts.
        if (name === 'python-patterns' && said === 'error') continue
        expect([source, subject, said]).toEqual([source, subject, verdict])
      }
    }
  })

  test('keeps no more than it may, however many characters a sender thinks of', () => {
    const matches = compilePattern('(?:[^x]|😀)*x')
    const many = Array.from({ length: 60_000 }, (_, index) => String.fromCodePoint(0x1_0000 + index)).join('')
    expect(matches(many.slice(0, 20_000))).toBe(false)
    expect(matches(`${many.slice(20_000, 30_000)}x`)).toBe(true)
  })
})

test('a RegExp of the program is matched by RegExp', () => {
  const filter = new NotificationFilter({ eventType: /(a)\1/ })
  const of = (eventType: string) => ({ eventType }) as never
  expect([filter.match(of('aab')), filter.match(of(`ab${randomUUID()}`))]).toEqual([true, false])
})
