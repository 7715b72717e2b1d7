/** WebAssembly written by hand: the instructions that are needed, and the module around them. */

/** What is used of it; TypeScript has its types among a browser's only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

/** Of a memory's. */
export const pageSize = 65_536

const type = { i32: 0x7f, v128: 0x7b } as const

/** Those on vectors have a prefix, those on memory an alignment and an offset. */
export const op = {
  // 0x40: a block that leaves nothing.
  loop: [0x03, 0x40],
  if: [0x04, 0x40],
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
  load16: [0xfd, 0x00, 0, 0],
  store16: [0xfd, 0x0b, 0, 0],
  constant16: [0xfd, 0x0c],
  swizzle: [0xfd, 0x0e],
  splat: [0xfd, 0x0f],
  equal: [0xfd, 0x23],
  less: [0xfd, 0x25],
  either: [0xfd, 0x50],
  store8: [0xfd, 0x5b, 3, 0, 0],
  load8: [0xfd, 0x5d, 3, 0],
  bitmask: [0xfd, 0x64],
} as const

export const get = (local: number): number[] => [0x20, local]
export const set = (local: number): number[] => [0x21, local]
export const tee = (local: number): number[] => [0x22, local]
export const i32 = (value: number): number[] => [0x41, ...signed(value)]

/** Two numbers in, one out. */
export interface Code {
  /** Behind the two that it is called with: how many are numbers, how many vectors. */
  readonly locals: { readonly i32: number; readonly v128: number }
  readonly body: readonly number[]
}

export interface Instance<Name extends string> {
  readonly memory: Buffer
  readonly run: Readonly<Record<Name, (one: number, other: number) => number>>
}

/** Throws where WebAssembly is switched off (--jitless), a processor has no vectors, or no address space is left for the memory. */
export function instantiate<Name extends string>(
  pages: number,
  functions: Readonly<Record<Name, Code>>,
): Instance<Name> {
  const codes = Object.entries<Code>(functions)
  const bytes = [
    [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(1, [1, 0x60, 2, type.i32, type.i32, 1, type.i32]),
    section(3, [codes.length, ...codes.map(() => 0)]),
    section(5, [1, 0, pages]),
    section(7, [
      codes.length + 1,
      ...name('memory'),
      2,
      0,
      ...codes.flatMap(([key], index) => [...name(key), 0, index]),
    ]),
    section(10, [codes.length, ...codes.flatMap(([, code]) => written(code))]),
  ]
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(bytes.flat())))
  const { memory } = exports as { readonly memory: { readonly buffer: ArrayBuffer } }
  return { memory: Buffer.from(memory.buffer), run: exports as Instance<Name>['run'] }
}

function written({ locals, body }: Code): number[] {
  const declared = [2, locals.i32, type.i32, locals.v128, type.v128]
  return [...unsigned(declared.length + body.length + 1), ...declared, ...body, ...op.end]
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content]
}

function name(text: string): number[] {
  return [text.length, ...Buffer.from(text)]
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
}

function signed(value: number): number[] {
  return value >= -0x40 && value < 0x40 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)]
}
