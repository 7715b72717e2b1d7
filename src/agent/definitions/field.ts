/** A field of a definition: what its value is taken from in each message. source: ceilometer/declarative.py (Definition) */
import { MessagingException } from '../../index.js'
import { type CompiledPath, compilePath, type PathMode } from '../path/compiled-path.js'
import { PathError } from '../path/path-error.js'
import type { PluginComplaint, TraitPlugin, TraitPluginFactory } from '../plugins/plugin.js'
import { InvalidPluginParameters } from '../plugins/plugin.js'
import { pythonText } from '../values/index.js'
import { describeFound, isMapping, memberOf } from './mapping.js'

/** Neither method throws, whatever the message is, unless its paths are strict. */
export interface Field {
  /** The value of a literal; undefined when it has to be found in messages. */
  readonly literal: unknown
  /** Absent where a plugin makes values of what it finds. */
  readonly path: CompiledPath | undefined
  /** Absent where there is none. */
  readonly plugin: TraitPlugin | undefined
  /** Worth a warning: see `hasTightUnion` of CompiledPath. */
  readonly hasTightUnion: boolean
  /** The first that is not null, behind the plugin where there is one; else null. */
  readonly value: (message: unknown) => unknown
  /** All of them, null too, where one message makes several samples. What a plugin makes null is left out. */
  readonly all: (message: unknown) => readonly unknown[]
}

/**
 * Codes: `BAD_FIELD`, `BAD_PLUGIN`, `FIELDS_MISSING`, `INVALID_PATH`, `INVALID_PLUGIN_PARAMETERS`, `PLUGIN_NAME_MISSING`, `UNKNOWN_PLUGIN`.
 */
export class InvalidField extends MessagingException {
  /** Keys and indices from the field to what is wrong, as `['plugin', 'parameters']`. */
  readonly place: readonly string[]
  /** Whether the original loses the whole file over it, and not only the definition. */
  readonly losesFile: boolean

  constructor(
    code: string,
    text: string,
    place: readonly string[] = [],
    options: { losesFile?: boolean } = {},
  ) {
    super(code, text)
    this.place = place
    this.losesFile = options.losesFile ?? false
  }
}

/** How a field is read. */
export interface FieldOptions {
  readonly plugins: ReadonlyMap<string, TraitPluginFactory>
  /**
   * Whether a text that is no path (`%`, `GB hour`) counts as one that finds nothing, as plain words (`GB`) do: whoever asks then takes the text
   * itself. Default false: it is an error.
   */
  readonly literals?: boolean
  /** Strict paths throw PathValueError where the original raises. Default lenient. */
  readonly paths?: PathMode
  readonly complain?: PluginComplaint
}

/**
 * `config` as YAML gives it: an integer or boolean (a literal), a path, a list of paths (all that they find, in this order), or
 * `{ fields: any of these, plugin: name | { name, parameters } }`. Throws InvalidField.
 */
export function compileField(config: unknown, options: FieldOptions): Field {
  if (!isMapping(config)) return compileFields(config, undefined, options)
  const fields = memberOf(config, 'fields')
  if (fields === undefined)
    throw new InvalidField(
      'FIELDS_MISSING',
      "a field that is a map wants a key 'fields' with a path or a list of paths",
    )
  const plugin = memberOf(config, 'plugin')
  return compileFields(fields, plugin === undefined ? undefined : makePlugin(plugin, options), options)
}

function compileFields(fields: unknown, plugin: TraitPlugin | undefined, options: FieldOptions): Field {
  const [only, ...others]: readonly unknown[] = Array.isArray(fields) ? fields : [fields]
  if (others.length === 0) {
    // Booleans are integers to the original.
    if (isInteger(only) || typeof only === 'boolean') return literalField(only)
    return pathField(readPath(only, options), plugin)
  }
  // As the original, with brackets, since `|` binds tighter than `.`.
  const paths = (fields as readonly unknown[]).map((item) => {
    // null and true are names to the original, which nobody has.
    const path = pythonText(item)
    compileOrExplain(path, options)
    return `(${path})`
  })
  return pathField(compileOrExplain(paths.join('|'), options), plugin)
}

