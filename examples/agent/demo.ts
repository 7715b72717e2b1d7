/**
 * The agent, end to end and alone: a day of a small cloud through memory://, meters and events of it, a sink that is down at first, and a table at the
 * end. `npm run demo:agent`; with `-- --stay` its status can be looked at until Ctrl-C.
 */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

import { getTransport, Notifier, silentLogger } from 'tocsin'
import { NotificationAgent } from 'tocsin/agent'

import { Ledger, registerLedger } from './demo/ledger.js'
import { day } from './demo/traffic.js'

const BROKER = 'memory://demo-agent'
const ledger = new Ledger()
registerLedger(ledger)

await using agent = new NotificationAgent(
  {
    messaging: { urls: BROKER, batchSize: 50, batchTimeout: 50, retry: { limit: 10, delay: 50, backoff: 1 } },
    // Handlers of old by name; meter definitions would come from files, or in place as here.
    handlers: ['metrics'],
    meters: {
      definitions: {
        metric: [
          {
            name: 'instance.booting.time',
            event_type: String.raw`compute\.instance\.create\.end`,
            type: 'gauge',
            unit: 'sec',
            volume: { fields: ['$.payload.created_at', '$.payload.launched_at'], plugin: 'timedelta' },
            resource_id: '$.payload.instance_id',
            project_id: '$.payload.tenant_id',
          },
        ],
      },
    },
    events: {
      definitions: [
        {
          event_type: 'compute.instance.*',
          traits: {
            instance_id: { fields: 'payload.instance_id' },
            memory_mb: { type: 'int', fields: 'payload.memory_mb' },
            state: { fields: 'payload.state' },
          },
        },
      ],
    },
    pipeline: {
      sources: [{ name: 'all', meters: ['*'], sinks: ['ledger'] }],
      sinks: [{ name: 'ledger', publishers: ['ledger://'] }],
    },
    eventPipeline: {
      sources: [{ name: 'all', events: ['*'], sinks: ['ledger'] }],
      sinks: [{ name: 'ledger', publishers: ['ledger://'] }],
    },
    status: { port: 0 },
    watch: false,
  },
  { logger: silentLogger },
)
await agent.start()

await using transport = getTransport(BROKER)
let sent = 0
for (const { priority, exchange, publisherId, ctxt, eventType, payload } of day()) {
  await new Notifier(transport, { publisherId, exchange })[priority](ctxt, eventType, payload)
  sent += 1
}
console.log(`${sent} notifications of a day of a small cloud\n`)

// What the ledger refused at first comes back 50 ms later: when nothing new has come for long, all is there.
for (let before = -1; before !== ledger.samples; ) {
  before = ledger.samples
  await sleep(500)
}

console.log(`${ledger.meterTable()}\n\n${ledger.eventTable()}\n`)
const { counters } = agent.status()
console.log(
  `${ledger.samples} samples and ${ledger.events} events are in the ledger; ` +
    `${counters['retried']?.['endpoint="samples"'] ?? 0} notifications had to come again, ` +
    `${counters['dead']?.['endpoint="samples"'] ?? 0} are dead letters`,
)

if (process.argv.includes('--stay')) {
  console.log(
    `\nthe live page is at ${agent.statusUrl}/, metrics at ${agent.statusUrl}/metrics; Ctrl-C ends it`,
  )
  await once(process, 'SIGINT')
}
