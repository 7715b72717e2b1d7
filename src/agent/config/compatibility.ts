/** Where the agent differs from the original, and how to have it as it was: docs/agent/compatibility.md has the rows. */
import { type MeterCompatibility, SUGGESTED_METERS } from '../meters/compatibility.js'
import type { Shape } from './shape.js'

export interface Compatibility extends MeterCompatibility {
  /** Row 5: what a trait that can't be converted costs: itself, or the event. Default `drop-trait`. */
  readonly badTrait: 'drop-trait' | 'drop-event'
  /** Floats that are NaN or infinite: dropped as bad traits, or kept. Default `drop`. */
  readonly nonFinite: 'drop' | 'keep'
  /** A notification whose time can't be read: no event, or one of now. Default `drop`. */
  readonly badTimestamp: 'drop' | 'now'
  /** Row 15: how texts within lists count in signatures. Default `bytes`; `legacy2016` for peers from before November 2017. */
  readonly signatures: 'bytes' | 'legacy2016'
  /** Row 16: whether samples of polling agents are taken only with a right signature. Default false. */
  readonly verifyPolled: boolean
  /** Whether `transformers` of sinks are used, or not looked at as in the original since 2018. Default `use`. */
  readonly transformers: 'use' | 'ignore'
}

/** What an agent should do. */
export const SUGGESTED: Compatibility = {
  ...SUGGESTED_METERS,
  badTrait: 'drop-trait',
  nonFinite: 'drop',
  badTimestamp: 'drop',
  signatures: 'bytes',
  verifyPolled: false,
  transformers: 'use',
}

/** What the original does today (`mode: original`). */
export const ORIGINAL_TODAY: Compatibility = {
  ...SUGGESTED,
  contextFallback: false,
  literalTexts: false,
  lenientPaths: false,
  rawNames: true,
  nullVolumes: true,
  numericTexts: false,
  badTrait: 'drop-event',
  nonFinite: 'keep',
  transformers: 'ignore',
}

const FLAG: Shape = { kind: 'flag' }

function choice(...of: readonly string[]): Shape {
  return { kind: 'choice', of }
}

export const COMPATIBILITY_SHAPE: Shape = {
  kind: 'members',
  of: {
    mode: choice('suggested', 'original'),
    contextFallback: FLAG,
    literalTexts: FLAG,
    lenientPaths: FLAG,
    falsyMetadata: FLAG,
    emptyMetadata: choice('payload', 'empty'),
    rawNames: FLAG,
    nullVolumes: FLAG,
    numericTexts: FLAG,
    badTrait: choice('drop-trait', 'drop-event'),
    nonFinite: choice('drop', 'keep'),
    badTimestamp: choice('drop', 'now'),
    signatures: choice('bytes', 'legacy2016'),
    verifyPolled: FLAG,
    transformers: choice('use', 'ignore'),
  },
}
