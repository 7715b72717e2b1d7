/**
 * The JSON text within envelope 2, put into the body and cut out of it: the JSON functions take three times as long to do nothing but put
 * backslashes before quotes and take them away. Eight bytes at once, which only WebAssembly can; a loop in JavaScript takes as long as
 * they do. What is not of the plain form is left to them, and so is all where there is no WebAssembly.
 */
import { type Code, get, type Instance, i32, instantiate, op, pageSize, set, tee } from './wasm.js'

/** As JSON.stringify writes it, and as oslo.messaging does. */
const starts = ['{"oslo.version":"2.0","oslo.message":"', '{"oslo.version": "2.0", "oslo.message": "'].map(
  (text) => Buffer.from(text),
)
const [start] = starts as [Buffer]
const [quote, backslash, space, brace] = [0x22, 0x5c, 0x20, 0x7d] as const

/** Bytes of a text, and of a body that is read. */
const longest = 65_536
/** Where what lies in memory: for each pattern of eight bytes how they are moved; what is read; what is written, twice as long at most. */
const tables = { escape: 0, unescape: 256 * 16 } as const
const inputAt = tables.unescape + 256 * 8
const outputAt = inputAt + longest + 8
const pages = Math.ceil((outputAt + start.length + 2 * longest + 16) / pageSize)

type Machine = Instance<'escape' | 'unescape'>
/** Undefined = not yet made: it takes a millisecond, which a process that hears and says nothing need not wait for. */
let machine: Machine | 'none' | undefined

function makeMachine(): Machine | 'none' {
  try {
    const made = instantiate(pages, { escape: escapeCode(), unescape: unescapeCode() })
    for (let pattern = 0; pattern < 256; pattern += 1) fillTables(made.memory, pattern)
    made.memory.set(start, outputAt)
    return made
  } catch {
    return 'none'
  }
}

/**
 * The body with a JSON text in it, as a view that is good until the next call. Undefined = JSON.stringify has to write it: the text is
 * long, or there is no WebAssembly.
 */
export function bodyAround(json: string): Uint8Array | undefined {
  machine ??= makeMachine()
  if (machine === 'none' || json.length > longest) return undefined
  const { memory, run } = machine
  const length = memory.write(json, inputAt, longest)
  // Where there is no room for the next character, up to three bytes are left.
  if (length > longest - 4) return undefined
  const padded = pad(memory, inputAt, length)
  const end = run.escape(inputAt, padded) - (padded - inputAt - length)
  memory[end] = quote
  memory[end + 1] = brace
  return memory.subarray(outputAt, end + 2)
}

/** Undefined = the parser has to tell: other keys, escapes but for `\"`, what is not ASCII. */
export function textWithin(body: Uint8Array): string | undefined {
  const end = body.length - 2
  if (body[end] !== quote || body[end + 1] !== brace || body.length > longest) return undefined
  const around = starts.find((each) => end >= each.length && beginsWith(body, each))
  if (around === undefined) return undefined
  machine ??= makeMachine()
  if (machine === 'none') return undefined
  const { memory, run } = machine
  memory.set(body, inputAt)
  const from = inputAt + around.length
  const length = end - around.length
  // One more at least: what a backslash at the end is before has to be known.
  memory[from + length] = space
  const padded = pad(memory, from, length + 1)
  const left = run.unescape(from, padded) - (padded - from - length)
  return left < 0 ? undefined : memory.toString('latin1', from, left)
}

function beginsWith(body: Uint8Array, around: Uint8Array): boolean {
  for (let at = 0; at < around.length; at += 1) if (body[at] !== around[at]) return false
  return true
}

/** Up to a multiple of eight. Returns the new end. */
function pad(memory: Buffer, from: number, length: number): number {
  let end = from + length
  while ((end - from) % 8 !== 0) memory[end++] = space
  return end
}

/** `pattern`: bits of those among eight bytes that get a backslash, or are one. */
function fillTables(memory: Buffer, pattern: number): void {
  let escaped = tables.escape + pattern * 16
  let left = tables.unescape + pattern * 8
  for (let bit = 0; bit < 8; bit += 1) {
    const isMarked = ((pattern >> bit) & 1) === 1
    // The ninth byte, which `escape` makes a backslash.
    if (isMarked) memory[escaped++] = 8
    else memory[left++] = bit
    memory[escaped++] = bit
  }
}

/** Which bytes of a vector are so, as bits. */
const which = (vector: number, than: number, compare: readonly number[]): number[] =>
  [get(vector), i32(than), op.splat, compare].flat()

/**
 * `escape(start, end)`: writes the bytes between, which are a multiple of eight, behind the start of a body, with a backslash before each
 * quote and backslash. Returns the end. JSON text has no other bytes that JSON text escapes.
 */
function escapeCode(): Code {
  const [at, end, to, marked, eight] = [0, 1, 2, 3, 4] as const
  const backslashes = Array.from({ length: 16 }, (_none, index) => (index < 8 ? 0 : backslash))
  const body = [
    [i32(outputAt + start.length), set(to)],
    [op.loop],
    [get(at), op.load8, set(eight)],
    [which(eight, quote, op.equal), which(eight, backslash, op.equal), op.either, op.bitmask, set(marked)],
    [get(to), get(eight), op.constant16, backslashes, op.either],
    [get(marked), i32(4), op.shiftLeft, op.load16, op.swizzle, op.store16],
    [get(to), i32(8), op.add, get(marked), op.count, op.add, set(to)],
    [get(at), i32(8), op.add, tee(at), get(end), op.lessUnsigned, op.continueIf],
    [op.end],
    [get(to)],
  ].flat(3)
  return { locals: { i32: 2, v128: 1 }, body }
}

/**
 * `unescape(start, end)`: takes the backslashes out of the bytes between, which are a multiple of eight, and returns the new end; or -1
 * where a backslash is not before a quote or a quote not behind one, or a byte is no printable ASCII.
 */
function unescapeCode(): Code {
  const [at, end, to, carried, marked, eight] = [0, 1, 2, 3, 4, 5] as const
  const lowByte = [i32(0xff), op.and].flat()
  const body = [
    [get(at), set(to)],
    [op.loop],
    [get(at), op.load8, set(eight)],
    [which(eight, backslash, op.equal), op.bitmask, set(marked)],
    // Quotes and what is behind a backslash, also one of the eight before.
    [which(eight, quote, op.equal), op.bitmask],
    [get(marked), i32(1), op.shiftLeft, get(carried), op.or, lowByte, op.unequal],
    // Signed: what is not ASCII is less, too.
    [which(eight, space, op.less), op.bitmask, lowByte, op.or],
    [op.if, i32(-1), op.return, op.end],
    [get(marked), i32(7), op.shiftRight, set(carried)],
    [get(to), get(eight)],
    [get(marked), i32(3), op.shiftLeft, i32(tables.unescape), op.add, op.load8, op.swizzle, op.store8],
    [get(to), i32(8), op.add, get(marked), op.count, op.subtract, set(to)],
    [get(at), i32(8), op.add, tee(at), get(end), op.lessUnsigned, op.continueIf],
    [op.end],
    [get(to)],
  ].flat(3)
  return { locals: { i32: 3, v128: 1 }, body }
}
