/** Who listens on a TCP port of this machine, by what Linux says in /proc. */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

const LISTEN = '0A'

/** Its process id; undefined where it can not be seen. */
export function listenerOf(port) {
  const sockets = new Set(['tcp', 'tcp6'].flatMap((table) => listening(table, port)))
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => linksOf(pid).some((link) => sockets.has(link)))
}

function listening(table, port) {
  return readFileSync(`/proc/net/${table}`, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === LISTEN && Number.parseInt(local.split(':')[1], 16) === port)
    .map((fields) => `socket:[${fields[9]}]`)
}

/** Of its open files; none where we may not look, or where it has just ended. */
function linksOf(pid) {
  const folder = `/proc/${pid}/fd`
  return orNothing(() => readdirSync(folder)).flatMap((name) =>
    // A file that was closed meanwhile, as the one that listed the folder.
    orNothing(() => [readlinkSync(`${folder}/${name}`)]),
  )
}

function orNothing(look) {
  try {
    return look()
  } catch (error) {
    if (['ENOENT', 'EACCES', 'EPERM', 'ESRCH'].includes(error.code)) return []
    throw error
  }
}
