/** The mutated bodies: case `index` of a seed is the same body wherever and whenever it is made. */
import { PRIORITIES, type Priority } from '../../src/notify/endpoint.js'
import { byteMutations, nesting } from './byte-mutations.js'
import { type Compressed, compress } from './compression.js'
import { notifications, others } from './corpus.js'
import { mutateFields, oddEnvelope } from './field-mutations.js'
import { oddValue } from './odd-values.js'
import { Random } from './random.js'

export interface Case {
  readonly index: number
  readonly body: Buffer
  readonly compression: string | undefined
  /** Of the subscription it is sent to, whatever the body says. */
  readonly priority: Priority
  /** What was done to it. */
  readonly how: string
}

export function caseOf(seed: number, index: number): Case {
  const random = new Random(seed, index)
  const { body, compression, how } = make(random)
  return { index, body, compression, priority: random.pick(PRIORITIES), how }
}

function make(random: Random): Compressed {
  const kind = random.below(100)
  if (kind < 5) return { ...asIs(envelope(restamped(random), random)), how: 'as captured' }
  if (kind < 8) return { ...asIs(mutateBytes(Buffer.from(random.pick(others)), random)), how: 'rpc' }
  if (kind < 10) return { ...asIs(Buffer.from(oddValue(random))), how: 'an odd value alone' }
  if (kind < 11) return { ...asIs(noise(random)), how: 'noise' }
  if (kind < 35) return mutatedBytes(random)
  if (kind < 80)
    return { ...asIs(envelope(mutateFields(restamped(random), random), random)), how: 'fields changed' }
  if (kind < 88)
    return { ...asIs(Buffer.from(oddEnvelope(restamped(random), random))), how: 'envelope changed' }
  return compress(envelope(restamped(random), random), random)
}

function asIs(body: Buffer): Omit<Compressed, 'how'> {
  return { body, compression: undefined }
}

/** Outside of the envelope, or within it, where the outer JSON stays well-formed. */
function mutatedBytes(random: Random): Compressed {
  if (random.chance(0.5)) return { ...asIs(nesting(Buffer.alloc(0), random, fresh(random))), how: 'nested' }
  const [how, mutate] = random.pick(byteMutations)
  const text = Buffer.from(restamped(random))
  if (random.chance(50)) {
    const inner = mutate(text, random, fresh(random)).toString('utf8')
    return { ...asIs(envelope2(inner)), how: `${how} within` }
  }
  return { ...asIs(mutate(envelope(text.toString(), random), random, fresh(random))), how }
}

function mutateBytes(body: Buffer, random: Random): Buffer {
  const [, mutate] = random.pick(byteMutations)
  return mutate(body, random, fresh(random))
}

function fresh(random: Random): () => Buffer {
  return () => envelope(random.pick(notifications), random)
}

/** Nearly all with a `_unique_id` of their own, so that not all but the first are duplicates. */
function restamped(random: Random): string {
  const text = random.pick(notifications)
  if (random.chance(3)) return text
  const id = [0, 0, 0, 0].map(() => random.next().toString(16).padStart(8, '0')).join('')
  return text.replace(/("_unique_id": ?")[^"]*/, `$1${id}`)
}

function envelope(text: string, random: Random): Buffer {
  return random.chance(35) ? Buffer.from(text) : envelope2(text)
}

function envelope2(text: string): Buffer {
  return Buffer.from(`{"oslo.version": "2.0", "oslo.message": ${JSON.stringify(text)}}`)
}

function noise(random: Random): Buffer {
  return Buffer.from(Array.from({ length: random.below(200) }, () => random.below(256)))
}
