import { LIMITS } from './limits.js'
import type { Parameters } from './parameters.js'
import type { TransformerContext } from './transformer.js'

interface Remembered<V> {
  value: V
  /** Milliseconds since 1970 when it was last set. */
  at: number
}

/**
 * What was last heard, by key; bounded in number and in age by the parameters `cache_size` and `cache_age` (seconds). What goes is counted:
 * `evicted` for want of room, `expired` for its age.
 */
export class Recent<V> {
  readonly #entries = new Map<string, Remembered<V>>()
  readonly #size: number
  readonly #age: number
  readonly #context: TransformerContext

  constructor(parameters: Parameters, context: TransformerContext) {
    this.#context = context
    this.#size = positive(parameters, 'cache_size', LIMITS.resources)
    this.#age = positive(parameters, 'cache_age', LIMITS.age) * 1_000
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): V | undefined {
    const found = this.#entries.get(key)
    if (found === undefined || found.at >= this.#context.now() - this.#age) return found?.value
    this.#entries.delete(key)
    this.#context.count('expired')
    return undefined
  }

  /** The latest set is the last to go. */
  set(key: string, value: V): void {
    const at = this.#context.now()
    this.#entries.delete(key)
    this.#entries.set(key, { value, at })
    // The oldest are first: what is too old goes as new ones come, at most two for each so that no call is long.
    for (let turn = 0; turn < 2; turn += 1) {
      const oldest = this.#entries.entries().next().value
      if (oldest === undefined) return
      const [oldKey, { at: heard }] = oldest
      const expired = heard < at - this.#age
      if (!expired && this.#entries.size <= this.#size) return
      this.#entries.delete(oldKey)
      this.#context.count(expired ? 'expired' : 'evicted')
    }
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }
}

function positive(parameters: Parameters, key: string, usual: number): number {
  const value = parameters.number(key) ?? usual
  if (value > 0) return value
  parameters.wrong(key, 'more than 0')
  return usual
}
