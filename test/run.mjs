/**
 * `npm test`: installs what is missing, builds, brings a RabbitMQ, a Python with oslo.messaging and a Chromium, and runs jest, to which
 * it hands its arguments (`npm test -- test/notify`). CONTRIBUTING.md lists the environment variables. Node built-ins only: it runs first.
 */

import { bringBroker } from '../scripts/broker.mjs'
import { bringChromium } from '../scripts/chromium.mjs'
import { build, installWhatIsMissing } from '../scripts/prepare.mjs'
import { bringPython } from '../scripts/python.mjs'
import { findRabbitServer } from '../scripts/rabbit-node.mjs'
import { main, run, say, succeeds } from '../scripts/step.mjs'

/** Path patterns (jest's: regular expressions) of the tests that need something from outside. */
const NEED_BROKER = ['/test/drivers/rabbit/', '/test/interop/', '\\.rabbit\\.test\\.ts$']
const NEED_PYTHON = ['/test/interop/']
const NEED_CHROMIUM = ['/test/agent/service/page\\.test\\.ts$']
const NEED_SERVER = ['/test/security/tls\\.test\\.ts$']

/** jest does not end while a test has left something open; then it is ended, and that is a failure. */
const LIMIT = 20 * 60_000

await main(async () => {
  endOnSignals()
  await installWhatIsMissing()
  build()
  const broker = await bringBroker()
  try {
    const python = broker.url === undefined ? undefined : await bringPython()
    return await runJest(process.argv.slice(2), { url: broker.url, python, chromium: await bringChromium() })
  } finally {
    await broker.stop()
  }
})

async function runJest(args, { url, python, chromium }) {
  const missing = url ? missingForNodes() : []
  const left = [
    ...(url ? [] : NEED_BROKER),
    ...(python ? [] : NEED_PYTHON),
    ...(chromium ? [] : NEED_CHROMIUM),
    ...(url && missing.length === 0 ? [] : NEED_SERVER),
  ]
  if (!url) say('TOCSIN_TEST_BROKER=none: the tests that need a broker are NOT run')
  if (!python) say('the tests against the real oslo.messaging (test/interop) are NOT run')
  if (!chromium) say('the test of the live page in a Chromium (test/agent/service/page.test.ts) is NOT run')
  if (missing.length > 0)
    say(
      `the tests that start a RabbitMQ with TLS (test/security/tls.test.ts) are NOT run, for want of ${missing.join(' and ')}; apt-get install ${missing.join(' ')}`,
    )
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
      env: {
        ...(url && { TOCSIN_TEST_RABBIT_URL: url }),
        ...(python && { TOCSIN_TEST_PYTHON: python }),
        ...(chromium && { TOCSIN_TEST_CHROMIUM: chromium }),
      },
    },
  )
  if (left.length > 0) say(`left out, see above: ${[...new Set(left)].join(' ')}`)
  return code
}

/** What has to be installed for the tests that start brokers with settings of their own; a broker that answers is not enough. */
function missingForNodes() {
  return [
    ...(findRabbitServer() === undefined ? ['rabbitmq-server'] : []),
    ...(succeeds('openssl', ['version']) ? [] : ['openssl']),
  ]
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
