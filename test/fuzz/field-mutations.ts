/** What a careless or hostile sender writes: JSON that is well-formed (mostly), fields that are not what they should be. */
import { oddValue } from './odd-values.js'
import type { Random } from './random.js'

/** An object as its members in order, values as JSON texts, so that a key may come twice and a value be no JSON. */
type Members = (readonly [key: string, value: string])[]

const fields = [
  'message_id',
  'publisher_id',
  'event_type',
  'priority',
  'payload',
  'timestamp',
  '_unique_id',
  '_context_user_id',
] as const

const priorities = [
  'INFO',
  'info',
  'Error',
  'WARNING',
  'warn',
  'audit',
  ' sample',
  'CRITICAL\n',
  'debug',
  'constructor',
  '__proto__',
  'toString',
  '',
  '\u0130NFO',
]

const strangeKeys = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '_context___proto__',
  '_context_constructor',
  '_context_',
  '_context',
  '_context_toString',
  '_msg_id',
  '_reply_q',
  '_timeout',
  'oslo.version',
  'oslo.message',
  '',
  '\u0000',
  'x'.repeat(300),
]

/** The notification's text with one to four of its fields changed. */
export function mutateFields(text: string, random: Random): string {
  const members: Members = Object.entries(JSON.parse(text) as object).map(([key, value]) => [
    key,
    JSON.stringify(value),
  ])
  for (let count = 1 + random.below(4); count > 0; count--) mutateOne(members, random)
  return print(members)
}

function mutateOne(members: Members, random: Random): void {
  const wanted = random.pick(fields)
  const at = random.chance(70) ? members.findIndex(([key]) => key === wanted) : random.below(members.length)
  const [key, value] = members[at] ?? [wanted, 'null']
  const place = at === -1 ? members.length : at
  switch (random.below(10)) {
    case 0:
      members.splice(place, 1)
      break
    case 1:
      members.splice(random.below(members.length), 0, [key, oddValue(random)])
      break
    case 2:
      members.push([random.pick(strangeKeys), random.chance(50) ? oddValue(random) : value])
      break
    case 3:
      members[place] = ['priority', JSON.stringify(random.pick(priorities))]
      break
    case 4:
    case 5:
    case 6:
      mutatePayload(members, random)
      break
    default:
      members[place] = [key, oddValue(random)]
  }
}

/** One member of the payload is another value, or has another key. */
function mutatePayload(members: Members, random: Random): void {
  const place = members.findIndex(([key]) => key === 'payload')
  if (place !== -1) members[place] = ['payload', mutateMember(members[place]?.[1] ?? '', random)]
}

function mutateMember(text: string, random: Random): string {
  const value = parsed(text)
  if (typeof value !== 'object' || value === null) return oddValue(random)
  const inner: Members = Object.entries(value).map(([key, member]) => [key, JSON.stringify(member)])
  const at = random.below(inner.length)
  const key = random.chance(70) ? (inner[at]?.[0] ?? 'a') : random.pick(strangeKeys)
  inner[at] = [key, oddValue(random)]
  return print(inner)
}

/** An odd value put there before may be no JSON, or nested deeper than can be written again. */
function parsed(text: string): unknown {
  if (text.length > 9_000) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function print(members: Members): string {
  return `{${members.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`
}

const versions = ['"2.0"', '"2.0.0"', '"2.1"', '"1.0"', '"3.0"', '2.0', '2', 'null', '""', '["2.0"]', '{}']

/** The text in envelope 2, of which something is not as it should be. */
export function oddEnvelope(text: string, random: Random): string {
  const inner = JSON.stringify(text)
  switch (random.below(5)) {
    case 0:
      return `{"oslo.version":"2.0","oslo.message":${random.chance(50) ? text : oddValue(random)}}`
    case 1:
      return `{"oslo.version":${random.pick(versions)},"oslo.message":${inner}}`
    case 2:
      return `{"oslo.version":"2.0","oslo.message":${JSON.stringify(oddValue(random))}}`
    case 3:
      return `{"oslo.message":${inner},"oslo.version":"2.0","oslo.message":${oddValue(random)}}`
    default:
      return `{${JSON.stringify(random.pick(strangeKeys))}:${oddValue(random)},"oslo.version":"2.0","oslo.message":${inner}}`
  }
}
