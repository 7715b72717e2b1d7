/** What stands in back-quotes. source: jsonpath_rw/parser.py, jsonpath_rw_ext/_string.py (Split, Sub), _iterable.py (Len, SortedThis) */
import { compileSubstitution } from './substitution.js'
import type { Node } from './tree.js'

const splitForm = /^split\((.),[ \t\n\r\f\v]+(\d+),[ \t\n\r\f\v]+(\d+|-1)\)/u
const substitutionForm = /^sub\(\/(.*)\/,[ \t\n\r\f\v]+(.*)\)/u

/** Throws what `fail` makes of a problem. */
export function namedOperator(text: string, fail: (problem: string) => Error): Node {
  if (text === 'this' || text === 'parent') return { kind: text }
  if (text === 'len') return { kind: 'length' }
  if (text === 'sorted') return { kind: 'sorted', keys: [] }
  if (text.startsWith('split(')) return split(text, fail)
  if (text.startsWith('sub(')) return substitution(text, fail)
  throw fail(
    `\`${text}\` is no operator; there are \`this\`, \`parent\`, \`len\`, \`sorted\`, \`split(c, 0, -1)\` and \`sub(/from/, to)\``,
  )
}

function split(text: string, fail: (problem: string) => Error): Node {
  const found = splitForm.exec(text)
  if (found === null)
    throw fail(
      `\`${text}\` should be \`split(c, segment, most)\`: one character, a number from 0, -1 or a number; a space behind each comma`,
    )
  const [, separator, segment, most] = found
  return { kind: 'split', separator: separator as string, segment: Number(segment), most: Number(most) }
}

function substitution(text: string, fail: (problem: string) => Error): Node {
  const found = substitutionForm.exec(text)
  if (found === null) throw fail(`\`${text}\` should be \`sub(/from/, to)\`, with a space behind the comma`)
  try {
    return {
      kind: 'substitution',
      replace: compileSubstitution((found[1] as string).trim(), (found[2] as string).trim()),
    }
  } catch (error) {
    throw fail(`\`${text}\`: ${error instanceof Error ? error.message : String(error)}`)
  }
}
