/** Rules of filters and globs against what Python itself says of them; test/fixtures/python-*.json hold its verdicts. */
import { readFileSync } from 'node:fs'

import { describe, expect, test } from '@jest/globals'

import { globToRegExp } from '../../src/notify/glob.js'
import { compilePattern } from '../../src/notify/pattern.js'

type Row = readonly [pattern: string, text: string, verdict: boolean | 'error']

function rowsOf(name: string): readonly Row[] {
  const file = readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8')
  return (JSON.parse(file) as { rows: readonly Row[] }).rows
}

function verdict(pattern: string, text: string): boolean | 'error' {
  try {
    const compiled = compilePattern(pattern)
    compiled.lastIndex = 0
    return compiled.test(text)
  } catch (error) {
    if (error instanceof SyntaxError) return 'error'
    throw error
  }
}

/** What Python has and JavaScript has not: refused when the filter is made. */
const refused: ReadonlySet<string> = new Set([
  '(?x) a b',
  '(?i:a)b',
  '(?s-i:a)b',
  '(?=a)*',
  'a++',
  'a*+',
  'a?+',
  'a{2}+',
  '(?>a+)b',
  '(a)?(?(1)b|c)',
  '\\N{DIGIT ONE}',
])

/** Known and said in pattern.ts: a backreference to a group that took no part; a lookbehind of any length, which Python refuses. */
const different: ReadonlyMap<string, boolean> = new Map([
  ['(?:(?P<x>a)|b)(?P=x)', true],
  ['(a)?\\1b', true],
  ['a(?<=x*)b', true],
])

const patterns = rowsOf('python-patterns')

describe('a pattern says of a text what it says in Python', () => {
  const rows = patterns.filter(([pattern]) => !refused.has(pattern) && !different.has(pattern))

  test.each(rows.map(([pattern, text, expected]) => ({ pattern, text, expected })))(
    '$pattern of $text: $expected',
    ({ pattern, text, expected }) => {
      expect(verdict(pattern, text)).toBe(expected)
    },
  )

  test.each([...refused])('%s is refused, as JavaScript has no like', (pattern) => {
    expect(patterns.some(([known, , found]) => known === pattern && found !== 'error')).toBe(true)
    expect(() => compilePattern(pattern)).toThrow(SyntaxError)
  })

  test.each([...different])('%s is a difference that is known', (pattern, ours) => {
    const texts = patterns.filter(([known]) => known === pattern).map(([, text]) => text)
    expect(texts.some((text) => verdict(pattern, text) === ours)).toBe(true)
  })
})

describe('a glob says of a text what fnmatch says', () => {
  test.each(rowsOf('python-globs').map(([glob, text, expected]) => ({ glob, text, expected })))(
    '$glob of $text: $expected',
    ({ glob, text, expected }) => {
      expect(globToRegExp(glob).test(text)).toBe(expected)
    },
  )
})

test('a RegExp of JavaScript keeps its meaning, but is anchored at the start and has no memory', () => {
  const compiled = compilePattern(/b.d/gi)
  for (let round = 0; round < 2; round++) {
    compiled.lastIndex = 0
    expect(compiled.test('BAD')).toBe(true)
    compiled.lastIndex = 0
    expect(compiled.test('a bad')).toBe(false)
  }
})

test.each([
  ['a++', "the possessive quantifier '++' of Python has no like in JavaScript; use '+'"],
  ['(?x)a', "the inline flag 'x' of Python has no like in JavaScript; leave it out"],
  ['(?>a)', "'(?>a' is syntax that JavaScript has not (or has with another meaning)"],
  ['[z-a]', "'z-a' is no range of characters"],
  ['[a', "a '[' is not closed by a ']'"],
  ['\\q', "the escape '\\q' has no meaning here"],
  ['(?P=n)', 'a backreference stands behind the group it means'],
])('%s is refused in a sentence', (pattern, sentence) => {
  expect(() => compilePattern(pattern)).toThrow(sentence)
})
