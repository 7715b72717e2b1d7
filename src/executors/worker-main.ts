/**
 * What runs in each thread of executor `worker-pool`: loads the endpoints' modules, once, and makes the calls it is sent. Loaded by the
 * pool, never imported.
 */
import { MessageChannel, parentPort, threadId, workerData } from 'node:worker_threads'

import { runWithNotification } from '../core/context.js'
import { isThenable } from '../core/thenable.js'
import { type LoadedEndpoint, loadEndpoint } from './load-endpoint.js'
import { CallSignals } from './worker-signals.js'
import {
  type Pack,
  packError,
  packResult,
  type ThreadMessage,
  type WireCall,
  type WireData,
  type WireEndpoint,
  type WireResult,
} from './worker-wire.js'

/** How long a thread whose modules don't load stays, so that its replacement does not come in a hot loop. */
const FAILED_THREAD_STAYS_MS = 1_000

/**
 * While a pack goes on, results are told when as many calls are left: what comes for them is here before the thread is idle. Not more often
 * than this, in milliseconds, as a message costs both sides some 20 us.
 */
const TELL_AT_MOST_EVERY_MS = 0.25
/** And at least so often, for those whose results wait behind a slow call. */
const TELL_EVERY_MS = 5

const { context } = workerData as WireData
const signals = new CallSignals(workerData as WireData)
const { port1: port, port2: theirs } = new MessageChannel()
/** That have not been told. */
let results: WireResult[] = []
let lastTold = 0
/** Calls that have come and not ended. */
let inHand = 0
let isMaking = false
let isTellingSoon = false

// Behind the pool's own message that this thread is there: what comes before that message counts as a pool that can't start.
setImmediate(() => void loadAll())

/** The pool calls it where it wants no more than a thread. */
export default function nothing(): void {}

/** Never rejects; stays pending when a module does not load: then it has said so, and the thread ends. */
async function loadAll(): Promise<void> {
  const endpoints = await Promise.all((workerData as WireData).endpoints.map(loadOrEnd))
  port.on('message', (pack: Pack) => {
    if ('abort' in pack) signals.abort(pack.abort)
    else makeCalls(pack, endpoints)
  })
  tell({ tocsin: 'loaded', thread: threadId, port: theirs })
}

function tell(message: ThreadMessage): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows
  parentPort?.postMessage(message, message.tocsin === 'loaded' ? [message.port] : [])
}

async function loadOrEnd(endpoint: WireEndpoint): Promise<LoadedEndpoint> {
  try {
    return await loadEndpoint(endpoint)
  } catch (error) {
    tell({ tocsin: 'failed', thread: threadId, url: endpoint.url, error: packError(error) })
    setTimeout(() => process.exit(1), FAILED_THREAD_STAYS_MS)
    return new Promise(() => {})
  }
}

/** Never throws. Results of synchronous calls are told together, at the latest when it returns. */
function makeCalls(pack: readonly WireCall[], endpoints: readonly LoadedEndpoint[]): void {
  inHand += pack.length
  isMaking = true
  lastTold = performance.now()
  let left = pack.length
  for (const call of pack) {
    makeCall(call, endpoints)
    left--
    if (results.length > 0 && left > 0) tellInTime(left)
  }
  isMaking = false
  tellResults()
}

function tellInTime(left: number): void {
  const elapsed = performance.now() - lastTold
  if (elapsed >= (results.length >= left ? TELL_AT_MOST_EVERY_MS : TELL_EVERY_MS)) tellResults()
}

function tellResults(): void {
  isTellingSoon = false
  if (results.length === 0) return
  const told = results
  results = []
  lastTold = performance.now()
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows
  port.postMessage(told)
}

/** The results of one turn of the event loop are told together, so that a slow call holds nobody's slot but its own. */
function end(id: number, result: WireResult): void {
  signals.end(id)
  results.push(result)
  inHand--
  if (isMaking || isTellingSoon) return
  if (inHand === 0) {
    tellResults()
    return
  }
  isTellingSoon = true
  setImmediate(tellResults)
}

/** Makes one call and ends it once, before it returns when the endpoint is synchronous. Never throws. */
function makeCall([id, index, method, args]: WireCall, endpoints: readonly LoadedEndpoint[]): void {
  const threw = (error: unknown): void => end(id, [id, 'error', packError(error)])
  try {
    const endpoint = endpoints[index] as LoadedEndpoint
    const call = endpoint[method]
    // A priority that the module does not want.
    if (typeof call !== 'function') return end(id, id)
    const subject = subjectOf(method, args)
    signals.add(id, metadataOf(args))
    const returned: unknown = runWithNotification(subject, context, () => Reflect.apply(call, endpoint, args))
    if (!isThenable(returned)) return end(id, packResult(id, returned, args))
    // Not its own `then`, which might settle twice.
    Promise.resolve(returned).then((value) => end(id, packResult(id, value, args)), threw)
  } catch (error) {
    threw(error)
  }
}

/** What `currentNotification()` or `currentBatch()` returns in the call. */
function subjectOf(priority: string, args: readonly unknown[]): unknown {
  if (isBatch(args)) return args[0]
  const [ctxt, publisherId, eventType, payload, metadata] = args
  return { priority, ctxt, publisherId, eventType, payload, metadata }
}

function metadataOf(args: readonly unknown[]): readonly unknown[] {
  return isBatch(args) ? args[0].map(({ metadata }) => metadata) : [args[4]]
}

function isBatch(args: readonly unknown[]): args is readonly [readonly { readonly metadata: unknown }[]] {
  return args.length === 1 && Array.isArray(args[0])
}
