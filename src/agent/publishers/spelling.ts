/** `there is no publisher 'htp'; did you mean 'http'? Known: ...` */
export function unknownName(kind: string, name: string, known: readonly string[]): string {
  const near = nearest(name, known)
  const hint = near === undefined ? '.' : `; did you mean '${near}'?`
  return `there is no ${kind} '${name}'${hint} Known: ${known.join(', ') || 'none'}`
}

/** The known name that is a slip of the finger away, if any. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const fold = (text: string): string => text.toLowerCase().replaceAll(/[_-]/g, '')
  let best: string | undefined
  let least = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(fold(name), fold(candidate))
    if (distance < least) [best, least] = [candidate, distance]
  }
  return best
}

/** Letters added, left out or changed. */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= other.length; j++) {
      const change = one[i - 1] === other[j - 1] ? 0 : 1
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + change))
    }
    row = next
  }
  return row[other.length] ?? 0
}
