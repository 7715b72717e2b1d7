/** `re.match` of Python: anchored at the start, open at the end. */
import { InvalidFilter, type Notification, NotificationFilter } from '../../index.js'
import { translatePattern } from './python-pattern.js'

/**
 * Bounded in time by the library's own filter where that reads the pattern; what it refuses (verbose patterns, backreferences) becomes a
 * RegExp, which takes what it takes. Throws InvalidFilter. What it returns never throws.
 */
export function compileMatch(pattern: string): (text: string) => boolean {
  const matches = compileWhole(pattern)
  const prefix = literalPrefix(pattern)
  // Of thousands of patterns nearly all are told apart by how they begin.
  return prefix === '' ? matches : (text) => text.startsWith(prefix) && matches(text)
}

/** What every text that matches begins with: the letters, digits and escaped signs at the start of a pattern. */
function literalPrefix(pattern: string): string {
  if (hasChoice(pattern)) return ''
  let prefix = ''
  const sign = /([\w -])|\\([^\w\s])/uy
  for (let found = sign.exec(pattern); found !== null; found = sign.exec(pattern)) {
    // A sign that may be missing or come again is no part of it.
    if (/[*+?{]/.test(pattern.charAt(sign.lastIndex))) break
    prefix += found[1] ?? found[2] ?? ''
  }
  return prefix
}

/** Whether a | stands outside of all groups. */
function hasChoice(pattern: string): boolean {
  let depth = 0
  for (const [part] of pattern.matchAll(/\\[\s\S]|\[\^?\]?(?:\\[\s\S]|[^\]\\])*\]|[\s\S]/g)) {
    if (part === '(') depth += 1
    else if (part === ')') depth -= 1
    else if (part === '|' && depth === 0) return true
  }
  return false
}

function compileWhole(pattern: string): (text: string) => boolean {
  const bounded = boundedMatch(pattern)
  if (typeof bounded === 'function') return bounded
  try {
    const { source, flags } = translatePattern(pattern)
    const regExp = new RegExp(source, `${flags}y`)
    return (text) => {
      regExp.lastIndex = 0
      return regExp.test(text)
    }
  } catch {
    throw bounded
  }
}

function boundedMatch(pattern: string): ((text: string) => boolean) | InvalidFilter {
  try {
    const filter = new NotificationFilter({ eventType: pattern })
    return (text) => {
      try {
        return filter.match({ eventType: text } as Notification)
      } catch (error) {
        // Too costly to tell for this text: no match, as for any text that the pattern does not fit.
        if (error instanceof InvalidFilter) return false
        throw error
      }
    }
  } catch (error) {
    if (error instanceof InvalidFilter) return error
    throw error
  }
}
