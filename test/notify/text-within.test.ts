/** The text within envelope 2, written and read without the functions for JSON. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'

import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'

import { bodyAround, textWithin } from '../../src/notify/text-within.js'

const compact = (text: string): string => JSON.stringify({ 'oslo.version': '2.0', 'oslo.message': text })
const pythonic = (text: string): string => `{"oslo.version": "2.0", "oslo.message": ${JSON.stringify(text)}}`
const signsOf = (text: string): string[] => text.split('')
const cut = (body: string): string | undefined => textWithin(Buffer.from(body))

const printable = fc.string({ unit: fc.constantFrom(...signsOf('"""{}:, aZ09~[]')), maxLength: 60 })

/** JSON texts: they hold no control characters and no half characters. */
const json = fc.json({ stringUnit: 'binary' })

describe('a body around a text', () => {
  test('is what JSON.stringify makes', () => {
    fc.assert(
      fc.property(json, (text) => Buffer.from(bodyAround(text) as Uint8Array).toString() === compact(text)),
      { numRuns: 2_000 },
    )
  })

  test('of any length, with a backslash at any place', () => {
    for (let length = 0; length < 100; length += 1) {
      const text = `${'"'.repeat(length)}x\\${'y'.repeat(length % 9)}é`
      expect(Buffer.from(bodyAround(text) as Uint8Array).toString()).toBe(compact(text))
    }
  })

  test('is left to JSON.stringify where the text is long, and not cut off', () => {
    const most = 65_532
    expect(Buffer.from(bodyAround('"'.repeat(most)) as Uint8Array).toString()).toBe(compact('"'.repeat(most)))
    expect(bodyAround('x'.repeat(most + 1))).toBeUndefined()
    // In UTF-8 three times as long.
    expect(bodyAround('\u20ac'.repeat(22_000))).toBeUndefined()
  })
})

test('it is what the parser says', () => {
  fc.assert(
    fc.property(printable, fc.constantFrom(compact, pythonic), (text, write) => {
      return cut(write(text)) === text
    }),
    { numRuns: 2_000 },
  )
})

test('whatever the body, it is what the parser says, or nothing', () => {
  const signs = fc.string({ unit: fc.constantFrom(...signsOf('\\\\""{}a:,\n\té\u007f')), maxLength: 40 })
  fc.assert(
    fc.property(signs, fc.constantFrom('"}', '"', '}', '', '\\"}', '"} '), (middle, end) => {
      const body = `{"oslo.version":"2.0","oslo.message":"${middle}${end}`
      const text = cut(body)
      return (
        text === undefined ||
        isDeepStrictEqual(JSON.parse(body), { 'oslo.version': '2.0', 'oslo.message': text })
      )
    }),
    { numRuns: 5_000 },
  )
})

test('at any place in memory, and of any length', () => {
  for (let length = 0; length < 100; length += 1) {
    const text = '"}'.repeat(length).slice(0, length)
    const around = Buffer.from(`${'x'.repeat(length % 9)}${compact(text)}`)
    expect(textWithin(around.subarray(length % 9))).toBe(text)
    expect(textWithin(Uint8Array.from(around.subarray(length % 9)))).toBe(text)
  }
})

describe('left to the parser is', () => {
  test.each([
    ['an empty body', ''],
    ['another envelope', '{"message_id":"1"}'],
    ['another version', compact('{}').replace('2.0', '2.1')],
    ['a key before', '{"a":1,"oslo.version":"2.0","oslo.message":"{}"}'],
    ['a key behind', compact('{}').replace('}"}', '}","a":"1"}')],
    ['a space behind', `${compact('{}')} `],
    ['another escape', compact('{"a":"\\n"}')],
    ['an escaped backslash before a quote', compact('{"a":"\\""}')],
    ['a quote without a backslash', compact('{"a":1}').replaceAll('\\', '')],
    ['a backslash at the end', compact('{}').replace('}"}', '}\\"}')],
    ['a line break', compact('{ }').replace('{ }', '{\n}')],
    ['a letter beyond ASCII', compact('{"a":"é"}')],
    ['what is longer than 64 KiB', compact('x'.repeat(65_536))],
  ])('%s', (_what, body) => {
    expect(cut(body)).toBeUndefined()
  })
})

test('without WebAssembly the functions for JSON write it and read it', () => {
  const script = `
    import { decodeNotification, encodeNotification } from './src/notify/envelope.ts'
    import { bodyAround, textWithin } from './src/notify/text-within.ts'
    const sent = { message_id: '1', publisher_id: null, event_type: 'a.b', priority: 'INFO', payload: 'é"', timestamp: '' }
    const body = encodeNotification(sent, {}).toBytes(2)
    const { message } = decodeNotification(body, undefined, { maxBodySize: 1e6, maxDepth: 100 })
    console.log(typeof WebAssembly, bodyAround('{}'), textWithin(body), message.event_type, message.payload)`
  const output = execFileSync(
    process.execPath,
    ['--jitless', '--import', './scripts/strip-types.mjs', '--input-type=module', '--eval', script],
    { cwd: fileURLToPath(new URL('../..', import.meta.url)), encoding: 'utf8' },
  )
  expect(output).toBe('undefined undefined undefined a.b é"\n')
})
