import { spawnSync } from 'node:child_process'

import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'

import { parseExpression } from '../../../src/agent/transformers/expression.js'
import { ExpressionFault } from '../../../src/agent/transformers/expression-tokens.js'

const SCOPE = {
  volume: 8,
  big: 9_007_199_254_740_993n,
  name: 'cpu',
  user_id: null,
  flag: true,
  zero: 0,
  none: [],
  resource_metadata: { cpu_number: 4, nested: { size: 2 }, empty: {}, text: '4' },
}

describe('an expression', () => {
  test.each([
    ['1', 1],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['10.', 10],
    ['1e3', 1_000],
    ['1.5E-2', 0.015],
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['10 - 4 - 3', 3],
    ['100 / 10 / 5', 2],
    ['2 ** 3 ** 2', 512],
    ['-2 ** 2', -4],
    ['2 ** -1', 0.5],
    ['--2', 2],
    ['- + - 2', 2],
    ['2 * -3', -6],
    ['10**9', 1e9],
    ['3 ** 40', 12_157_665_459_056_928_801],
    ['volume', 8],
    ['volume*2+1', 17],
    ['resource_metadata.cpu_number', 4],
    ['resource_metadata . nested . size', 2],
    ['flag + flag', 2],
    ['0 or 5', 5],
    ['zero or none or 3', 3],
    ['4 or 1 / 0', 4],
    ['missing or 1', 1],
    ['missing.deeper.still or 1', 1],
    ['resource_metadata.empty or 2', 2],
    ['user_id or 3', 3],
    ['100.0 / (10**9 * (resource_metadata.cpu_number or 1))', 25e-9],
    ['1 or 2 + 3', 1],
    ['big', 9_007_199_254_740_992],
  ])('%s = %d', (text, expected) => {
    expect(parseExpression(text).evaluate(SCOPE)).toBe(expected)
  })

  test.each([
    ['1 / 0', 'divides by zero'],
    ['1 / zero', 'divides by zero'],
    ['0 ** -1', 'the expression gives NaN'],
    ['(-8) ** 0.5', 'the expression gives NaN'],
    ['10.5 ** 400', 'the expression gives Infinity'],
    ['missing', 'needs a field that is missing'],
    ['missing + 1', 'needs a field that is missing'],
    ['name * 2', 'needs a number; found text'],
    ['resource_metadata.text * 2', 'needs a number; found text'],
    ['resource_metadata + 1', 'needs a number; found a map'],
    ['user_id + 1', 'needs a number; found null'],
    ['none + 1', 'needs a number; found a list'],
    ['volume.size', "a number has no field 'size'"],
    ['user_id.size or 1', "null has no field 'size'"],
    ['toString', 'needs a field that is missing'],
    ['constructor.name', 'needs a field that is missing'],
    ['__proto__.x', 'needs a field that is missing'],
  ])('%s fails when it is evaluated', (text, message) => {
    const expression = parseExpression(text)
    expect(() => expression.evaluate(SCOPE)).toThrow(expect.objectContaining({ name: 'TransformFailure' }))
    expect(() => expression.evaluate(SCOPE)).toThrow(message)
  })

  test.each([
    ['', 1, 'found the end'],
    ['1 +', 4, 'found the end'],
    ['(1', 3, 'the parenthesis of column 1 is not closed'],
    ['1)', 2, "expected an operator; found ')'"],
    ['1 2', 3, "expected an operator; found '2'"],
    ['a b', 3, "expected an operator; found 'b'"],
    ['1x', 1, "'1x' is no part of an expression"],
    ['1.2.3', 1, "'1.2.3' is no part of an expression"],
    ['a.', 3, 'expected a name behind the dot'],
    ['a.1', 2, "expected an operator; found '.1'"],
    ['* 2', 1, "found '*'"],
    ['2 // 3', 4, "found '/'"],
    ['2 % 3', 3, "'% 3' is no part of an expression"],
    ['a and b', 3, "expected an operator; found 'and'"],
    ['not a', 1, "'not' is no part of this language"],
    ['lambda', 1, "'lambda' is no part of this language"],
    ['True', 1, "'True' is no part of this language"],
    ['int(1)', 4, "expected an operator; found '('"],
    ["'text'", 1, "''text'' is no part of an expression"],
    ['a[0]', 2, "'[0]' is no part of an expression"],
    ['$( a )', 1, "'$( a )' is no part of an expression"],
    ['or 1', 1, "'or' is no part of this language"],
    [`${'('.repeat(200)}1`, 101, 'more than 100 parentheses'],
    [`${'2**'.repeat(200)}2`, 301, 'more than 100 powers'],
    [`1${'+1'.repeat(600)}`, 1, 'at most 1000 parts'],
  ])('%s is refused at column %d', (text, column, message) => {
    const refused = fault(text)
    expect(refused).toBeInstanceOf(ExpressionFault)
    expect([refused?.column, refused?.message]).toEqual([column, expect.stringContaining(message)])
  })

  test('lists its meters, whose volume is meant unless a field is named', () => {
    const expression = parseExpression('$(memory.usage) * $(a-b).resource_metadata.x + $(memory.usage)')
    expect(expression.meters).toEqual(['memory.usage', 'a-b'])
    const scope = { 'memory.usage': { volume: 3 }, 'a-b': { volume: 9, resource_metadata: { x: 2 } } }
    expect(expression.evaluate(scope)).toBe(9)
  })
})

