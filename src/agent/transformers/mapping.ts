import { compileSubstitution } from '../path/substitution.js'
import type { Parameters } from './parameters.js'

/** How a name or unit is rewritten; undefined where nothing matches. */
export type Rewrite = (text: string) => string | undefined

const MOST_REMEMBERED = 1_000

/**
 * `source.map_from.<key>` and `target.map_to.<key>`: a pattern and a replacement in Python's words. All matches are replaced. Undefined when either is
 * missing; a pattern that has no counterpart in JavaScript is reported.
 * source: ceilometer/transformer/conversions.py _map of 2016
 */
export function rewriteOf(source: Parameters, target: Parameters, key: 'name' | 'unit'): Rewrite | undefined {
  const [from, to] = [source.map('map_from'), target.map('map_to')]
  const [pattern, replacement] = [from.text(key), to.text(key)]
  if (!pattern || !replacement) return undefined
  try {
    return remembering(compileSubstitution(pattern, replacement))
  } catch (error) {
    from.error(key, `source.map_from.${key} and target.map_to.${key}: ${(error as Error).message}`)
    return undefined
  }
}

/** Names and units are few: the pattern runs once for each. */
function remembering(rewrite: (text: string) => string): Rewrite {
  const known = new Map<string, string>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found || undefined
    const made = rewrite(text)
    if (known.size >= MOST_REMEMBERED) known.clear()
    known.set(text, made)
    return made || undefined
  }
}
