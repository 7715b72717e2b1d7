/**
 * A regular expression of Python as one of JavaScript, with its groups: what NotificationFilter can't give, which tells only whether a
 * text matches. The patterns come from definition files; unlike there, time is not bounded. source: Python's re._parser
 */

/** Throws SyntaxError for what has no counterpart. `y` or `g` is for the caller to add. */
export function translatePattern(pattern: string): { readonly source: string; readonly flags: string } {
  const [flags, start] = leadingFlags(pattern)
  const source = new Translator(pattern, start, flags).translate()
  return { source, flags: flags.has('i') ? 'iv' : 'v' }
}

const word = '\\p{L}\\p{N}_'
const space = '\\t\\n\\v\\f\\r\\x1c-\\x1f \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
const start = '(?<![\\s\\S])'
const end = '(?![\\s\\S])'
const letters: Readonly<Record<string, string>> = { a: '\x07', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }
const sets: Readonly<Record<string, string>> = {
  w: `[${word}]`,
  W: `[^${word}]`,
  d: '\\p{Nd}',
  D: '\\P{Nd}',
  s: `[${space}]`,
  S: `[^${space}]`,
}
const places: Readonly<Record<string, string>> = {
  A: start,
  Z: end,
  b: `(?:(?<=[${word}])(?![${word}])|(?<![${word}])(?=[${word}]))`,
  B: `(?:(?<=[${word}])(?=[${word}])|(?<![${word}])(?![${word}]))`,
}

function leadingFlags(pattern: string): [ReadonlySet<string>, number] {
  const form = /\(\?([aimsux]+)\)/y
  const flags = new Set<string>()
  let taken = 0
  for (let found = form.exec(pattern); found !== null; found = form.exec(pattern)) {
    for (const flag of found[1] as string) flags.add(flag)
    taken = form.lastIndex
  }
  if (flags.has('a')) throw new SyntaxError("the inline flag 'a' of Python is not supported; leave it out")
  return [flags, taken]
}

class Translator {
  readonly #pattern: string
  readonly #flags: ReadonlySet<string>
  #at: number

  constructor(pattern: string, at: number, flags: ReadonlySet<string>) {
    this.#pattern = pattern
    this.#at = at
    this.#flags = flags
  }

  translate(): string {
    let source = ''
    while (this.#at < this.#pattern.length) source += this.#next()
    return source
  }

  #next(): string {
    const sign = String.fromCodePoint(this.#pattern.codePointAt(this.#at) as number)
    if (sign === '\\') return this.#escape()
    if (sign === '[') return this.#class()
    if (sign === '(') return this.#group()
    if (sign === '{') return this.#braces()
    this.#at += sign.length
    if (this.#flags.has('x')) {
      if (/\s/.test(sign)) return ''
      if (sign === '#') return this.#comment()
    }
    switch (sign) {
      case '.':
        return this.#flags.has('s') ? '[\\s\\S]' : '[^\\n]'
      case '^':
        return this.#flags.has('m') ? '(?<![^\\n])' : start
      case '$':
        return this.#flags.has('m') ? '(?![^\\n])' : `(?=\\n?${end})`
      case '*':
      case '+':
      case '?':
        return this.#quantifier(sign)
      case '|':
      case ')':
        return sign
      default:
        return written(sign)
    }
  }

  #quantifier(sign: string): string {
    if (this.#take(/\+/y) !== undefined)
      throw new SyntaxError(`the possessive quantifier '${sign}+' of Python is not supported; use '${sign}'`)
    return sign
  }

  #braces(): string {
    const bounds = this.#take(/\{(?=[\d,])(\d*)(,?)(\d*)\}/y)
    if (bounds !== undefined)
      return this.#quantifier(bounds.startsWith('{,') ? `{0${bounds.slice(1)}` : bounds)
    this.#at += 1
    return '\\{'
  }

  #comment(): string {
    const line = this.#pattern.indexOf('\n', this.#at)
    this.#at = line === -1 ? this.#pattern.length : line + 1
    return ''
  }

  #group(): string {
    if (this.#take(/\(\?#[^)]*\)/y) !== undefined) return ''
    const name = this.#take(/\(\?P<[\p{L}_][\p{L}\p{N}_]*>/uy)
    if (name !== undefined) return `(?${name.slice(3)}`
    const reference = this.#take(/\(\?P=[\p{L}_][\p{L}\p{N}_]*\)/uy)
    if (reference !== undefined) return `\\k<${reference.slice(4, -1)}>`
    const plain = this.#take(/\(\?(?::|=|!|<=|<!)/y)
    if (plain !== undefined) return plain
    const unknown = this.#take(/\(\?[^)]{0,8}/y)
    if (unknown !== undefined) throw new SyntaxError(`the syntax '${unknown}' is not supported`)
    this.#at += 1
    return '('
  }

  #escape(): string {
    const back = this.#take(/\\[1-9]\d?/y)
    if (back !== undefined) return `(?:${back})`
    const letter = this.#pattern.charAt(this.#at + 1)
    const place = places[letter]
    if (place !== undefined) {
      this.#at += 2
      return place
    }
    return this.#setOrCharacter()
  }

  /** What an escape means both in a class and outside. */
  #setOrCharacter(): string {
    const octal = this.#take(/\\0[0-7]{0,2}|\\[0-3][0-7]{2}/y)
    if (octal !== undefined) return written(String.fromCodePoint(Number.parseInt(octal.slice(1), 8)))
    const code = this.#take(/\\(?:x[\da-f]{2}|u[\da-f]{4}|U[\da-f]{8})/iy)
    if (code !== undefined) return written(String.fromCodePoint(Number.parseInt(code.slice(2), 16)))
    const [escape = '', letter = ''] = /\\([\s\S]?)/uy.exec(this.#pattern.slice(this.#at)) ?? []
    this.#at += escape.length
    const set = sets[letter]
    if (set !== undefined) return set
    const control = letters[letter]
    if (control !== undefined) return written(control)
    if (letter === '' || /[a-z\d]/i.test(letter))
      throw new SyntaxError(`the escape '${escape}' has no meaning`)
    return written(letter)
  }

  #class(): string {
    let source = this.#take(/\[\^?/y) as string
    for (let isFirst = true; ; isFirst = false) {
      const code = this.#pattern.codePointAt(this.#at)
      if (code === undefined) throw new SyntaxError("a '[' is not closed by a ']'")
      const sign = String.fromCodePoint(code)
      if (sign === ']' && !isFirst) {
        this.#at += 1
        return `${source}]`
      }
      const low = this.#member(sign)
      const range = this.#take(/-(?!\])/y)
      source += range === undefined ? low : `${low}-${this.#member(this.#pattern.charAt(this.#at))}`
    }
  }

  #member(sign: string): string {
    if (sign === '\\') {
      if (this.#take(/\\b/y) !== undefined) return '\\x08'
      return this.#setOrCharacter()
    }
    const whole = String.fromCodePoint(this.#pattern.codePointAt(this.#at) as number)
    this.#at += whole.length
    return written(whole)
  }

  #take(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.#at
    const found = sticky.exec(this.#pattern)
    if (found === null) return undefined
    this.#at = sticky.lastIndex
    return found[0]
  }
}

/** A character that stands for itself, in and outside of a class. */
function written(sign: string): string {
  return /^[a-z\d_]$/i.test(sign) ? sign : `\\u{${(sign.codePointAt(0) as number).toString(16)}}`
}
