import { bitfield } from './bitfield.js'
import { map } from './map.js'
import type { TraitPluginFactory } from './plugin.js'
import { split } from './split.js'
import { timedelta } from './timedelta.js'

/** The plugins that definition files may name. source: ceilometer's entry points ceilometer.event.trait_plugin */
export const traitPlugins: ReadonlyMap<string, TraitPluginFactory> = new Map([
  ['split', split],
  ['bitfield', bitfield],
  ['timedelta', timedelta],
  ['map', map],
])
