/** A process of its own for one contender: does one job once, says what it took, and ends. The order is its argument, as JSON. */

import { setTimeout as sleep } from 'node:timers/promises'

import { Meter } from './meter.mjs'

const CLOSE_TIMEOUT = 10_000

const order = JSON.parse(process.argv[2])
const { prepare } = await import(`./jobs/${order.job}.mjs`)
const meter = new Meter(order)
const job = await prepare(order, meter)
const more = await job.run()
process.stdout.write(`@figures ${JSON.stringify({ ...meter.figures, ...more })}\n`)
// What is not acknowledged by then is found in the queue by who ordered this.
await Promise.race([job.close(), sleep(CLOSE_TIMEOUT, undefined, { ref: false })])
process.exit(0)
