/** Notifications to samples, by the definitions that match their event type. */
import type { AgentNotification } from '../notification.js'
import type { Sample } from '../sample.js'
import { SUGGESTED_METERS } from './compatibility.js'
import type { MeterDefinition } from './definition.js'
import { ConversionFailure } from './failure.js'
import type { MeterOptions } from './options.js'
import { type MakeSamples, SampleMaker } from './sample-maker.js'

/** Made by createMeterConverter. */
export interface MeterConverter {
  /**
   * All samples of a notification, whatever its priority, in the order of the definitions. Throws ConversionFailure when none can be made, where
   * the original would raise; what is merely left out is told to `report`. Does not change the notification, whose parts the samples share.
   */
  readonly samples: (notification: AgentNotification) => readonly Sample[]
  readonly definitions: readonly MeterDefinition[]
}

/** Event types that are remembered. There are some hundreds; somebody who makes them up must not fill the memory. */
const mostRemembered = 10_000

const none: readonly Sample[] = Object.freeze([])

/** `options` as they were given to loadMeters. */
export function createMeterConverter(
  definitions: readonly MeterDefinition[],
  options: MeterOptions = {},
): MeterConverter {
  const maker = new SampleMaker({
    ...options,
    compatibility: { ...SUGGESTED_METERS, ...options.compatibility },
  })
  const makers = definitions.map((definition) => [definition, maker.compile(definition)] as const)
  const remembered = new Map<string, readonly MakeSamples[]>()

  function matching(eventType: string): readonly MakeSamples[] {
    const known = remembered.get(eventType)
    if (known !== undefined) return known
    const found = makers.filter(([definition]) => definition.matches(eventType)).map(([, make]) => make)
    if (remembered.size >= mostRemembered) remembered.delete(remembered.keys().next().value as string)
    remembered.set(eventType, found)
    return found
  }

  return {
    definitions,
    samples(notification) {
      const { event_type } = notification
      if (typeof event_type !== 'string') {
        if (definitions.length === 0) return none
        throw new ConversionFailure(
          'BAD_EVENT_TYPE',
          `the event type must be a text; found ${typeof event_type}`,
        )
      }
      const found = matching(event_type)
      if (found.length === 0) return none
      const samples: Sample[] = []
      const evaluation = maker.begin(notification)
      for (const make of found) make(evaluation, samples)
      return samples
    },
  }
}
