import { describeFound } from '../definitions/mapping.js'
import { pythonText } from '../values/index.js'
import { PluginParameters } from './parameters.js'
import type { TraitPluginFactory } from './plugin.js'

/**
 * One piece of each match's text. Parameters: `separator` (default `.`; null = white space), `segment` (default 0, from the end when negative),
 * `max_split`: after so many pieces the rest is one (default none). A text with fewer pieces gives null. source: ceilometer/event/trait_plugins.py
 */
export const split: TraitPluginFactory = (parameters, complain) => {
  const given = new PluginParameters('split', parameters)
  const segment = Number(given.integer('segment', 0))
  const most = Number(given.get('max_split') === null ? -1 : given.integer('max_split', -1))
  const separator = given.get('separator') ?? (given.get('separator') === null ? null : '.')
  if (separator === '' || (separator !== null && typeof separator !== 'string'))
    given.problems.push(
      `parameter 'separator' must be a text that is not empty; found ${describeFound(separator)}`,
    )
  given.check()
  const cut =
    separator === null ? cutAtSpace : (text: string, limit: number) => cutAt(text, separator as string, limit)
  const limit = most < 0 ? Number.POSITIVE_INFINITY : most
  return {
    supportsSeveral: true,
    values: (matches) =>
      matches.map(({ value }) => {
        const piece = cut(pythonText(value), limit).at(segment)
        if (piece === undefined) complain?.('NO_SUCH_SEGMENT')
        return piece ?? null
      }),
  }
}

/** As Python's `split`: at most `limit` cuts, the rest stays whole. */
function cutAt(text: string, separator: string, limit: number): string[] {
  const pieces = text.split(separator)
  if (pieces.length <= limit + 1) return pieces
  return [...pieces.slice(0, limit), pieces.slice(limit).join(separator)]
}

/** As Python's `split(None)`: white space before and behind the text is no cut. */
function cutAtSpace(text: string, limit: number): string[] {
  const pieces: string[] = []
  let rest = text.replace(spaceBefore, '')
  while (rest !== '' && pieces.length < limit) {
    const [piece] = noSpace.exec(rest) as RegExpExecArray
    pieces.push(piece)
    rest = rest.slice(piece.length).replace(spaceBefore, '')
  }
  return rest === '' ? pieces : [...pieces, rest]
}

/** White space to Python's `split`: the separators U+001C to U+001F and U+0085 as well, but not U+FEFF. */
const space = String.raw`\t-\r\x1c- \x85\p{Zs}\u2028\u2029`
const spaceBefore = new RegExp(`^[${space}]+`, 'u')
const noSpace = new RegExp(`^[^${space}]+`, 'u')
