import { expect, test } from '@jest/globals'
import { readTime, secondsBetween, timeInUtc, timeWithOffset } from '../../../src/agent/values/index.js'
import type { Instant } from '../../../src/agent/values/time.js'
import { readFixture } from './fixture.js'

const rows: [string, string | null, string | null][] = readFixture('python/times.json').rows

test.each(rows)('%p is %p with its offset and %p in UTC', (text, withOffset, inUtc) => {
  expect(timeWithOffset(text)).toBe(withOffset)
  expect(timeInUtc(text)).toBe(inUtc)
})

test.each([[null], [undefined], [5], [5.5], [true], [['2012']], [{}]])('%p is no time', (value) => {
  expect(timeWithOffset(value)).toBe(null)
  expect(timeInUtc(value)).toBe(null)
  expect(readTime(value)).toBe(null)
})

test('the time between two is the same whichever comes first, to the microsecond', () => {
  const one = readTime('2012-05-08 20:23:41')
  const other = readTime('2012-05-08T22:23:47.985999+02:00')
  if (one === null || other === null) throw new Error('both are times')
  expect(secondsBetween(one, other)).toBe(6.985999)
  expect(secondsBetween(other, one)).toBe(6.985999)
  const [first, last] = ['0001-01-01', '2012-05-08 20:23:48.028195'].map(readTime) as [Instant, Instant]
  expect(secondsBetween(first, last)).toBe(63_472_105_428.028195)
})
