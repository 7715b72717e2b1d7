const iso = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:[.,](\d+))?(Z|[+-]\d{2}(?::?\d{2})?)?$/

/** Nanoseconds since 1970 as digits, microseconds kept; undefined when it is no time. Without a zone it is UTC. */
export function unixNanoseconds(timestamp: string): string | undefined {
  const match = iso.exec(timestamp)
  if (match === null) return undefined
  const [, date, time, fraction = '', zone = 'Z'] = match
  const offset = zone === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`
  const milliseconds = Date.parse(`${date}T${time}${offset}`)
  if (Number.isNaN(milliseconds) || milliseconds < 0) return undefined
  if (milliseconds === 0) return String(Number(fraction.padEnd(9, '0').slice(0, 9)))
  return `${milliseconds / 1_000}${fraction.padEnd(9, '0').slice(0, 9)}`
}
