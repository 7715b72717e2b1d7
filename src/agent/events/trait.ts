import { compileField, InvalidField } from '../definitions/field.js'
import { describeFound, entriesOf, isMapping, memberOf } from '../definitions/mapping.js'
import { TRAIT_TYPES, type TraitType } from '../event.js'
import { type CompiledPath, compilePath, type PathMode } from '../path/compiled-path.js'
import type { PluginComplaint, TraitPluginFactory } from '../plugins/plugin.js'
import { type TraitConversion, traitConversion, traitTypeOf } from './trait-type.js'

/** One trait of a definition. */
export interface EventTrait {
  readonly name: string
  readonly type: TraitType
  /** What the message holds; null = there is no such trait. Throws PathValueError where its paths are strict. */
  readonly find: (message: unknown) => unknown
  /** Of what was found, other than null; undefined where it can't be what the type says. */
  readonly convert: TraitConversion
}

export interface TraitOptions {
  readonly plugins: ReadonlyMap<string, TraitPluginFactory>
  readonly complain: PluginComplaint
  readonly nonFinite: 'drop' | 'keep'
  readonly paths: PathMode
}

/** Told of what works, but is hardly meant. */
export type Warn = (code: string, text: string, place: readonly string[]) => void

/** `config` as a definition file gives it: a field, or a map with `fields` and `type` (default text). Throws InvalidField. */
export function compileTrait(name: string, config: unknown, options: TraitOptions, warn: Warn): EventTrait {
  const type = typeOf(config)
  const field = compileField(config, options)
  if (isMapping(config))
    for (const [key] of entriesOf(config))
      if (!KEYS.has(key))
        warn(
          'UNKNOWN_KEY',
          `${describeFound(key)} says nothing to a trait; there are ${[...KEYS].join(', ')}`,
          [String(key)],
        )
  return traitOf(name, type, field.value, options.nonFinite)
}

const KEYS: ReadonlySet<unknown> = new Set(['fields', 'type', 'plugin'])

function typeOf(config: unknown): TraitType {
  const word = isMapping(config) ? memberOf(config, 'type') : undefined
  if (word === undefined) return TRAIT_TYPES.text
  const type = typeof word === 'string' ? traitTypeOf(word) : undefined
  if (type !== undefined) return type
  throw new InvalidField(
    'UNKNOWN_TRAIT_TYPE',
    `there is no trait type ${describeFound(word)}; there are ${Object.keys(TRAIT_TYPES).join(', ')}`,
    ['type'],
  )
}

function traitOf(
  name: string,
  type: TraitType,
  find: (message: unknown) => unknown,
  nonFinite: 'drop' | 'keep',
): EventTrait {
  // An empty text is no value but for traits that are texts: services write '' for a time that has not come.
  const findFull = (message: unknown): unknown => {
    const found = find(message)
    return found === '' ? null : found
  }
  return {
    name,
    type,
    find: type === TRAIT_TYPES.text ? find : findFull,
    convert: traitConversion(type, nonFinite),
  }
}

/**
 * What each event has, unless its definition has a trait of the same name; that takes the same place. source: ceilometer/event/converter.py
 */
export const defaultTraits: readonly EventTrait[] = [
  ['service', ['publisher_id']],
  ['request_id', ['ctxt.request_id']],
  ['project_id', ['payload.tenant_id', 'ctxt.project_id']],
  ['user_id', ['payload.user_id', 'ctxt.user_id']],
  ['tenant_id', ['payload.tenant_id', 'ctxt.project_id']],
].map(([name, paths]) => {
  const [first, second] = (paths as string[]).map((path) => compilePath(path)) as [
    CompiledPath,
    CompiledPath?,
  ]
  const find =
    second === undefined ? first.first : (message: unknown) => first.first(message) ?? second.first(message)
  return traitOf(name as string, TRAIT_TYPES.text, find, 'drop')
})
