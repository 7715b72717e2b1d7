import { WholeFloat } from '../values/index.js'
import { hasWrapped, mapLeaves } from './big-integers.js'

/** The bytes of one message. */
export type Packer = (message: object) => Uint8Array

let packer: Promise<Packer> | undefined

/** Loads @msgpack/msgpack at the first call. */
export function loadPacker(): Promise<Packer> {
  packer ??= import('@msgpack/msgpack').then(({ Encoder }) => {
    const plain = new Encoder()
    const exact = new Encoder({ useBigInt64: true })
    return (message) =>
      hasWrapped(message) ? exact.encode(mapLeaves(message, exactNumber)) : plain.encode(message)
  })
  return packer
}

/** For the encoder's mode with BigInt, in which it writes other integers beyond 32 bits as floats: readers would see 1e12 for 10**12. */
function exactNumber(value: unknown): unknown {
  if (typeof value === 'bigint') return fits(value) ? value : Number(value)
  if (typeof value !== 'number' && !(value instanceof WholeFloat)) return value
  const number = Number(value)
  return Number.isSafeInteger(number) && Math.abs(number) > 0x7f_ff_ff_ff ? BigInt(number) : number
}

/** MessagePack has integers of 64 bits. */
function fits(value: bigint): boolean {
  return value >= -(2n ** 63n) && value < 2n ** 64n
}
