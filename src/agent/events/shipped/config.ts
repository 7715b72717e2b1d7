/** Definitions of events in code: what a definition file says, in the same words. */

/** As an entry of a definition file. */
export interface EventDefinitionConfig {
  /** Globs; `!glob` excludes. */
  readonly event_type: string | readonly string[]
  readonly traits: TraitConfigs
}

export type TraitConfigs = Readonly<Record<string, TraitConfig>>

/** A path, several of which the first that finds something counts, or either with a type or plug-in. */
export type TraitConfig = string | readonly string[] | TypedTraitConfig

export interface TypedTraitConfig {
  readonly fields: string | readonly string[]
  readonly type?: 'text' | 'int' | 'float' | 'datetime'
  readonly plugin?:
    | string
    | { readonly name: string; readonly parameters?: Readonly<Record<string, unknown>> }
}

/** Traits called as the members of the payload that they are taken from. */
export function members(...names: readonly string[]): Record<string, string> {
  return membersOf('payload', ...names)
}

/** Traits called as the members of what `path` finds. */
export function membersOf(path: string, ...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, `${path}.${name}`]))
}

/** The same traits with a type. */
export function typed(
  type: NonNullable<TypedTraitConfig['type']>,
  traits: Readonly<Record<string, string>>,
): Record<string, TypedTraitConfig> {
  return Object.fromEntries(Object.entries(traits).map(([name, fields]) => [name, { type, fields }]))
}

/** `prefix.one.*`, `prefix.other.*`. */
export function actions(prefix: string, ...verbs: readonly string[]): string[] {
  return verbs.map((verb) => `${prefix}.${verb}.*`)
}
