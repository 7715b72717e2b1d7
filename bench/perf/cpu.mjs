/** CPU time as Linux accounts it, in steps of 10 ms; all results in microseconds. */

import { readFileSync } from 'node:fs'

const JIFFY = 10_000

/** Of a process with all its threads. 0 where there is none. */
export function cpuOf(pid) {
  if (pid === undefined) return 0
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name, in brackets, may have spaces.
  const [, , , , , , , , , , , user, system] = text.slice(text.lastIndexOf(')') + 1).split(' ')
  return (Number(user) + Number(system)) * JIFFY
}

/** Of all processors: at work for processes, and taken away by the host. */
export function cpuOfMachine() {
  const [, user, nice, system, , , , , steal] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]
    .split(/ +/)
  return {
    busy: (Number(user) + Number(nice) + Number(system)) * JIFFY,
    stolen: Number(steal) * JIFFY,
  }
}
