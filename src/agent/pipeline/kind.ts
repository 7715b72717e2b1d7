import type { Event } from '../event.js'
import type { Publisher } from '../publishers/publisher.js'
import type { Sample } from '../sample.js'
import { volumeOf } from './volume.js'

/** What differs between pipelines of samples and pipelines of events. */
export interface Kind<D> {
  /** The key of a source that names what it takes. */
  readonly word: 'meters' | 'events'
  /** Before the names of pipelines, so that both kinds never share one. */
  readonly prefix: '' | 'event:'
  nameOf(datum: D): string
  /** What goes on of one whose name was accepted, or why nothing does. */
  admit(datum: D): D | string
  takenBy(publisher: Publisher): boolean
  /** May throw at once as well as reject. */
  hand(publisher: Publisher, data: readonly D[]): Promise<void>
}

/** pipeline.yaml. */
export const SAMPLES: Kind<Sample> = {
  word: 'meters',
  prefix: '',
  nameOf: ({ name }) => name,
  admit(sample) {
    const volume = volumeOf(sample.volume)
    if (typeof volume === 'string') return volume
    return volume === sample.volume ? sample : { ...sample, volume }
  },
  takenBy: (publisher) => publisher.publishSamples !== undefined,
  hand: (publisher, samples) => publisher.publishSamples?.(samples) ?? notTaken(publisher, 'samples'),
}

/** event_pipeline.yaml. */
export const EVENTS: Kind<Event> = {
  word: 'events',
  prefix: 'event:',
  nameOf: ({ event_type }) => event_type,
  admit: (event) => event,
  takenBy: (publisher) => publisher.publishEvents !== undefined,
  hand: (publisher, events) => publisher.publishEvents?.(events) ?? notTaken(publisher, 'events'),
}

/** Loading refuses such a publisher; this is for one that changes its mind. */
async function notTaken({ url }: Publisher, what: string): Promise<void> {
  throw new TypeError(`the publisher ${url} takes no ${what}`)
}
