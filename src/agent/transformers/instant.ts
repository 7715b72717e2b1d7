import type { Sample } from '../sample.js'
import { readTime } from '../values/index.js'
import { TransformFailure } from './transformer.js'

/**
 * The time of a sample in microseconds since 1970, exact: what Python's times hold. Without a zone it is UTC. Throws TransformFailure for text that
 * is no time.
 */
export function instantOf({ name, timestamp }: Sample): number {
  const instant = readTime(timestamp)
  if (instant === null)
    throw new TransformFailure(`the timestamp of ${name} is no ISO 8601 time: ${timestamp}`)
  return instant.seconds * 1_000_000 + instant.microseconds
}
