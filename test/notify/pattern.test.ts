/** Rules of filters and globs against what Python itself says of them; test/fixtures/python-*.json hold its verdicts. */
import { readFileSync } from 'node:fs'

import { describe, expect, test } from '@jest/globals'

import { compileGlob } from '../../src/notify/glob.js'
import { compilePattern } from '../../src/notify/pattern.js'

type Row = readonly [pattern: string, text: string, verdict: boolean | 'error']

function rowsOf(name: string): readonly Row[] {
  const file = readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8')
  return (JSON.parse(file) as { rows: readonly Row[] }).rows
}

function verdict(pattern: string, text: string): boolean | 'error' {
  try {
    return compilePattern(pattern)(text)
  } catch (error) {
    if (error instanceof SyntaxError) return 'error'
    throw error
  }
}

/** What is not supported: refused when the filter is made. */
const refused: ReadonlySet<string> = new Set([
  '(?x) a b',
  '(?i:a)b',
  '(?s-i:a)b',
  'a++',
  'a*+',
  'a?+',
  'a{2}+',
  '(?>a+)b',
  '(a)?(?(1)b|c)',
  '\\N{DIGIT ONE}',
  '(?P<n>a)b(?P=n)$',
  '(?P<année>a)(?P=année)',
  '(a)\\1$',
  '(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)\\10$',
  '(?:(?P<x>a)|b)(?P=x)',
  '(a)?\\1b',
])

const patterns = rowsOf('python-patterns')

describe('a pattern says of a text what it says in Python', () => {
  const rows = patterns.filter(([pattern]) => !refused.has(pattern))

  test.each(rows.map(([pattern, text, expected]) => ({ pattern, text, expected })))(
    '$pattern of $text: $expected',
    ({ pattern, text, expected }) => {
      expect(verdict(pattern, text)).toBe(expected)
    },
  )

  test.each(
    rows
      .map(([pattern, text, expected]) => ({ pattern, text, expected }))
      .filter(({ expected }) => expected === true),
  )('$text begins as $pattern says that all begin that match', ({ pattern, text }) => {
    const { beginnings } = compilePattern(pattern)
    expect(beginnings?.some((beginning) => text.startsWith(beginning))).toBe(true)
  })

  test.each([...refused])('%s is refused, though Python has it', (pattern) => {
    expect(patterns.some(([known, , found]) => known === pattern && found !== 'error')).toBe(true)
    expect(() => compilePattern(pattern)).toThrow(SyntaxError)
  })
})

describe('a glob says of a text what fnmatch says', () => {
  test.each(rowsOf('python-globs').map(([glob, text, expected]) => ({ glob, text, expected })))(
    '$glob of $text: $expected',
    ({ glob, text, expected }) => {
      expect(compileGlob(glob)(text)).toBe(expected)
    },
  )
})

test('a RegExp of JavaScript keeps its meaning, but is anchored at the start and has no memory', () => {
  const matches = compilePattern(/b.d/gi)
  for (let round = 0; round < 2; round++) {
    expect(matches('BAD')).toBe(true)
    expect(matches('a bad')).toBe(false)
  }
})

test.each([
  ['(?:[^a]b){2}', 'cbcb', 'abab'],
  ['([^.]\\.){1,2}end', 'a.b.end', '..end'],
  ['(?:\\D\\d)+$', 'a1b2', '1122'],
  ['(.b)?c', 'abc', 'bbbc'],
])('%s, whose groups repeat what they exclude, is in %s and not in %s', (pattern, text, other) => {
  const matches = compilePattern(pattern)
  expect([matches(text), matches(other)]).toEqual([true, false])
})

test.each([
  ['a++', "the possessive quantifier '++' of Python is not supported; use '+'"],
  ['(?x)a', "the inline flag 'x' of Python is not supported; leave it out"],
  ['(?>a)', "the syntax '(?>a' is not supported"],
  ['[z-a]', "'z-a' is no range of characters"],
  ['[a', "a '[' is not closed by a ']'"],
  ['\\q', "the escape '\\q' has no meaning here"],
  ['(?P<n>a)(?P=n)', "the backreference '(?P=n)' can't be matched in bounded time"],
  ['(a)\\1', 'write out what it may stand for, or use a filter function'],
  ['a{2}{3}', "the quantifier '{3}' stands behind another one"],
  ['a{3,2}', "the quantifier '{3,2}' asks for more than it allows"],
  ['*a', "nothing stands before the quantifier '*' that could be repeated"],
  ['a)', "a ')' closes no group"],
  ['(a', "a '(' is not closed by a ')'"],
  ['(?P<n>a)(?P<n>b)', "two groups have the name 'n'"],
  ['(?<=a+)b', 'a lookbehind takes a fixed number of characters, as in Python'],
  [
    '(a{1000}){1000}',
    'more than 5000 steps when its counted repetitions are written out; lower their numbers',
  ],
  ['(){99999999999}', 'more than 5000 steps'],
  ['(?=a)'.repeat(9), 'more than 8 lookarounds'],
  ['('.repeat(10_000), 'groups are nested deeper than 100; write it flatter'],
])('%.30s is refused in a sentence', (pattern, sentence) => {
  expect(() => compilePattern(pattern)).toThrow(sentence)
})

test.each([
  ['^compute\\.instance\\..*$', ['compute.instance.']],
  ['(compute|volume)\\.(a|b)x?', ['compute.a', 'volume.a', 'compute.b', 'volume.b']],
  ['compute|volume.*', ['compute', 'volume']],
  ['ab+c', ['ab']],
  ['a(?=b)\\bc', ['ac']],
  ['a[bc]d', ['a']],
  ['(?i)abc', ['']],
  ['(a|b){2}c', ['a', 'b']],
  [/^compute\.instance-1\..*$/, ['compute.instance-1.']],
  [/ab*/, ['a']],
  [/a\.{2}/, ['a']],
  [/a(b|c)/, ['']],
  [/abc/i, ['']],
  [/\w/, ['']],
])('what matches %s begins with %j', (pattern, beginnings) => {
  expect(compilePattern(pattern).beginnings).toEqual(beginnings)
})

test('more beginnings than a pattern may have are told as far as there are few', () => {
  const five = '(a|b)'.repeat(5)
  expect(compilePattern(five).beginnings).toEqual(compilePattern('(a|b)'.repeat(4)).beginnings)
})
