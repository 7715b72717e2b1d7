/**
 * What a process does to be measured: the file of its name in jobs/ exports `prepare`.
 *
 * @typedef {object} Order
 * @property {string} job
 * @property {number} messages
 * @property {number} [warmUp] how many of them do not count: the first
 * @property {number} [ticks] of the meter, where not each message has one
 * @property {number} [broker] process id, for its CPU
 * @property {string} [library] of adapters/
 * @property {import('./adapter.mjs').Place} [place] of the library, where the job has a broker
 *   and what else the job is told
 *
 * @typedef {object} Job
 * @property {() => Promise<object | void>} run has the meter begin and end; resolves after it, with figures of its own
 * @property {() => Promise<void>} close
 *
 * @typedef {(order: Order, meter: import('./meter.mjs').Meter) => Promise<Job>} Prepare what is not measured
 */

/** Exact: the value that `part` of the sorted values do not exceed. */
export function percentile(sorted, part) {
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)]
}

/** Keeps `window` calls of `publish` under way until there were `total`. Resolves when all are confirmed. */
export function keepUnderWay(window, total, publish) {
  return new Promise((resolve, reject) => {
    let sent = 0
    let confirmed = 0
    const next = () => {
      sent += 1
      publish(done)
    }
    const done = (error) => {
      if (error) reject(error)
      confirmed += 1
      if (confirmed === total) resolve()
      else if (sent < total) next()
    }
    while (sent < Math.min(window, total)) next()
  })
}
