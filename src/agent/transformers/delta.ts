import type { Sample } from '../sample.js'
import { finite, subtract } from './amount.js'
import { derived } from './derived.js'
import { rewriteOf } from './mapping.js'
import type { Parameters } from './parameters.js'
import { Predecessors } from './predecessors.js'
import type { Transformer, TransformerContext } from './transformer.js'

/**
 * What was added since the sample before of the same meter and resource, as a sample of type delta. `growth_only` drops what is below 0.
 * source: ceilometer/transformer/conversions.py DeltaTransformer of 2016
 */
export function delta(parameters: Parameters, context: TransformerContext): Transformer {
  const [source, target] = [parameters.map('source'), parameters.map('target')]
  const name = target.text('name')
  const rewrite = rewriteOf(source, target, 'name')
  const growthOnly = parameters.flag('growth_only')
  const predecessors = new Predecessors(parameters, context)
  parameters.finish()
  return {
    get held() {
      return predecessors.size
    },
    handle(sample: Sample) {
      const step = predecessors.step(sample)
      if (step === undefined) return undefined
      const volume = finite(subtract(step.after, step.before))
      if (growthOnly && volume < 0) {
        context.drop('negative-delta', sample)
        return undefined
      }
      return derived(sample, { name: rewrite?.(sample.name) ?? name ?? sample.name, type: 'delta', volume })
    },
    flush: () => [],
  }
}