function readPath(path: unknown, options: FieldOptions): CompiledPath | undefined {
  if (typeof path !== 'string') throw notAPath(path)
  if (options.literals !== true) return compileOrExplain(path, options)
  try {
    return compilePath(path, options.paths)
  } catch (error) {
    if (error instanceof PathError) return undefined
    throw error
  }
}

function compileOrExplain(path: string, { paths }: FieldOptions): CompiledPath {
  try {
    return compilePath(path, paths)
  } catch (error) {
    if (!(error instanceof PathError)) throw error
    throw new InvalidField('INVALID_PATH', error.message)
  }
}

function notAPath(found: unknown): InvalidField {
  return new InvalidField(
    'BAD_FIELD',
    `a field is an integer, a path such as $.payload.size, a list of paths or a map with 'fields'; found ${describeFound(found)}`,
  )
}

const fieldOfNothing: Field = {
  literal: undefined,
  path: undefined,
  plugin: undefined,
  hasTightUnion: false,
  value: () => null,
  all: () => [],
}

function literalField(literal: unknown): Field {
  const all = [literal]
  return {
    literal,
    path: undefined,
    plugin: undefined,
    hasTightUnion: false,
    value: () => literal,
    all: () => all,
  }
}

function pathField(path: CompiledPath | undefined, plugin: TraitPlugin | undefined): Field {
  if (path === undefined) return fieldOfNothing
  const { hasTightUnion } = path
  if (plugin === undefined)
    return { literal: undefined, path, plugin, hasTightUnion, value: path.first, all: path.values }
  return {
    literal: undefined,
    path: undefined,
    plugin,
    hasTightUnion,
    value: (message) => {
      const matches = path.matches(message).filter(({ value }) => value !== null)
      return plugin.values(matches).find(isThere) ?? null
    },
    all: (message) => plugin.values(path.matches(message)).filter(isThere),
  }
}

function makePlugin(config: unknown, { plugins, complain }: FieldOptions): TraitPlugin {
  const name = typeof config === 'string' ? config : isMapping(config) ? memberOf(config, 'name') : undefined
  if (name === undefined && isMapping(config))
    throw new InvalidField('PLUGIN_NAME_MISSING', "a plugin that is a map wants a key 'name'", ['plugin'])
  if (name === undefined)
    throw new InvalidField(
      'BAD_PLUGIN',
      `a plugin is a name, or a map with 'name' and 'parameters'; found ${describeFound(config)}`,
      ['plugin'],
      { losesFile: true },
    )
  const factory = typeof name === 'string' ? plugins.get(name) : undefined
  if (factory === undefined)
    throw new InvalidField(
      'UNKNOWN_PLUGIN',
      `there is no plugin ${describeFound(name)}; there are ${[...plugins.keys()].join(', ')}`,
      typeof config === 'string' ? ['plugin'] : ['plugin', 'name'],
    )
  const parameters = isMapping(config) ? (memberOf(config, 'parameters') ?? {}) : {}
  if (!isMapping(parameters))
    throw new InvalidField(
      'BAD_PLUGIN',
      `the parameters of plugin ${describeFound(name)} are a map; found ${describeFound(parameters)}`,
      ['plugin', 'parameters'],
      { losesFile: true },
    )
  return construct(factory, parameters as Readonly<Record<string, unknown>>, complain)
}

/** The factory's own words where it refuses. */
function construct(
  factory: TraitPluginFactory,
  parameters: Readonly<Record<string, unknown>>,
  complain: PluginComplaint | undefined,
): TraitPlugin {
  try {
    return factory(parameters, complain)
  } catch (error) {
    if (!(error instanceof InvalidPluginParameters)) throw error
    // A ValueError there, which nobody catches.
    throw new InvalidField(error.code, error.message, ['plugin', 'parameters'], { losesFile: true })
  }
}

function isThere(value: unknown): boolean {
  return value !== null && value !== undefined
}

function isInteger(value: unknown): boolean {
  return typeof value === 'bigint' || Number.isInteger(value)
}
