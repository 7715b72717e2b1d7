/** From texts of definitions to functions that convert: what the agent and the dry run have in common. */
import type { Event } from '../event.js'
import { EventConverter } from '../events/converter.js'
import type { EventDrop, EventOptions } from '../events/event-options.js'
import { loadEvents } from '../events/load-events.js'
import { createMeterConverter } from '../meters/converter.js'
import { loadMeters } from '../meters/load.js'
import type { MeterOptions, MeterReport } from '../meters/options.js'
import type { AgentNotification } from '../notification.js'
import { traitPlugins } from '../plugins/index.js'
import type { PluginComplaint, TraitPluginFactory } from '../plugins/plugin.js'
import type { Problem } from '../problem.js'
import type { Sample } from '../sample.js'
import type { Compatibility } from './compatibility.js'
import type { MadeDefinitions, SourceFile } from './files.js'

export interface LoadedConverter<D> {
  readonly convert: (notification: AgentNotification) => D
  readonly problems: readonly Problem[]
  /** How many definitions are used. */
  readonly definitions: number
}

/** Its `convert` throws ConversionFailure. */
export function meterConverter(
  files: readonly (SourceFile | MadeDefinitions)[],
  options: Omit<MeterOptions, 'compatibility' | 'report'> & {
    readonly compatibility: Compatibility
    readonly report: MeterReport
  },
): LoadedConverter<readonly Sample[]> {
  const { definitions, problems } = loadMeters(files, options)
  const { samples } = createMeterConverter(definitions, options)
  return { convert: samples, problems, definitions: definitions.length }
}

/** Its `convert` never throws. */
export function eventConverter(
  files: readonly (SourceFile | MadeDefinitions)[],
  given: {
    readonly compatibility: Compatibility
    readonly dropUnmatched: boolean
    readonly storeRaw: readonly string[]
    readonly onDrop: (drop: EventDrop) => void
    /** Told whenever a trait's plug-in met what it can't use. Never throws. */
    readonly onComplaint?: PluginComplaint
  },
): LoadedConverter<Event | null> {
  const { badTrait, nonFinite, badTimestamp, lenientPaths } = given.compatibility
  const options: EventOptions = {
    badTrait,
    nonFinite,
    badTimestamp,
    lenientPaths,
    dropUnmatched: given.dropUnmatched,
    storeRaw: given.storeRaw,
    onDrop: given.onDrop,
    plugins: complaining(given.onComplaint),
  }
  const { definitions, problems } = loadEvents(files, options)
  const converter = new EventConverter(definitions, options)
  return {
    convert: (notification) => converter.event(notification),
    problems,
    definitions: definitions.length,
  }
}

/** The plug-ins of traits, each telling `onComplaint` beside whoever made it. */
function complaining(onComplaint: PluginComplaint | undefined): ReadonlyMap<string, TraitPluginFactory> {
  if (onComplaint === undefined) return traitPlugins
  return new Map(
    [...traitPlugins].map(([name, make]) => [
      name,
      (parameters, complain) =>
        make(parameters, (code) => {
          complain?.(code)
          onComplaint(code)
        }),
    ]),
  )
}
