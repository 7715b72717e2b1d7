import type { PathMode } from '../path/compiled-path.js'
import { type MeterCompatibility, SUGGESTED_METERS } from './compatibility.js'

/**
 * Why a sample was not made: `raw-name`: its name was not found; `null-volume`: it has no volume; `lookup-mismatch`: the fields of a lookup are not equally
 * many; or what a plugin complained of, see PluginComplaintCode, such as `NOT_TWO_TIMESTAMPS` (then a sample may have been made all the same).
 */
export type DropCode = 'raw-name' | 'null-volume' | 'lookup-mismatch' | (string & {})

/** Told each time, so it must be cheap; must not throw. */
export interface MeterReport {
  drop(code: DropCode, text: string): void
}

/** Which of the users' own metadata samples carry. */
export interface ReservedUserMetadata {
  /** Keys that start so are copied without it. Default `['metering.']`. */
  readonly namespaces: readonly string[]
  /** Keys that are copied as they are. Default none. */
  readonly keys: readonly string[]
  /** Longest text in characters; the rest is cut off. Default 256. */
  readonly length: number
}

/** Names of ids, for example from a cache of the identity service. Asked once per sample; must not throw. */
export interface IdentityNames {
  user(id: unknown): string | null
  project(id: unknown): string | null
}

/** The same for loading and converting. */
export interface MeterOptions {
  /** `source` of all samples. Default `openstack`. */
  readonly source?: string
  readonly reserved?: Partial<ReservedUserMetadata>
  /** Default: user_name and project_name are null. */
  readonly identityNames?: IdentityNames
  readonly compatibility?: Partial<MeterCompatibility>
  readonly report?: MeterReport
}

/** With every switch set. */
export interface MakerOptions extends MeterOptions {
  readonly compatibility: MeterCompatibility
}

/** Row 10 of the switchboard, in the words of paths. */
export function pathMode({ compatibility }: MeterOptions): PathMode {
  return (compatibility?.lenientPaths ?? SUGGESTED_METERS.lenientPaths) ? 'lenient' : 'strict'
}
