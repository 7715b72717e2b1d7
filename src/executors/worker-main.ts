/**
 * What runs in each thread of executor `worker-pool`: loads the endpoints' modules, once, and makes the calls it is sent. Loaded by the
 * pool, never imported.
 */
import { setMaxListeners } from 'node:events'
import { parentPort, threadId, workerData } from 'node:worker_threads'

import { runWithNotification } from '../core/context.js'
import { isThenable } from '../core/thenable.js'
import { type LoadedEndpoint, loadEndpoint } from './load-endpoint.js'
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

/** Results of synchronous calls are told this often while later calls of their pack go on. */
const TELL_EVERY_MS = 5

/** All notifications of this thread share it, unless the time of each call is limited. */
const drainDeadline = new AbortController()
setMaxListeners(0, drainDeadline.signal)
/** Of the calls that run, by id, where their time is limited. */
const limited = new Map<number, AbortController>()

let endpoints: readonly LoadedEndpoint[] | undefined
const loaded: Promise<void> = new Promise((resolve) => {
  // Behind the pool's own message that this thread is there: what comes before that message counts as a pool that can't start.
  setImmediate(() => void loadAll().then(resolve))
})

function tell(message: ThreadMessage): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows
  parentPort?.postMessage(message)
}

/** Never rejects; stays pending when a module does not load: then it has said so, and the thread ends. */
async function loadAll(): Promise<void> {
  endpoints = await Promise.all((workerData as WireData).endpoints.map(loadOrEnd))
  tell({ tocsin: 'loaded', thread: threadId })
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

/**
 * Makes the calls of one pack. Resolves with all their results; those of calls that end earlier than the slowest are told at the end of
 * their turn, so that a slow call holds nobody's slot but its own. Never rejects.
 */
export default function runPack(pack: Pack): unknown {
  if ('abort' in pack) return abort(pack.abort)
  // Sent to a thread only so that it is made.
  if (pack.length === 0) return []
  if (endpoints === undefined) return loaded.then(() => runPack(pack))
  const results: WireResult[] = []
  let whenAll: ((results: readonly WireResult[]) => void) | undefined
  let told = 0
  let telling = false
  const end = (result: WireResult): void => {
    results.push(result)
    if (results.length === pack.length) whenAll?.(results)
    else if (whenAll !== undefined && !telling) {
      telling = true
      setImmediate(tellEarly)
    }
  }
  const tellEarly = (): void => {
    telling = false
    if (results.length === pack.length || results.length === told) return
    tell({ tocsin: 'settled', results: results.slice(told) })
    told = results.length
  }
  let lastTold = performance.now()
  for (const call of pack) {
    makeCall(call, endpoints, end)
    if (performance.now() - lastTold < TELL_EVERY_MS) continue
    tellEarly()
    lastTold = performance.now()
  }
  if (results.length === pack.length) return results
  if (results.length > 0) {
    telling = true
    setImmediate(tellEarly)
  }
  return new Promise((resolve) => {
    whenAll = resolve
  })
}

function abort(calls: readonly (number | 'all')[]): void {
  if (calls.includes('all')) {
    drainDeadline.abort()
    for (const call of limited.values()) call.abort()
  }
  for (const id of calls) if (id !== 'all') limited.get(id)?.abort()
}

function signalOf(id: number): AbortSignal {
  if (!(workerData as WireData).isLimited) return drainDeadline.signal
  const call = new AbortController()
  setMaxListeners(0, call.signal)
  limited.set(id, call)
  return call.signal
}

/** Makes one call and ends it once, before it returns when the endpoint is synchronous. Never throws. */
function makeCall(
  [id, index, method, args]: WireCall,
  all: readonly LoadedEndpoint[],
  tellEnd: (result: WireResult) => void,
): void {
  const end = (result: WireResult): void => {
    limited.delete(id)
    tellEnd(result)
  }
  const threw = (error: unknown): void => end([id, 'error', packError(error)])
  try {
    const endpoint = all[index] as LoadedEndpoint
    const call = endpoint[method]
    // A priority that the module does not want.
    if (typeof call !== 'function') return end([id, 'value', undefined])
    const subject = subjectOf(method, args, signalOf(id))
    const returned: unknown = runWithNotification(subject, 'asked', () => Reflect.apply(call, endpoint, args))
    if (!isThenable(returned)) return end(packResult(id, returned, args))
    // Not its own `then`, which might settle twice.
    Promise.resolve(returned).then((value) => end(packResult(id, value, args)), threw)
  } catch (error) {
    threw(error)
  }
}

/** What `currentNotification()` or `currentBatch()` returns in the call; every notification gets its signal back. */
function subjectOf(priority: string, args: readonly unknown[], signal: AbortSignal): unknown {
  const [batch] = args
  if (args.length === 1 && Array.isArray(batch)) {
    for (const notification of batch) addSignal(notification.metadata, signal)
    return batch
  }
  const [ctxt, publisherId, eventType, payload, metadata] = args
  addSignal(metadata, signal)
  return { priority, ctxt, publisherId, eventType, payload, metadata }
}

function addSignal(metadata: unknown, signal: AbortSignal): void {
  if (typeof metadata === 'object' && metadata !== null) Object.assign(metadata, { signal })
}
