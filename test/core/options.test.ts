import { expect, test } from '@jest/globals'

import { describeValue, optionProblems } from '../../src/core/options.js'

const trap = (): never => {
  throw new Error('a trap')
}

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}

const unreadable: readonly [string, () => object][] = [
  ['a revoked proxy', () => revoked({})],
  ['a revoked proxy of an array', () => revoked([])],
  ['a proxy that throws', () => new Proxy({}, { get: trap, has: trap, ownKeys: trap, getPrototypeOf: trap })],
]

test.each(unreadable)('%s is told as what is no options', (_, make) => {
  expect(optionProblems(make(), {})).toEqual(['options are an object; found an object that can not be read'])
})

test('options of which a getter throws are told as no options', () => {
  const given = Object.defineProperty({}, 'limit', { enumerable: true, get: trap })
  expect(optionProblems(given, { limit: { type: 'integer' } })).toEqual([
    'options are an object; found an object (Object)',
  ])
})

test.each(unreadable)('%s as the value of an option is told beside what is wanted', (_, make) => {
  const check = (value: unknown): undefined => void (value as { x: unknown }).x
  expect(
    optionProblems({ a: make(), b: make() }, { a: { type: 'list' }, b: { type: 'object', check } }),
  ).toEqual([
    expect.stringContaining("'a' wants a list"),
    "'b' wants an object; found an object that can not be read",
  ])
})

test.each(unreadable)('%s has a description', (_, make) => {
  expect(describeValue(make())).toMatch(/^an? /)
})
