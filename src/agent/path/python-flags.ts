/** The inline flags of Python's regular expressions. source: Python's re._parser (_parse_flags) */

/** ASCII, ignore case, lines, dot takes all, Unicode, verbose. */
export type Flag = 'a' | 'i' | 'm' | 's' | 'u' | 'x'

export type Flags = ReadonlySet<Flag>

/** Those that count for the whole pattern, and where it goes on behind them. Throws SyntaxError. */
export function leadingFlags(pattern: string): readonly [Flags, at: number] {
  const form = /\(\?([aimsux]+)\)/y
  const flags = new Set<Flag>()
  let taken = 0
  for (let found = form.exec(pattern); found !== null; found = form.exec(pattern)) {
    for (const flag of found[1] as string) flags.add(flag as Flag)
    taken = form.lastIndex
  }
  if (flags.has('a') && flags.has('u'))
    throw new SyntaxError("the inline flags 'a' and 'u' exclude each other")
  return [flags, taken]
}

/** Within `(?i-s:...)`, of which `text` is what comes up to the colon. Throws SyntaxError. */
export function scopedFlags(text: string, outer: Flags): Flags {
  const [on = '', off] = text.slice(2, -1).split('-')
  const isWrong =
    on.includes('L') ||
    off === '' ||
    /[auL]/.test(off ?? '') ||
    (on.includes('a') && on.includes('u')) ||
    Array.from(on).some((flag) => off?.includes(flag) === true)
  if (isWrong) throw new SyntaxError(`'${text}' has flags that do not go together, or none`)
  const flags = new Set(outer)
  // Each ends the other.
  if (on.includes('u')) flags.delete('a')
  for (const flag of on) flags.add(flag as Flag)
  for (const flag of off ?? '') flags.delete(flag as Flag)
  return flags
}
