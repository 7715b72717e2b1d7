/** CPU time as Linux accounts it, in steps of 10 ms; all results in microseconds. */

import { readdirSync, readFileSync } from 'node:fs'

const JIFFY = 10_000
/** The parent of the threads of the kernel. */
const KERNEL = 2

/** Of a process with all its threads. 0 where there is none. */
export function cpuOf(pid) {
  if (pid === undefined) return 0
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name, in brackets, may have spaces.
  const [, , , , , , , , , , , user, system] = text.slice(text.lastIndexOf(')') + 1).split(' ')
  return (Number(user) + Number(system)) * JIFFY
}

/**
 * What others have of the processors, while our own processes are measured. Process by process: the sum that Linux has of all of them is
 * up to a fifth of a processor more than they are on some machines.
 */
export class Others {
  #own
  #before
  #since

  /** @param {readonly (number | undefined)[]} own process ids */
  constructor(own) {
    this.#own = new Set(own)
    this.#before = this.#now()
    this.#since = performance.now()
  }

  /** Processors they had since, what the host took away among it: 0.1 = a tenth of one. A process that ended in between counts with its parent. */
  get share() {
    const ms = performance.now() - this.#since
    let sum = 0
    for (const [pid, time] of this.#now()) sum += Math.max(0, time - (this.#before.get(pid) ?? 0))
    return (sum * JIFFY) / 1000 / ms
  }

  /** By process id, in steps; -1 is the host. */
  #now() {
    const stolen = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0].split(/ +/)[8]
    const times = new Map([[-1, Number(stolen)]])
    for (const pid of readdirSync('/proc').map(Number)) {
      if (Number.isNaN(pid) || this.#own.has(pid)) continue
      const time = timeOf(pid)
      if (time !== undefined) times.set(pid, time)
    }
    return times
  }
}

/** Its own and that of its children that have ended. None of threads of the kernel, which work for all. */
function timeOf(pid) {
  let text
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  const fields = text.slice(text.lastIndexOf(')') + 1).split(' ')
  const isOfKernel = pid === KERNEL || Number(fields[2]) === KERNEL
  return isOfKernel ? undefined : fields.slice(12, 16).reduce((sum, time) => sum + Number(time), 0)
}
