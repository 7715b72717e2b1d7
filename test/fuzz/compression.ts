/** Bodies under a compression header, true and false. */
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib'

import type { Random } from './random.js'

export interface Compressed {
  readonly body: Buffer
  readonly compression: string | undefined
  readonly how: string
}

const gzip = 'application/x-gzip'
const brotli = 'application/x-brotli'

const fast = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }

const kinds = [
  { header: gzip, deflate: (body: Buffer) => gzipSync(body, { level: 1 }) },
  { header: gzip, deflate: (body: Buffer) => deflateSync(body, { level: 1 }) },
  { header: brotli, deflate: (body: Buffer) => brotliCompressSync(body, fast) },
]

const foreignHeaders = [
  '',
  'gzip',
  'application/zstd',
  'application/x-bz2',
  'application/x-lzma',
  '__proto__',
  'constructor',
  'x'.repeat(300),
]

/** Few bytes that become 8 MiB. */
const bombs = kinds.map(({ header, deflate }) => ({ header, body: deflate(Buffer.alloc(8 * 1024 * 1024)) }))

export function compress(plain: Buffer, random: Random): Compressed {
  const { header, deflate } = random.pick(kinds)
  const body = deflate(plain)
  switch (random.below(9)) {
    case 0:
      return {
        body: body.subarray(0, random.below(body.length)),
        compression: header,
        how: 'cut compression',
      }
    case 1:
      return { body: spoiled(body, random), compression: header, how: 'spoiled compression' }
    case 2:
      return { body: lying(body, random), compression: header, how: 'a length that lies' }
    case 3:
      return { body: plain, compression: header, how: 'a header alone' }
    case 4:
      return { body, compression: header === gzip ? brotli : gzip, how: 'the other header' }
    case 5:
      return { body, compression: random.pick(foreignHeaders), how: 'a foreign header' }
    case 6:
      return random.chance(5) ? bomb(random) : { body: deflate(body), compression: header, how: 'twice' }
    default:
      return { body, compression: header, how: 'compressed' }
  }
}

function spoiled(body: Buffer, random: Random): Buffer {
  const changed = Buffer.from(body)
  const at = random.below(changed.length)
  changed[at] = random.below(256)
  return changed
}

/** The last four bytes of gzip data are the length of what it holds, of zlib data a checksum. */
function lying(body: Buffer, random: Random): Buffer {
  const changed = Buffer.from(body)
  if (changed.length >= 4) changed.writeUInt32LE(random.next(), changed.length - 4)
  return changed
}

function bomb(random: Random): Compressed {
  const { header, body } = random.pick(bombs)
  return { body, compression: header, how: 'bomb' }
}
