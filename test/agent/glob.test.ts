import { readFileSync } from 'node:fs'

import { describe, expect, test } from '@jest/globals'

import { compileGlob, compileGlobList } from '../../src/agent/glob.js'

const rows: [string, string, boolean][] = JSON.parse(
  readFileSync(new URL('../fixtures/python-globs.json', import.meta.url), 'utf8'),
).rows

test.each(rows)('glob %p on %p: %p, as Python says', (glob, text, isMatch) => {
  expect(compileGlob(glob)(text)).toBe(isMatch)
})

test('a hostile text costs no more than its length times that of the glob', () => {
  const glob = compileGlob(`${'*a'.repeat(50)}b`)
  const started = performance.now()
  expect(glob('a'.repeat(20_000))).toBe(false)
  expect(performance.now() - started).toBeLessThan(2000)
})

const lists: [globs: string[], matched: string[], other: string[]][] = [
  [
    ['a', 'b.*'],
    ['a', 'b.', 'b.c'],
    ['ab', 'b', 'A'],
  ],
  [['*'], ['', 'a'], []],
  [['!a'], ['', 'b'], ['a']],
  [['*', '!a.*'], ['a', 'b'], ['a.b']],
  [['a.*', '!a.b', '!*.c'], ['a.x'], ['a.b', 'a.c', 'x']],
  [
    ['!a', '!b*'],
    ['c', ''],
    ['a', 'b', 'bc'],
  ],
  [['!*'], [], ['', 'a']],
  [[], [], ['', 'a']],
  [[''], [''], ['a']],
  [['!'], ['a'], ['']],
  [['a', '!a'], [], ['a', 'b']],
]

describe('a list of globs', () => {
  test.each(lists)('%p', (globs, matched, other) => {
    const list = compileGlobList(globs)
    expect(matched.filter((text) => !list.matches(text))).toEqual([])
    expect(other.filter((text) => list.matches(text))).toEqual([])
  })

  test('tells what it includes and excludes', () => {
    expect(compileGlobList(['a', '!b*'])).toMatchObject({ included: ['a'], excluded: ['b*'] })
  })
})
