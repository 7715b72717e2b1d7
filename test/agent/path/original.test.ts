/** Generated paths, compared with the library that the original uses. test/fixtures/agent/meters/README.md */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { compilePath } from '../../../src/agent/path/compiled-path.js'
import { plainNumber } from '../../../src/agent/values/index.js'

interface Found {
  readonly path: string
  readonly error?: 'parse' | 'run'
  readonly values?: readonly unknown[]
  readonly paths?: readonly string[]
}

const file = fileURLToPath(new URL('../../fixtures/agent/meters/paths.jsonl', import.meta.url))
const [first, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n')
const { root } = JSON.parse(first as string) as { root: unknown }
const cases = lines.map((line) => JSON.parse(line) as Found)

/** Whole floats as the numbers they are, also within lists. */
function plain(value: unknown): unknown {
  return Array.isArray(value) ? value.map(plain) : plainNumber(value)
}

test('what the original can not read is refused, and nothing else', () => {
  const refused = cases.filter(({ path }) => {
    try {
      compilePath(path)
      return false
    } catch {
      return true
    }
  })
  expect(refused.map(({ path }) => path)).toEqual(
    cases.filter(({ error }) => error === 'parse').map(({ path }) => path),
  )
})

test('values, their order and their places are those of the original', () => {
  const known = cases.filter(({ error }) => error === undefined)
  const found = known.map(({ path }) => {
    const matches = compilePath(path).matches(root)
    return {
      path,
      values: matches.map(({ value }) => plain(value)),
      paths: matches.map((match) => match.path),
    }
  })
  expect(found).toEqual(known)
  expect(known.map(({ path }) => compilePath(path).values(root).map(plain))).toEqual(
    known.map(({ values }) => values),
  )
})

test('where the original raises, nothing does here', () => {
  const raising = cases.filter(({ error }) => error === 'run')
  expect(raising.length).toBeGreaterThan(20)
  for (const { path } of raising) expect(() => compilePath(path).values(root)).not.toThrow()
})
