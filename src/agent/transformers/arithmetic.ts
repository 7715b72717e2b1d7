import type { Sample, SampleType } from '../sample.js'
import { typeOf } from './conversion.js'
import { derived } from './derived.js'
import { type Expression, parseExpression } from './expression.js'
import { ExpressionFault } from './expression-tokens.js'
import type { Parameters } from './parameters.js'
import { Recent } from './recent.js'
import { type Transformer, type TransformerContext, TransformFailure } from './transformer.js'

/** The latest sample of each meter of one resource, with no other keys. */
type Meters = Record<string, Sample>

/**
 * Reckons with several meters of one resource: `target.expr` refers to them as `$(meter.name)` (its volume) or `$(meter.name).resource_metadata.x`. At the flush
 * after all of them have come it gives one sample, like the first meter of the expression but for `target` and the latest time, and forgets them. The
 * samples themselves end here, those of other meters too.
 * source: ceilometer/transformer/arithmetic.py of 2016, which takes the time of the latest sample of any resource
 */
export function arithmetic(parameters: Parameters, context: TransformerContext): Transformer {
  const target = parameters.map('target')
  const expression = expressionOf(target)
  const changes = { name: target.text('name'), unit: target.text('unit'), type: typeOf(target) }
  const cache = new Recent<Meters>(parameters, context)
  parameters.finish()
  return new Arithmetic(expression, changes, cache, context)
}

interface Changes {
  readonly name: string | undefined
  readonly unit: string | undefined
  readonly type: SampleType | undefined
}

class Arithmetic implements Transformer {
  readonly #expression: Expression | undefined
  readonly #meters: ReadonlySet<string>
  readonly #changes: Changes
  readonly #cache: Recent<Meters>
  readonly #context: TransformerContext
  /** Resources of which all meters have come since the last flush. */
  readonly #ready = new Set<string>()

  constructor(
    expression: Expression | undefined,
    changes: Changes,
    cache: Recent<Meters>,
    context: TransformerContext,
  ) {
    this.#expression = expression
    this.#meters = new Set(expression?.meters)
    this.#changes = changes
    this.#cache = cache
    this.#context = context
  }

  get held(): number {
    return this.#cache.size
  }

  handle(sample: Sample): undefined {
    if (!this.#meters.has(sample.name)) {
      this.#context.drop('other-meter', sample)
      return undefined
    }
    const resource = sample.resource_id ?? ''
    const meters = this.#cache.get(resource) ?? (Object.create(null) as Meters)
    // Set anew, so that the latest is the last in order.
    delete meters[sample.name]
    meters[sample.name] = sample
    this.#cache.set(resource, meters)
    if (Object.keys(meters).length === this.#meters.size) this.#ready.add(resource)
    return undefined
  }

  flush(): readonly Sample[] {
    if (this.#ready.size === 0) return []
    const results: Sample[] = []
    for (const resource of this.#ready) {
      const meters = this.#cache.get(resource)
      const result = meters && this.#resultOf(meters)
      if (result !== undefined) results.push(result)
      this.#cache.delete(resource)
    }
    this.#ready.clear()
    return results
  }

  #resultOf(meters: Meters): Sample | undefined {
    const reference = meters[this.#expression?.meters[0] ?? '']
    const latest = Object.values(meters).at(-1)
    if (this.#expression === undefined || reference === undefined || latest === undefined) return undefined
    try {
      const { name = reference.name, unit = reference.unit, type = reference.type } = this.#changes
      const volume = this.#expression.evaluate(meters)
      return derived(reference, { name, unit, type, volume, timestamp: latest.timestamp })
    } catch (error) {
      if (!(error instanceof TransformFailure)) throw error
      this.#context.drop('no-result', reference)
      return undefined
    }
  }
}

function expressionOf(target: Parameters): Expression | undefined {
  const text = target.text('expr') ?? ''
  try {
    const expression = parseExpression(text, new Set())
    if (expression.meters.length > 0) return expression
    target.error('expr', 'target.expr must use at least one meter, written $(meter.name)')
  } catch (error) {
    if (!(error instanceof ExpressionFault)) throw error
    target.error('expr', `target.expr, column ${error.column}: ${error.message}`)
  }
  return undefined
}
