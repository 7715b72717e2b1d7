/** A transport of your own: a driver for spool:// URLs, under the same notifiers and listeners as any other. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import {
  getNotificationListener,
  getTransport,
  NotificationResult,
  Notifier,
  registerDriver,
  Target,
  UnsupportedFeature,
} from 'tocsin'

import { spoolDriverEntry } from './drivers/spool.js'
import { until } from './support/until.js'

registerDriver('spool', spoolDriverEntry)
const folder = mkdtempSync(join(tmpdir(), 'tocsin-spool-'))
const target = new Target({ topic: 'orders' })

// One process sends, and is gone.
const sender = getTransport(`spool://${folder}`)
const notifier = new Notifier(sender, { publisherId: 'shop', topics: ['orders'] })
for (const order of [1, 2, 3]) await notifier.info({}, 'order.create', { order })
await sender.cleanup()

// Another listens later.
const transport = getTransport(`spool://${folder}`)
const listener = getNotificationListener(
  transport,
  [target],
  [
    {
      info(_ctxt, publisherId, eventType, payload, { attempts }) {
        console.log(`${eventType} from ${publisherId}: ${JSON.stringify(payload)}, attempt ${attempts + 1}`)
        return payload.order === 2 && attempts === 0 ? NotificationResult.REQUEUE : NotificationResult.HANDLED
      },
    },
  ],
  { concurrency: 1, allowRequeue: true },
)
await listener.start()
await until(() => listener.stats().handled === 3)

// What the driver has not is refused when the listener is made.
try {
  getNotificationListener(transport, [target], [{ info() {} }], { pool: 'billing' })
} catch (error) {
  if (error instanceof UnsupportedFeature) console.log(`refused: ${error.feature}`)
}

await listener.stop()
await listener.wait()
await transport.cleanup()
rmSync(folder, { recursive: true })
