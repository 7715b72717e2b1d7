import { describeFound, isMapping, memberOf } from '../definitions/mapping.js'
import type { Match } from '../path/compiled-path.js'
import { pythonEquals, pythonInt } from '../values/index.js'
import { PluginParameters } from './parameters.js'
import type { TraitPluginFactory } from './plugin.js'

/** A bit, and the place and value that set it. */
interface Flag {
  readonly path: string
  readonly mask: bigint
  /** Absent: any value, null too. */
  readonly wanted?: { readonly value: unknown }
}

/**
 * One integer of the places that were found. Parameters: `initial_bitfield` (default 0), `flags`: a list of `{ path, bit, value? }`; bit number `bit`
 * is set when `path` is among the matches, as dotted text, and its value equals `value` or none is given. Of several matches at one path the last
 * counts. source: ceilometer/event/trait_plugins.py
 */
export const bitfield: TraitPluginFactory = (parameters) => {
  const given = new PluginParameters('bitfield', parameters)
  const initial = BigInt(given.integer('initial_bitfield', 0))
  const flags = readFlags(given)
  given.check()
  return {
    supportsSeveral: false,
    values: (matches) => {
      let field = initial
      for (const flag of flags) if (isSet(flag, matches)) field |= flag.mask
      return [pythonInt(field)]
    },
  }
}

function isSet({ path, wanted }: Flag, matches: readonly Match[]): boolean {
  const match = matches.findLast((one) => one.path === path)
  return match !== undefined && (wanted === undefined || pythonEquals(match.value, wanted.value))
}

function readFlags(given: PluginParameters): Flag[] {
  const list = given.get('flags') ?? []
  if (!Array.isArray(list)) {
    given.problems.push(
      `parameter 'flags' must be a list of maps with 'path' and 'bit'; found ${describeFound(list)}`,
    )
    return []
  }
  return list.flatMap((flag: unknown, at) => readFlag(flag, at, given.problems))
}

/** More would be a number of megabytes. */
const MOST_BITS = 65_536

function readFlag(flag: unknown, at: number, problems: string[]): Flag[] {
  const place = `parameter 'flags', entry ${at + 1}`
  if (!isMapping(flag)) {
    problems.push(`${place}: must be a map with 'path' and 'bit'; found ${describeFound(flag)}`)
    return []
  }
  const path = memberOf(flag, 'path')
  const bit = pythonInt(memberOf(flag, 'bit'))
  if (typeof path !== 'string') problems.push(`${place}: 'path' must be a path; found ${describeFound(path)}`)
  const isBit = typeof bit === 'number' && bit >= 0 && bit <= MOST_BITS
  if (!isBit)
    problems.push(
      `${place}: 'bit' must be a whole number from 0 to ${MOST_BITS}; found ${describeFound(memberOf(flag, 'bit'))}`,
    )
  if (typeof path !== 'string' || !isBit) return []
  const value = memberOf(flag, 'value')
  return [{ path, mask: 1n << BigInt(bit), ...(value === undefined ? {} : { wanted: { value } }) }]
}
