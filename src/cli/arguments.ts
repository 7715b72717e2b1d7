/** The words after a command. Unlike node:util's parseArgs an option may take several: `--meters a.yaml b.yaml`. */

/** `flag` takes none, `one` the next word, `many` all up to the next option. */
export type OptionKind = 'flag' | 'one' | 'many'

export interface Arguments {
  readonly flags: ReadonlySet<string>
  readonly values: ReadonlyMap<string, readonly string[]>
  readonly rest: readonly string[]
}

/** Said to whoever typed it; the exit code is 2. */
export class UsageError extends Error {}

/** `--name value`, `--name=value`; after `--` nothing is an option. Throws UsageError. */
export function readArguments(
  words: readonly string[],
  options: Readonly<Record<string, OptionKind>>,
): Arguments {
  const flags = new Set<string>()
  const values = new Map<string, string[]>()
  const rest: string[] = []
  let taker: { readonly name: string; readonly kind: 'one' | 'many' } | undefined
  for (const [index, word] of words.entries()) {
    if (word === '--') {
      rest.push(...words.slice(index + 1))
      break
    }
    if (!word.startsWith('--')) {
      if (taker === undefined) {
        rest.push(word)
        continue
      }
      values.get(taker.name)?.push(word)
      if (taker.kind === 'one') taker = undefined
      continue
    }
    requireValue(taker, values)
    const [name = '', ...tail] = word.slice(2).split('=')
    const kind = Object.hasOwn(options, name) ? options[name] : undefined
    if (kind === undefined)
      throw new UsageError(
        `there is no option --${name}; known here: ${Object.keys(options)
          .map((known) => `--${known}`)
          .join(', ')}`,
      )
    taker = undefined
    if (kind === 'flag') {
      flags.add(name)
      continue
    }
    if (!values.has(name)) values.set(name, [])
    if (tail.length > 0) values.get(name)?.push(tail.join('='))
    else taker = { name, kind }
  }
  requireValue(taker, values)
  return { flags, values, rest }
}

function requireValue(
  taker: { readonly name: string } | undefined,
  values: ReadonlyMap<string, readonly string[]>,
): void {
  if (taker !== undefined && values.get(taker.name)?.length === 0)
    throw new UsageError(`--${taker.name} wants a value`)
}

/** The only value of an option, or undefined. Throws UsageError when there are more. */
export function single({ values }: Arguments, name: string): string | undefined {
  const given = values.get(name) ?? []
  if (given.length > 1) throw new UsageError(`--${name} is given once`)
  return given[0]
}
