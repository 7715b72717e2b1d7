/** What became of each notification that a case offered: the count by which it is proved that nothing is lost. */

export type Outcome = 'not-sent' | 'unknown'

export interface Count {
  readonly offered: number
  readonly confirmed: number
  /** Rejected: the broker does not have it. */
  readonly rejected: number
  /** Rejected: the broker may have it. */
  readonly unknown: number
  /** Handled at least once. */
  readonly handled: number
  /** Handlings beyond the first. */
  readonly duplicates: number
  /** In the dead-letter queue, and not handled. */
  readonly dead: number
  /** Confirmed, but neither handled nor in the dead-letter queue. */
  readonly lost: number
  /** Neither confirmed nor rejected. */
  readonly pending: number
  /** Longest of the times from the end of a fault until the first notification that was offered after it was handled, in milliseconds. */
  readonly recovery: number | undefined
}

interface Fate {
  state: 'pending' | 'confirmed' | Outcome
  handlings: number
  isDead: boolean
}

export class Ledger {
  readonly #fates: Fate[] = []
  readonly #counts = {
    confirmed: 0,
    rejected: 0,
    unknown: 0,
    handled: 0,
    duplicates: 0,
    dead: 0,
    missing: 0,
    settled: 0,
  }
  #recovery: number | undefined
  #faultEnd: { readonly at: number; readonly first: number } | undefined

  /** The number of one more notification. */
  offer(): number {
    return this.#fates.push({ state: 'pending', handlings: 0, isDead: false }) - 1
  }

  confirm(number: number): void {
    this.#settle(number, 'confirmed')
    this.#counts.confirmed += 1
  }

  reject(number: number, outcome: Outcome): void {
    this.#settle(number, outcome)
    this.#counts[outcome === 'unknown' ? 'unknown' : 'rejected'] += 1
  }

  /** An endpoint returned from it. */
  handle(number: number): void {
    const fate = this.#fate(number)
    this.#count(fate, () => {
      fate.handlings += 1
    })
    if (fate.handlings > 1) this.#counts.duplicates += 1
    const end = this.#faultEnd
    if (end === undefined || number < end.first) return
    this.#faultEnd = undefined
    this.#recovery = Math.max(this.#recovery ?? 0, Date.now() - end.at)
  }

  /** It was seen in the dead-letter queue. */
  bury(number: number): void {
    const fate = this.#fate(number)
    this.#count(fate, () => {
      fate.isDead = true
    })
  }

  /** From here on it is measured how long it takes until work goes on. */
  faultEnded(): void {
    this.#faultEnd ??= { at: Date.now(), first: this.#fates.length }
  }

  /** Whether something was handled that was offered after the last fault. */
  get isRecovered(): boolean {
    return this.#faultEnd === undefined
  }

  /** Offered and not settled yet. */
  get pending(): number {
    return this.#fates.length - this.#counts.settled
  }

  /** Confirmed, and not yet seen handled or dead. */
  get missing(): number {
    return this.#counts.missing
  }

  get handled(): number {
    return this.#counts.handled
  }

  get confirmed(): number {
    return this.#counts.confirmed
  }

  /** The first numbers of those missing, for the text of a failure. */
  missingNumbers(most = 10): number[] {
    const missing: number[] = []
    for (const [number, fate] of this.#fates.entries()) {
      if (isMissing(fate)) missing.push(number)
      if (missing.length === most) break
    }
    return missing
  }

  count(): Count {
    const { missing, settled: _, ...counts } = this.#counts
    return {
      offered: this.#fates.length,
      ...counts,
      lost: missing,
      pending: this.pending,
      recovery: this.#recovery,
    }
  }

  #fate(number: number): Fate {
    const fate = this.#fates[number]
    if (fate === undefined) throw new Error(`notification ${number} came, and was never offered`)
    return fate
  }

  #settle(number: number, state: Exclude<Fate['state'], 'pending'>): void {
    const fate = this.#fate(number)
    if (fate.state !== 'pending')
      throw new Error(`notification ${number} settled twice: ${fate.state}, ${state}`)
    this.#count(fate, () => {
      fate.state = state
    })
    this.#counts.settled += 1
  }

  #count(fate: Fate, change: () => void): void {
    const before = standing(fate)
    change()
    const after = standing(fate)
    for (const name of ['handled', 'dead', 'missing'] as const)
      this.#counts[name] += Number(after[name]) - Number(before[name])
  }
}

function standing(fate: Fate): { handled: boolean; dead: boolean; missing: boolean } {
  const handled = fate.handlings > 0
  return { handled, dead: fate.isDead && !handled, missing: isMissing(fate) }
}

function isMissing({ state, handlings, isDead }: Fate): boolean {
  return state === 'confirmed' && handlings === 0 && !isDead
}

/** Of several ledgers of one case. */
export function total(counts: readonly Count[]): Count {
  const sum = (name: Exclude<keyof Count, 'recovery'>): number =>
    counts.reduce((result, count) => result + count[name], 0)
  const recoveries = counts.flatMap(({ recovery }) => (recovery === undefined ? [] : [recovery]))
  return {
    offered: sum('offered'),
    confirmed: sum('confirmed'),
    rejected: sum('rejected'),
    unknown: sum('unknown'),
    handled: sum('handled'),
    duplicates: sum('duplicates'),
    dead: sum('dead'),
    lost: sum('lost'),
    pending: sum('pending'),
    recovery: recoveries.length === 0 ? undefined : Math.max(...recoveries),
  }
}
