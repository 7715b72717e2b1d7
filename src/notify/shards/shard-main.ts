/**
 * What runs in the thread of a shard: the endpoints' modules, a transport of its own, and a listener like any other. Loaded by
 * ./thread.ts, never imported.
 */
import { parentPort, workerData } from 'node:worker_threads'

import type { Logger } from '../../core/logger.js'
import { Target } from '../../core/target.js'
import { loadEndpoint } from '../../executors/load-endpoint.js'
import { packError } from '../../executors/worker-wire.js'
import { getTransport, type Transport } from '../../transport.js'
import { type FilterRule, NotificationFilter } from '../filter.js'
import {
  getBatchNotificationListener,
  getNotificationListener,
  type NotificationListener,
} from '../listener.js'
import {
  type LogLevel,
  packDetails,
  type ShardCommand,
  type ShardEndpoint,
  type ShardOrder,
  type ShardReport,
  type WireRule,
} from './wire.js'

/** How often the numbers are told, where they changed. */
const TELL_COUNTS_EVERY_MS = 100

const order = workerData as ShardOrder
let transport: Transport | undefined
let listener: NotificationListener | undefined
let told = ''

function tell(report: ShardReport): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows
  parentPort?.postMessage(report)
}

const logTo =
  (level: LogLevel): Logger['info'] =>
  (message, details) =>
    tell({ tocsin: 'log', level, message, details: details === undefined ? undefined : packDetails(details) })

const logger: Logger = {
  debug: logTo('debug'),
  info: logTo('info'),
  warn: logTo('warn'),
  error: logTo('error'),
}

function tellCounts(): void {
  if (listener === undefined) return
  const { state, shards: _, ...counts } = listener.stats()
  const text = JSON.stringify([state, counts])
  if (text === told) return
  told = text
  tell({ tocsin: 'counts', counts: { ...counts, isLive: state !== 'restoring' } })
}

/** What the listener calls. A priority that the module has no method for counts as handled, as with executor `worker-pool`. */
async function endpointOf(wanted: ShardEndpoint): Promise<object> {
  const loaded = await loadEndpoint(wanted)
  const endpoint: Record<string, unknown> = { name: wanted.name, filterRule: ruleOf(wanted.rule) }
  for (const method of wanted.methods) {
    const call = loaded[method]
    endpoint[method] = typeof call === 'function' ? call.bind(loaded) : () => undefined
  }
  return endpoint
}

function ruleOf(rule: WireRule | null): FilterRule | null {
  if (rule === null) return null
  return rule.kind === 'globs' ? rule.globs : new NotificationFilter(rule.fields)
}

/** Undefined = it has said why, and this thread is of no use. Never rejects. */
async function endpointsOrNone(): Promise<readonly object[] | undefined> {
  const made: object[] = []
  for (const endpoint of order.endpoints) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- in the order of the list: one module may prepare what the next needs
      made.push(await endpointOf(endpoint))
    } catch (error) {
      tell({ tocsin: 'failed', module: endpoint.url, error: packError(error) })
      return undefined
    }
  }
  return made
}

async function begin(): Promise<void> {
  const endpoints = await endpointsOrNone()
  if (endpoints === undefined) return
  tell({ tocsin: 'loaded' })
  try {
    transport = getTransport(order.url, { ...order.transport, logger })
    const targets = order.targets.map((target) => new Target(target))
    listener =
      order.kind === 'batch'
        ? getBatchNotificationListener(transport, targets, endpoints, order.options)
        : getNotificationListener(transport, targets, endpoints, order.options)
    listener.on('restored', () => tell({ tocsin: 'restored' }))
    listener.on('error', (error, about) => tell({ tocsin: 'error', error: packError(error), about }))
    await listener.start(order.startTimeout === undefined ? {} : { timeout: order.startTimeout })
    setInterval(tellCounts, TELL_COUNTS_EVERY_MS).unref()
    tellCounts()
    tell({ tocsin: 'started' })
  } catch (error) {
    tell({ tocsin: 'failed', error: packError(error) })
  }
}

async function stop(): Promise<void> {
  await listener?.stop()
  tellCounts()
  tell({ tocsin: 'stopped' })
}

async function end(timeout: number): Promise<void> {
  try {
    await listener?.wait({ timeout })
    await transport?.cleanup()
  } catch (error) {
    logger.error('a shard did not end in order; the broker gives its messages to others', { error })
  }
  tellCounts()
  tell({ tocsin: 'ended' })
}

// Neither rejects but for a bug of ours; that ends this thread, and is told, as any uncaught exception.
parentPort?.on('message', (command: ShardCommand) => {
  void (command.do === 'stop' ? stop() : end(command.timeout))
})
void begin()
