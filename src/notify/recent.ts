/**
 * The last ids: how a listener knows a duplicate. Remembers `limit` of them at least and twice as many at most, in two halves of which the
 * older is forgotten as a whole: to forget them one by one costs as much as to remember them.
 *
 * Ids of 32 hexadecimal digits, as oslo.messaging makes them, are kept as numbers: as texts in a Set they would outlive the collection of
 * their messages, for which V8 gives ever more memory to young objects until it is at its limit.
 */
export class RecentIds {
  readonly #limit: number
  #newer: Half
  #older: Half
  /** What was read last, and its digits: most ids are asked for and added at once. */
  #id = ''
  #isHex = false
  readonly #words = new Uint32Array(wordsPerId)

  constructor(limit: number) {
    this.#limit = limit
    this.#newer = { hex: new HexIds(limit), others: new Set() }
    this.#older = { hex: new HexIds(limit), others: new Set() }
  }

  has(id: string): boolean {
    if (this.#limit === 0) return false
    if (!this.#read(id)) return this.#newer.others.has(id) || this.#older.others.has(id)
    return this.#newer.hex.has(this.#words) || this.#older.hex.has(this.#words)
  }

  add(id: string): void {
    if (this.#limit === 0) return
    if (this.#newer.hex.size + this.#newer.others.size >= this.#limit) {
      const forgotten = this.#older
      this.#older = this.#newer
      this.#newer = forgotten
      forgotten.hex.clear()
      forgotten.others.clear()
    }
    if (this.#read(id)) this.#newer.hex.add(this.#words)
    else this.#newer.others.add(id)
  }

  /** Whether it is one of 32 hexadecimal digits, which are then read. */
  #read(id: string): boolean {
    if (id === this.#id) return this.#isHex
    this.#id = id
    this.#isHex = readDigits(id, this.#words)
    return this.#isHex
  }
}

interface Half {
  readonly hex: HexIds
  readonly others: Set<string>
}

/** Of each sign its value, or `noDigit`. Capitals make another text. */
const noDigit = 16
const digits = new Uint8Array(128).fill(noDigit)
for (let value = 0; value < 16; value += 1) digits[value.toString(16).charCodeAt(0)] = value

const idLength = 32
const wordsPerId = 4

function readDigits(id: string, words: Uint32Array): boolean {
  if (id.length !== idLength) return false
  for (let at = 0; at < idLength; at += 1) {
    const code = id.charCodeAt(at)
    const digit = code < digits.length ? (digits[code] as number) : noDigit
    if (digit === noDigit) return false
    words[at >> 3] = ((words[at >> 3] as number) << 4) | digit
  }
  return true
}

/** What ids are spread by: not known to who would send some that all fall together. */
const factors = Uint32Array.from({ length: wordsPerId }, () => Math.floor(Math.random() * 2 ** 32) | 1)

/** At most `most` ids of four numbers each. */
class HexIds {
  size = 0
  readonly #ids: Uint32Array
  /** Which id is at a place, from 1; 0 = none. At least half of them are free. */
  readonly #places: Uint32Array
  readonly #lastPlace: number
  readonly #shift: number

  constructor(most: number) {
    const bits = Math.ceil(Math.log2(2 * most + 2))
    this.#ids = new Uint32Array(most * wordsPerId)
    this.#places = new Uint32Array(2 ** bits)
    this.#lastPlace = 2 ** bits - 1
    this.#shift = 32 - bits
  }

  has(words: Uint32Array): boolean {
    return this.#places[this.#placeOf(words)] !== 0
  }

  add(words: Uint32Array): void {
    const place = this.#placeOf(words)
    if (this.#places[place] !== 0) return
    this.#ids.set(words, this.size * wordsPerId)
    this.size += 1
    this.#places[place] = this.size
  }

  clear(): void {
    this.#places.fill(0)
    this.size = 0
  }

  /** Where it is, or would be. */
  #placeOf(words: Uint32Array): number {
    let hash = 0
    for (let word = 0; word < wordsPerId; word += 1)
      hash = (hash + Math.imul(words[word] as number, factors[word] as number)) | 0
    let place = hash >>> this.#shift
    while (!this.#isFreeOrAt(place, words)) place = (place + 1) & this.#lastPlace
    return place
  }

  #isFreeOrAt(place: number, words: Uint32Array): boolean {
    const id = this.#places[place] as number
    if (id === 0) return true
    const at = (id - 1) * wordsPerId
    for (let word = 0; word < wordsPerId; word += 1) if (this.#ids[at + word] !== words[word]) return false
    return true
  }
}
