import { randomUUID } from 'node:crypto'

/** No text of a notification can hold it: it is another one in each process. */
const mark = `bigint:${randomUUID()}:`
const marked = new RegExp(`"${mark}(-?\\d+)"`, 'g')

/** JSON in which a BigInt is a plain number with all its digits. */
export function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch (error) {
    // Few values have one: looking at each member of all the others would cost more than this second try.
    if (!(error instanceof TypeError)) throw error
    const text = JSON.stringify(value, (_, member: unknown) =>
      typeof member === 'bigint' ? `${mark}${member}` : member,
    )
    return text.replaceAll(marked, '$1')
  }
}
