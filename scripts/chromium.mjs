/** Finds a Chromium for the test of the live page, or installs one. */

import { aptInstall, canUseApt } from './apt.mjs'
import { Advice, say, succeeds } from './step.mjs'

const PACKAGE = 'chromium'
const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/**
 * In this order: the program named by TOCSIN_TEST_CHROMIUM (`none`: no Chromium at all); the first that is installed; Debian's after
 * `apt-get install`, as root.
 * @returns {Promise<string | undefined>} the program, or `undefined` when none was asked for or none can be had: why is said, and one test
 * is no reason to run none.
 * @throws {Advice} when the one that was named does not run.
 */
export async function bringChromium() {
  const given = process.env.TOCSIN_TEST_CHROMIUM
  if (given === 'none') return undefined
  const found = (given ? [given] : NAMES).find(runs)
  if (found !== undefined) {
    say(`Chromium: ${found}`)
    return found
  }
  if (given) throw new Advice(`TOCSIN_TEST_CHROMIUM=${given} does not run: \`${given} --version\` fails`)
  if (canUseApt() && (await installed())) return PACKAGE
  say(`no Chromium is here, and none could be installed. One of these helps:
  - apt-get install ${PACKAGE} (as root)
  - TOCSIN_TEST_CHROMIUM=/path/to/chromium npm test, or a Chrome`)
  return undefined
}

/** Whether apt-get brought one that runs; where it has none, or no network, it has said so. */
async function installed() {
  try {
    await aptInstall(PACKAGE)
  } catch (error) {
    if (!(error instanceof Advice)) throw error
    say(error.message)
  }
  return runs(PACKAGE)
}

const runs = (program) => succeeds(program, ['--version'])
