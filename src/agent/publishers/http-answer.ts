/** What the answer of an HTTP receiver means: taken, worth another attempt, a fault of the address or login, or a refusal of the data. */
import type { IncomingHttpHeaders } from 'node:http'

import { misconfigured, PublishFailure } from './publish-failure.js'
import { hidePasswords } from './publisher-url.js'

export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The first MiB of it. */
  readonly body: string
}

export function isTaken({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300
}

/** Of an answer that is none of 2xx. `isPassing`: the statuses after which the same request may be taken a moment later. */
export function answerFailure(
  method: string,
  url: URL,
  answer: HttpAnswer,
  isPassing: (status: number) => boolean = mayPass,
): PublishFailure {
  const { status, headers, body } = answer
  const advice = adviceOn(method, url, answer)
  const said = body
    .slice(0, 200)
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
  const text = [
    `${method} ${shownTarget(url)}`,
    `status ${status}${advice === undefined ? '' : ` (${advice})`}`,
    ...(said === '' ? [] : [said]),
  ].join(': ')
  if (advice !== undefined) return misconfigured(text)
  return isPassing(status)
    ? new PublishFailure('failed', 'UNEXPECTED_ANSWER', text, {
        retryAfter: waitingTime(headers['retry-after']),
      })
    : new PublishFailure('refused', 'REFUSED', text)
}

/** Without its query, which may hold a key. */
export function shownTarget(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`
}

/** What to do about a status that speaks of the address or the login, whatever was sent there; undefined = it speaks of something else. */
function adviceOn(method: string, url: URL, { status, headers }: HttpAnswer): string | undefined {
  if (status >= 300 && status < 400) return `it is elsewhere: use ${newPlace(url, headers.location)}`
  switch (status) {
    case 401:
      return 'the login is not taken: check user and password'
    case 403:
      return 'this login may not do that: give it the right, or use another'
    case 404:
    case 410:
      return 'there is nothing at this address: check host, port and path'
    case 405:
      return `this address takes no ${method}: check host, port and path`
    case 407:
      return 'a proxy in between wants a login: name the receiver itself'
    default:
      return undefined
  }
}

function newPlace(url: URL, location: string | undefined): string {
  if (location === undefined || !URL.canParse(location, String(url)))
    return 'another address, which it does not tell'
  return hidePasswords(String(new URL(location, url)))
}

/** Too early, too many, too slow, or the receiver's own trouble. */
function mayPass(status: number): boolean {
  return [408, 425, 429].includes(status) || status >= 500 || status < 200
}

/** Milliseconds of a Retry-After, in seconds or as a date; a minute at most. */
function waitingTime(header: string | undefined): number {
  if (header === undefined) return 0
  const wanted = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now()
  return Number.isNaN(wanted) ? 0 : Math.min(60_000, Math.max(0, wanted))
}