function fault(text: string): ExpressionFault | undefined {
  try {
    parseExpression(text)
    return undefined
  } catch (error) {
    return error as ExpressionFault
  }
}

/** Expressions of numbers and of a, b, c, with parentheses where chance puts them. */
const expressions = fc.letrec<{ whole: string; atom: string }>((tie) => ({
  whole: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('atom'),
    fc
      .tuple(tie('whole'), fc.constantFrom('+', '-', '*', '/', '**', ' or '), tie('whole'))
      .map(([left, operator, right]) => `${left}${operator}${right}`),
    tie('whole').map((inner) => `(${inner})`),
    tie('whole').map((inner) => `-${inner}`),
  ),
  atom: fc.oneof(
    fc.integer({ min: 0, max: 12 }).map(String),
    fc.constantFrom('0.5', '1.25', '3e2', 'a', 'b', 'c', 'm.x', 'm.y'),
  ),
})).whole

/** The same by Python, one JSON value a line: a number, or null where it fails or leaves the finite. */
const PYTHON = `
import json, math, sys
class Missing:
    def __bool__(self): return False
class M: pass
m = M(); m.x = 3; m.y = Missing()
for text in json.load(sys.stdin):
    try:
        value = eval(text, {'__builtins__': {}}, {'a': 7, 'b': 0, 'c': -2.5, 'm': m})
        value = float(value)
        print(json.dumps(value if math.isfinite(value) else None))
    except Exception:
        print('null')
`

describe('beside Python', () => {
  const python = spawnSync('python3', ['--version'])
  const run = python.status === 0 ? test : test.skip

  run('it gives the same', () => {
    // Powers of powers would keep Python busy for hours.
    const texts = fc
      .sample(expressions, { numRuns: 3_000, seed: 20_151_124 })
      .filter((text) => (text.match(/\*\*/g) ?? []).length < 2 && text.length < 200)
    const { stdout } = spawnSync('python3', ['-c', PYTHON], {
      input: JSON.stringify(texts),
      encoding: 'utf8',
    })
    const theirs = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as number | null)
    const scope = { a: 7, b: 0, c: -2.5, m: { x: 3 } }
    const different = texts.flatMap((text, index) => {
      const [ours, other] = [valueOf(text, scope), theirs[index] ?? null]
      return isSame(ours, other) ? [] : [[text, ours, other]]
    })
    expect(theirs).toHaveLength(texts.length)
    expect(different).toEqual([])
  })
})

function valueOf(text: string, scope: Readonly<Record<string, unknown>>): number | null {
  try {
    return parseExpression(text).evaluate(scope)
  } catch (error) {
    if (error instanceof ExpressionFault) throw error
    return null
  }
}

/** Integers are exact in Python; ours are floats, a few last digits away in long products. */
function isSame(ours: number | null, theirs: number | null): boolean {
  if (ours === null || theirs === null) return ours === theirs
  return Math.abs(ours - theirs) <= 1e-13 * Math.max(1, Math.abs(ours), Math.abs(theirs))
}
