import { randomUUID } from 'node:crypto'

import type { Sample } from '../sample.js'

/** What a transformer changes of a sample. */
export type SampleChanges = Partial<
  Pick<Sample, 'name' | 'unit' | 'type' | 'volume' | 'timestamp' | 'resource_metadata'>
>

/** A new sample in the place of another, with an id of its own: receivers know samples by it. */
export function derived(sample: Sample, changes: SampleChanges): Sample {
  return { ...sample, ...changes, id: randomUUID() }
}
