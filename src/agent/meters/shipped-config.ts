/** Meter definitions as data: what a YAML file of them would hold, typed. */
import type { SampleType } from '../sample.js'

/** A path, several, or what a plugin makes of them. */
export type FieldConfig =
  | number
  | string
  | readonly string[]
  | {
      readonly fields: string | readonly string[]
      readonly plugin?:
        | string
        | { readonly name: string; readonly parameters?: Readonly<Record<string, unknown>> }
    }

/** The keys are those of the files; MeterDefinition says what they mean. */
export interface MeterConfig {
  readonly name: string
  readonly event_type: string | readonly string[]
  readonly type: SampleType
  readonly unit: string
  readonly volume: FieldConfig
  readonly resource_id: FieldConfig
  readonly user_id?: FieldConfig
  readonly project_id?: FieldConfig
  readonly timestamp?: FieldConfig
  readonly metadata?: Readonly<Record<string, FieldConfig>>
  readonly user_metadata?: FieldConfig
  readonly lookup?: readonly string[]
}

/** A member of the payload. */
export function payload(name: string): string {
  return `$.payload.${name}`
}

/** Members of the payload, each under its own name. */
export function sameNames(names: readonly string[]): Record<string, FieldConfig> {
  return Object.fromEntries(names.map((name) => [name, payload(name)]))
}
