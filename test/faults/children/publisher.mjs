// Publishes until it is killed. Writes `o17` before and `c17` after the promise of notification 17 resolved. The one argument:
// PublisherOptions of support/child.ts, as JSON.
import { appendFileSync } from 'node:fs'

import { getTransport, Notifier } from '../../../dist/index.js'

const { url, exchange, topic, first, window, record } = JSON.parse(process.argv[2])

process.stdin
  .on('end', () => process.exit(9))
  .resume()
  .unref()

const notifier = new Notifier(getTransport(url), { publisherId: 'faults', topics: [topic], exchange })
let next = first

async function line() {
  for (;;) {
    const number = next++
    appendFileSync(record, `o${number}\n`)
    await notifier.info({}, 'faults.load', { number, padding: 'x'.repeat(100) })
    appendFileSync(record, `c${number}\n`)
  }
}

console.log('ready')
await Promise.all(Array.from({ length: window }, line))
