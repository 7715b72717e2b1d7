/** What a value takes of the memory, roughly: for bounds. */
export function roughBytes(value: unknown): number {
  if (typeof value === 'string') return value.length + 8
  if (typeof value !== 'object' || value === null) return 8
  let sum = 16
  for (const [key, member] of Object.entries(value)) sum += key.length + roughBytes(member)
  return sum
}
