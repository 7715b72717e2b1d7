/**
 * Python's `text.casefold()`: two texts that differ in case only fold to the same. `Straße` and `STRASSE` do, `ς` and `σ` do.
 * JavaScript has no such function; per sign, the lower case of the upper case is it (of its lower case, since `ẞ` is an upper
 * case already), but for what is said below.
 */
export function casefold(text: string): string {
  if (plain.test(text)) return text.toLowerCase()
  let folded = ''
  for (const sign of text) folded += foldSign(sign)
  return folded
}

const plain = /^[\0-\x7f]*$/

function foldSign(sign: string): string {
  // The dotless i is the only one whose upper case belongs to another letter.
  if (sign === 'ı') return sign
  const upper = sign.toLowerCase().toUpperCase()
  // Cherokee folds to its upper case, since that is the older.
  if (cherokee.test(upper)) return upper
  // One by one: as a whole, JavaScript makes another sigma at the end of a word.
  return Array.from(upper, (one) => one.toLowerCase()).join('')
}

const cherokee = /^[\u13a0-\u13f5]$/
