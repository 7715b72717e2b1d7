import type { TraitPluginFactory } from './plugin.js'

/** The plugins that definition files may name. source: ceilometer's entry points ceilometer.event.trait_plugin */
export const traitPlugins: ReadonlyMap<string, TraitPluginFactory> = new Map()
