/**
 * `npm test`: installs what is missing, builds, brings a RabbitMQ and a Python with oslo.messaging, and runs jest, to which it hands
 * its arguments (`npm test -- test/notify`). CONTRIBUTING.md lists the environment variables. Node built-ins only: it runs first.
 */

import { bringBroker } from '../scripts/broker.mjs'
import { build, installWhatIsMissing } from '../scripts/prepare.mjs'
import { bringPython } from '../scripts/python.mjs'
import { main, run, say } from '../scripts/step.mjs'

/** Path patterns (jest's: regular expressions) of the tests that need something from outside. */
const NEED_BROKER = ['/test/drivers/rabbit/', '/test/interop/', '\\.rabbit\\.test\\.ts$']
const NEED_PYTHON = ['/test/interop/']

/** jest does not end while a test has left something open; then it is ended, and that is a failure. */
const LIMIT = 20 * 60_000

await main(async () => {
  endOnSignals()
  await installWhatIsMissing()
  build()
  const broker = await bringBroker()
  try {
    const python = broker.url === undefined ? undefined : await bringPython()
    return await runJest(process.argv.slice(2), { url: broker.url, python })
  } finally {
    await broker.stop()
  }
})

async function runJest(args, { url, python }) {
  const left = [...(url ? [] : NEED_BROKER), ...(python ? [] : NEED_PYTHON)]
  if (!url) say('TOCSIN_TEST_BROKER=none: the tests that need a broker are NOT run')
  if (!python) say('the tests against the real oslo.messaging (test/interop) are NOT run')
  const code = await run(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      'node_modules/jest/bin/jest.js',
      ...args,
      ...[...new Set(left)].map((pattern) => `--testPathIgnorePatterns=${pattern}`),
    ],
    {
      limit: LIMIT,
      env: { ...(url && { TOCSIN_TEST_RABBIT_URL: url }), ...(python && { TOCSIN_TEST_PYTHON: python }) },
    },
  )
  if (left.length > 0) say(`left out by request: ${[...new Set(left)].join(' ')}`)
  return code
}

/** An end by a signal is an end like others: what was started is stopped. */
function endOnSignals() {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ]) {
    process.once(signal, () => process.exit(code))
  }
}
