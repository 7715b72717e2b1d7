import { SAMPLE_TYPES, type Sample, type SampleType } from '../sample.js'
import { type Amount, amountOf, finite, multiply } from './amount.js'
import { derived } from './derived.js'
import { parseExpression, type Scope } from './expression.js'
import { ExpressionFault } from './expression-tokens.js'
import { type Rewrite, rewriteOf } from './mapping.js'
import type { Parameters } from './parameters.js'

/** What `source` and `target` of a transformer ask for. source: ceilometer/transformer/conversions.py of 2016 */
export class Conversion {
  /** Only samples of this unit are meant; undefined = all. */
  readonly unit: string | undefined
  readonly #name: string | undefined
  readonly #targetUnit: string | undefined
  readonly #type: SampleType | undefined
  readonly #rewriteName: Rewrite | undefined
  readonly #rewriteUnit: Rewrite | undefined
  /** No volume is above it; undefined or 0 = any may be. source: the original from Newton on */
  readonly #max: number | undefined
  /** A number, or what an expression over the fields of the sample gives; undefined = as it is. */
  readonly #scale: number | ((sample: Sample) => number) | undefined

  constructor(parameters: Parameters) {
    const [source, target] = [parameters.map('source'), parameters.map('target')]
    this.unit = source.text('unit')
    this.#name = target.text('name')
    this.#targetUnit = target.text('unit')
    this.#type = typeOf(target)
    this.#rewriteName = rewriteOf(source, target, 'name')
    this.#rewriteUnit = rewriteOf(source, target, 'unit')
    this.#max = target.number('max') || undefined
    this.#scale = scaleOf(target)
  }

  nameOf({ name }: Sample): string {
    return this.#rewriteName?.(name) ?? this.#name ?? name
  }

  /** The volume times `scale`, or what the expression gives, which may use the volume. Throws TransformFailure. */
  scaled(sample: Sample): Amount {
    const scale = this.#scale
    if (scale === undefined) return amountOf(sample)
    return typeof scale === 'number' ? multiply(amountOf(sample), scale) : scale(sample)
  }

  /** `growth` times `scale`, which an expression takes from the sample. Throws TransformFailure. */
  scaledGrowth(sample: Sample, growth: number): Amount {
    const scale = this.#scale ?? 1
    return finite((typeof scale === 'number' ? scale : scale(sample)) * growth)
  }

  /** The sample under its new name, unit and type. */
  convert(sample: Sample, volume: Amount): Sample {
    return derived(sample, {
      name: this.nameOf(sample),
      unit: this.#rewriteUnit?.(sample.unit) ?? this.#targetUnit ?? sample.unit,
      type: this.#type ?? sample.type,
      volume: this.#max !== undefined && volume > this.#max ? this.#max : volume,
    })
  }
}

/** `target.type`, one of the three types. */
export function typeOf(target: Parameters): SampleType | undefined {
  const type = target.text('type')
  if (type === undefined || (SAMPLE_TYPES as readonly string[]).includes(type))
    return type as SampleType | undefined
  target.wrong('type', `one of ${SAMPLE_TYPES.join(', ')}`)
  return undefined
}

const FIELDS: ReadonlySet<string> = new Set([
  'id',
  'monotonic_time',
  'name',
  'project_id',
  'project_name',
  'resource_id',
  'resource_metadata',
  'source',
  'timestamp',
  'type',
  'unit',
  'user_id',
  'user_name',
  'volume',
])

function scaleOf(target: Parameters): number | ((sample: Sample) => number) | undefined {
  const scale = target.value('scale')
  // As in the original: 0 and empty text ask for nothing.
  if (scale === undefined || scale === 0 || scale === '') return undefined
  if (typeof scale === 'number' && Number.isFinite(scale)) return scale
  if (typeof scale !== 'string') {
    target.wrong('scale', 'a number or an expression over the fields of a sample')
    return undefined
  }
  try {
    const expression = parseExpression(scale, FIELDS)
    const [meter] = expression.meters
    if (meter === undefined) return (sample) => expression.evaluate(sample as unknown as Scope)
    target.error(
      'scale',
      `target.scale: $(${meter}) is for arithmetic; here are only the fields of one sample`,
    )
  } catch (error) {
    if (!(error instanceof ExpressionFault)) throw error
    target.error('scale', `target.scale, column ${error.column}: ${error.message}`)
  }
  return undefined
}
