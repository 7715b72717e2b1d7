/** Finds a Python with oslo.messaging for the interoperability tests, or installs it. */

import { aptInstall, canUseApt } from './apt.mjs'
import { Advice, say, succeeds } from './step.mjs'

const PACKAGE = 'python3-oslo.messaging'

/**
 * In this order: the interpreter named by TOCSIN_TEST_PYTHON (`none`: no Python at all); the system's; the first on the PATH; the
 * system's after `apt-get install`, as root.
 * @returns {Promise<string | undefined>} the interpreter, or `undefined` when none was asked for.
 * @throws {Advice} when there is none.
 */
export async function bringPython() {
  const given = process.env.TOCSIN_TEST_PYTHON
  if (given === 'none') return undefined
  const found = (given ? [given] : ['/usr/bin/python3', 'python3']).find(hasOslo)
  if (found !== undefined) {
    say(`oslo.messaging: the one of ${found}`)
    return found
  }
  if (given) throw new Advice(`TOCSIN_TEST_PYTHON=${given} can not import oslo_messaging`)
  if (canUseApt()) {
    await aptInstall(PACKAGE)
    if (hasOslo('/usr/bin/python3')) return '/usr/bin/python3'
  }
  throw new Advice(`The tests against the real oslo.messaging need it and found none. One of these helps:
  - apt-get install ${PACKAGE} (as root)
  - TOCSIN_TEST_PYTHON=/path/to/python npm test, an interpreter that can import oslo_messaging
  - TOCSIN_TEST_PYTHON=none npm test, which leaves test/interop out`)
}

const hasOslo = (python) => succeeds(python, ['-c', 'import oslo_messaging'], { timeout: 60_000 })
