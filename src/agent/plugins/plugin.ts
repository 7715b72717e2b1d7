/** What a definition file's `plugin:` is to the loaders of meters and of events. */
import type { Match } from '../path/compiled-path.js'

/**
 * Makes values of matches. Never throws, whatever the matches hold. Values that are null are dropped by whoever called; a value may be a bigint or a
 * `WholeFloat` (values/whole-float.ts). source: ceilometer/event/trait_plugins.py
 */
export interface TraitPlugin {
  /** Whether each match gives a value of its own, in their order: what lookups need. A plugin that does not makes a lookup a configuration error. */
  readonly supportsSeveral: boolean
  /** Called for messages without a match as well, then with an empty list. */
  values(matches: readonly Match[]): unknown[]
}

/** What a plugin met in a message and could not use: it is counted by whoever made the plugin. Never throws. */
export type PluginComplaint = (code: PluginComplaintCode) => void

/** `UNKNOWN_VALUE`: not in the map. `NOT_TWO_TIMESTAMPS`: timedelta needs exactly two that can be read. `NO_SUCH_SEGMENT`: split has fewer pieces. */
export type PluginComplaintCode = 'UNKNOWN_VALUE' | 'NOT_TWO_TIMESTAMPS' | 'NO_SUCH_SEGMENT'

/**
 * Called once per use in a file. `parameters` are those of the file: unknown ones are ignored, as in the original; a mapping within them whose keys
 * aren't all texts comes as a Map. Throws `InvalidPluginParameters`, which a loader makes a Problem of.
 */
export type TraitPluginFactory = (
  parameters: Readonly<Record<string, unknown>>,
  complain?: PluginComplaint,
) => TraitPlugin

/** What the file gives a plugin can't work. `problems`: one sentence each, all of them. */
export class InvalidPluginParameters extends Error {
  readonly code = 'INVALID_PLUGIN_PARAMETERS'
  readonly plugin: string
  readonly problems: readonly string[]

  constructor(plugin: string, problems: readonly string[]) {
    super(`plugin '${plugin}': ${problems.join('; ')}`)
    this.name = 'InvalidPluginParameters'
    this.plugin = plugin
    this.problems = problems
  }
}
