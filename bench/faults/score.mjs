/** From what was written down to figures. */

/** A message that reaches a handler within this time after it was offered is served as if there were no fault. */
const PROMPT = 1_000
/** As long as all messages have to be served promptly until the fault counts as overcome. */
const STEADY = 2_000

/**
 * Milliseconds from `since` until everything works as before: from then on, for two seconds, each offered message reached a handler
 * within a second. `undefined` when that did not come.
 */
export function recoveryTime(ledger, since) {
  let start
  for (const [id, at] of ledger.offered) {
    if (at < since) continue
    const isPrompt = (ledger.started.get(id) ?? Infinity) - at <= PROMPT
    if (!isPrompt) start = undefined
    else start ??= at
    if (start !== undefined && at - start >= STEADY) return start - since
  }
  return undefined
}

/**
 * @param {import('../support/journal.mjs').Ledger} ledger
 * @param {{ since: number, takesMessages?: boolean, left: ReadonlySet<string> }} fault `left`: ids still in the queue at the end
 */
export function score(ledger, { since, takesMessages = false, left }) {
  const gone = ledger.missing.filter((id) => !left.has(id))
  const isInherent = (id) => takesMessages && ledger.offered.get(id) <= since
  return {
    offered: ledger.offered.size,
    confirmed: ledger.confirmed.size,
    rejected: ledger.rejected.size,
    unsettled: ledger.unsettled.length,
    handled: ledger.handled.size,
    /** Confirmed, handled by nobody, and not in the queue. */
    lost: gone.filter((id) => !isInherent(id)).length,
    /** The same, offered before the queue was deleted. */
    lostWithQueue: gone.filter(isInherent).length,
    /** Confirmed, and still in the queue when the time was over: the consumer is dead. */
    stuck: ledger.missing.length - gone.length,
    duplicates: ledger.duplicates,
    rejectedYetHandled: [...ledger.rejected.keys()].filter((id) => ledger.handled.has(id)).length,
    recoveryMs: recoveryTime(ledger, since) ?? null,
    peakRssMiB: Math.round(ledger.peak / 1024),
    rejections: Object.fromEntries([...ledger.errors].sort(([, one], [, other]) => other - one).slice(0, 8)),
  }
}
