/** Arguments and lines of the command. */
import { describe, expect, test } from '@jest/globals'

import { readArguments, single, UsageError } from '../../src/cli/arguments.js'
import { linesOf } from '../../src/cli/lines.js'

const OPTIONS = { meters: 'many', pipeline: 'one', strict: 'flag' } as const

describe('arguments', () => {
  test('an option may take several words, and be given again', () => {
    const { values, flags, rest } = readArguments(
      ['--meters', 'a', 'b', '--strict', '--pipeline=p=q', 'x', '--meters', 'c', '--', '--y'],
      OPTIONS,
    )
    expect(values).toEqual(
      new Map([
        ['meters', ['a', 'b', 'c']],
        ['pipeline', ['p=q']],
      ]),
    )
    expect([...flags]).toEqual(['strict'])
    expect(rest).toEqual(['x', '--y'])
  })

  test.each([
    [['--nothing'], 'there is no option --nothing'],
    [['--pipeline'], '--pipeline wants a value'],
    [['--meters', '--strict'], '--meters wants a value'],
  ])('%j: %s', (words, text) => {
    expect(() => readArguments(words, OPTIONS)).toThrow(new UsageError(text).message)
  })

  test('what is given once is not given twice', () => {
    const given = readArguments(['--pipeline', 'a', '--pipeline', 'b'], OPTIONS)
    expect(() => single(given, 'pipeline')).toThrow('--pipeline is given once')
  })
})

describe('lines', () => {
  async function* chunks(...parts: (string | Uint8Array)[]): AsyncGenerator<string | Uint8Array> {
    for (const part of parts) yield await Promise.resolve(part)
  }

  const bytes = new TextEncoder().encode('é\n')

  test.each([
    [['a\nb'], ['a', 'b']],
    [
      ['a\n', '\n', 'b\n'],
      ['a', '', 'b'],
    ],
    [['a\r\nb\r\n'], ['a', 'b']],
    [['a\u2028b\n'], ['a\u2028b']],
    [
      ['ab', 'cd\ne', 'f'],
      ['abcd', 'ef'],
    ],
    [[bytes.subarray(0, 1), bytes.subarray(1)], ['é']],
    [[], []],
  ])('%j gives %j', async (parts, lines) => {
    const found: string[] = []
    for await (const line of linesOf(chunks(...(parts as string[])))) found.push(line)
    expect(found).toEqual(lines)
  })
})
