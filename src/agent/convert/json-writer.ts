/** JSON with what JSON.stringify refuses: integers beyond 2^53 exactly, and non-finite numbers as `{"$float": "nan"}`. */

import { WholeFloat } from '../values/index.js'

/** One line. Members that are undefined are left out. */
export function writeJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'number':
      if (Object.is(value, -0)) return '-0.0'
      return Number.isFinite(value) ? String(value) : nonFinite(value)
    case 'bigint':
    case 'boolean':
      return String(value)
    case 'object':
      return writeObject(value)
    default:
      return 'null'
  }
}

function writeObject(value: object | null): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`
  if (value instanceof WholeFloat) return writeJson(value.valueOf())
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${writeJson(member)}`).join(',')}}`
}

function nonFinite(value: number): string {
  const word = Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'
  return `{"$float":"${word}"}`
}
