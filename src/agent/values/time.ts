/**
 * Times as the original reads them: ISO 8601, also `2012`, `20120508T202348`, a space for the `T`, fractions cut to microseconds; without a zone it is
 * UTC. What it refuses is null here: other texts, numbers, null. source: iso8601.parse_date, oslo_utils.timeutils
 */

/** A moment and the offset it was written with. */
export interface Instant {
  /** Seconds from 1970-01-01 UTC on; before it, below 0. */
  readonly seconds: number
  /** 0 to 999999, from `seconds` on. */
  readonly microseconds: number
  /** Minutes east of UTC. */
  readonly offset: number
}

/** ISO 8601 with the offset that the time was written with, `+00:00` without one; microseconds only where there are some: a sample's timestamp. */
export function timeWithOffset(value: unknown): string | null {
  if (typeof value !== 'string') return null
  const usual = usualTime(value)
  if (usual !== null) return `${usual}+00:00`
  const instant = readTime(value)
  return instant === null ? null : formatTime(instant, instant.offset) + offsetText(instant.offset)
}

/** ISO 8601 in UTC, without a suffix; microseconds only where there are some: an event's times. */
export function timeInUtc(value: unknown): string | null {
  if (typeof value !== 'string') return null
  const usual = usualTime(value)
  if (usual !== null) return usual
  const instant = readTime(value)
  if (instant === null || instant.seconds < FIRST || instant.seconds > LAST) return null
  return formatTime(instant, 0)
}

/** Null for what is no time. */
export function readTime(value: unknown): Instant | null {
  if (typeof value !== 'string') return null
  const match = ISO_8601.exec(value)
  if (match === null) return null
  const [
    ,
    year,
    month1,
    month2,
    day1,
    day2,
    hour,
    minute,
    second,
    fraction,
    zone,
    sign,
    zoneHour,
    zoneMinute,
  ] = match
  const days = daysTo(Number(year), Number(month1 ?? month2 ?? 1), Number(day1 ?? day2 ?? 1))
  const hours = Number(hour ?? 0)
  const minutes = Number(minute ?? 0)
  const ownSeconds = Number(second ?? 0)
  const size = zone === undefined || zone === 'Z' ? 0 : Number(zoneHour) * 60 + Number(zoneMinute ?? 0)
  if (days === null || hours > 23 || minutes > 59 || ownSeconds > 59 || size >= 24 * 60) return null
  const offset = sign === '-' ? 0 - size : size
  return {
    seconds: days * 86_400 + hours * 3600 + minutes * 60 + ownSeconds - offset * 60,
    microseconds: Number((fraction ?? '').slice(0, 6).padEnd(6, '0')),
    offset,
  }
}

/** Seconds from one to the other, never negative. */
export function secondsBetween(one: Instant, other: Instant): number {
  // Over some centuries there are more microseconds than a number counts exactly; read as a decimal, the seconds are as near as a number can be.
  const total =
    BigInt(other.seconds - one.seconds) * 1_000_000n + BigInt(other.microseconds - one.microseconds)
  const size = total < 0n ? -total : total
  return Number(`${size / 1_000_000n}.${String(size % 1_000_000n).padStart(6, '0')}`)
}

/**
 * The forms, with all their oddities: a day without its hyphen, one digit for a month, day or second behind a separator, seconds without minutes,
 * a line feed at the end. A month without hyphen needs a day.
 */
const ISO_8601 =
  /^([0-9]{4})(?:(?:-([0-9]{1,2})|([0-9]{2})(?!\n?$))(?:(?:-([0-9]{1,2})|([0-9]{2}))(?:[ T]([0-9]{2})(?::?([0-9]{2}))?(?::?([0-9]{1,2})(?:[.,]([0-9]+))?)?(Z|([-+])([0-9]{2}):?([0-9]{2})?)?)?)?)?\n?$/

const FIRST = -62_135_596_800
const LAST = 253_402_300_799
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const

/**
 * `YYYY-MM-DD?HH:MM:SS` with or without `.ffffff`, in UTC: what nearly every service writes. As it is to be written, without a zone; null for
 * everything else, be it a time or not.
 */
function usualTime(text: string): string | null {
  if (!USUAL.test(text)) return null
  const whole = text.startsWith('.000000', 19) ? 19 : 26
  const end = text.charCodeAt(text.length - 1) === 0x5a ? Math.min(whole, text.length - 1) : whole
  if (end >= text.length && text.charCodeAt(10) === 0x54) return text
  return `${text.slice(0, 10)}T${text.slice(11, end)}`
}

/** Without the 29th of February, for which one has to reckon. */
const USUAL =
  /^(?!0000)[0-9]{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)[ T](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{6})?Z?$/

/** Days from 1970-01-01 to a date; null where there is no such date. */
function daysTo(year: number, month: number, day: number): number | null {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const last = month === 2 && isLeap ? 29 : DAYS_IN_MONTH[month - 1]
  if (year < 1 || last === undefined || day < 1 || day > last) return null
  // setUTC..., because the Date constructors take 0 to 99 for 1900 to 1999.
  return new Date(0).setUTCFullYear(year, month - 1, day) / 86_400_000
}

function formatTime({ seconds, microseconds }: Instant, offset: number): string {
  const date = new Date((seconds + offset * 60) * 1000)
  const whole = `${padded(date.getUTCFullYear(), 4)}${date.toISOString().slice(-20, -5)}`
  return microseconds === 0 ? whole : `${whole}.${padded(microseconds, 6)}`
}

function offsetText(offset: number): string {
  const size = Math.abs(offset)
  return `${offset < 0 ? '-' : '+'}${padded(Math.floor(size / 60), 2)}:${padded(size % 60, 2)}`
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, '0')
}
