/**
 * The JSON text within envelope 2, cut out of the body: JSON.parse of the outer object takes three times as long to do nothing but take
 * backslashes away. Eight bytes at once, which only WebAssembly can; a loop in JavaScript takes as long as the parser. What is not of the
 * plain form is left to the parser, and so is all where there is no WebAssembly: other keys, escapes but for `\"`, what is not ASCII.
 */

/** As oslo.messaging writes it, and as JSON.stringify does. */
const starts = ['{"oslo.version": "2.0", "oslo.message": "', '{"oslo.version":"2.0","oslo.message":"'].map(
  (text) => Buffer.from(text),
)
const [quote, backslash, space, brace] = [0x22, 0x5c, 0x20, 0x7d] as const

/** Of WebAssembly's memory: one page. */
const size = 65_536
/** A body begins behind the table: for each pattern of backslashes among eight bytes, where the others are. */
const bodyAt = 256 * 8

/** What is used of it; TypeScript has its types among a browser's only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: object }
}

/** Undefined = the parser has to tell. */
export function innerText(body: Uint8Array): string | undefined {
  const end = body.length - 2
  if (body[end] !== quote || body[end + 1] !== brace || body.length > size - bodyAt - 8) return undefined
  for (const start of starts)
    if (end >= start.length && beginsWith(body, start)) {
      unescape ??= load()
      return unescape(body, start.length, end)
    }
  return undefined
}

function beginsWith(body: Uint8Array, start: Uint8Array): boolean {
  for (let at = 0; at < start.length; at += 1) if (body[at] !== start[at]) return false
  return true
}

/** Of the bytes between. */
type Unescape = (body: Uint8Array, start: number, end: number) => string | undefined

/** Compiled for the first body: it takes a millisecond, which a process that hears nothing need not wait for. */
let unescape: Unescape | undefined

function load(): Unescape {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasmModule()))
    const { memory, run } = exports as {
      memory: { readonly buffer: ArrayBuffer }
      run: (start: number, end: number) => number
    }
    return unescapeIn(Buffer.from(memory.buffer), run)
  } catch {
    // Switched off (--jitless), a processor without vectors, or no address space for its memory.
    return () => undefined
  }
}

function unescapeIn(bytes: Buffer, run: (start: number, end: number) => number): Unescape {
  for (let pattern = 0; pattern < 256; pattern += 1) {
    let to = pattern * 8
    for (let bit = 0; bit < 8; bit += 1) if (((pattern >> bit) & 1) === 0) bytes[to++] = bit
  }
  return (body, start, end) => {
    bytes.set(body, bodyAt)
    const from = bodyAt + start
    let to = bodyAt + end
    // At least one: what a backslash at the end is before has to be known.
    do bytes[to++] = space
    while ((to - from) % 8 !== 0)
    const left = run(from, to) - (to - bodyAt - end)
    return left < 0 ? undefined : bytes.toString('latin1', from, left)
  }
}

/**
 * `run(start, end)`: takes the backslashes out of the bytes between, which are a multiple of eight, and returns the new end; or -1
 * where a backslash is not before a quote or a quote not behind one, or a byte is no printable ASCII.
 */
function wasmModule(): Uint8Array<ArrayBuffer> {
  const [at, end, to, carried, backslashes, eight] = [0, 1, 2, 3, 4, 5] as const
  /** Which of the eight bytes are so, as bits. */
  const which = (than: number, compare: readonly number[]): number[] =>
    [get(eight), i32(than), op.splat, compare, op.bitmask].flat()
  const lowByte = [i32(0xff), op.and].flat()
  const body = [
    [get(at), set(to)],
    [op.loop],
    [get(at), op.load8, set(eight)],
    [which(backslash, op.equal), set(backslashes)],
    // Quotes and what is behind a backslash, also one of the eight before.
    [
      which(quote, op.equal),
      get(backslashes),
      i32(1),
      op.shiftLeft,
      get(carried),
      op.or,
      lowByte,
      op.unequal,
    ],
    // Signed: what is not ASCII is less, too.
    [which(space, op.less), lowByte, op.or],
    [op.if, i32(-1), op.return, op.end],
    [get(backslashes), i32(7), op.shiftRight, set(carried)],
    [get(to), get(eight), get(backslashes), i32(3), op.shiftLeft, op.load8, op.swizzle, op.store8],
    [get(to), i32(8), op.add, get(backslashes), op.count, op.subtract, set(to)],
    [get(at), i32(8), op.add, tee(at), get(end), op.lessUnsigned, op.continueIf],
    [op.end],
    [get(to), op.end],
  ].flat(3)
  const locals = [2, 3, type.i32, 1, type.v128]
  return Uint8Array.from(
    [
      [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, [1, 0x60, 2, type.i32, type.i32, 1, type.i32]),
      section(3, [1, 0]),
      section(5, [1, 0, size / 65_536]),
      section(7, [2, name('memory'), 2, 0, name('run'), 0, 0].flat()),
      section(10, [1, unsigned(locals.length + body.length), locals, body].flat()),
    ].flat(),
  )
}

const type = { i32: 0x7f, v128: 0x7b, nothing: 0x40 } as const

/** Of WebAssembly's instructions those that are needed; the ones on vectors have a prefix, those on memory an alignment and an offset. */
const op = {
  loop: [0x03, type.nothing],
  if: [0x04, type.nothing],
  end: [0x0b],
  continueIf: [0x0d, 0],
  return: [0x0f],
  unequal: [0x47],
  lessUnsigned: [0x49],
  count: [0x69],
  add: [0x6a],
  subtract: [0x6b],
  and: [0x71],
  or: [0x72],
  shiftLeft: [0x74],
  shiftRight: [0x76],
  swizzle: [0xfd, 0x0e],
  splat: [0xfd, 0x0f],
  equal: [0xfd, 0x23],
  less: [0xfd, 0x25],
  store8: [0xfd, 0x5b, 3, 0, 0],
  load8: [0xfd, 0x5d, 3, 0],
  bitmask: [0xfd, 0x64],
} as const

const get = (local: number): number[] => [0x20, local]
const set = (local: number): number[] => [0x21, local]
const tee = (local: number): number[] => [0x22, local]
const i32 = (value: number): number[] => [0x41, ...signed(value)]
const name = (text: string): number[] => [text.length, ...Buffer.from(text)]
const section = (id: number, content: readonly number[]): number[] => [
  id,
  ...unsigned(content.length),
  ...content,
]

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
}

function signed(value: number): number[] {
  return value >= -0x40 && value < 0x40 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)]
}
