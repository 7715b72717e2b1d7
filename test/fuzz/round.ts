/** Some cases through the whole of a listener: driver, server, dispatcher, executor, endpoints and back to the driver's verbs. */
import { resetMemoryBrokers } from '../../src/drivers/memory/driver.js'
import type { MessagingException, Notification, NotificationListener } from '../../src/index.js'
import type { Case } from './bodies.js'
import { type CountingDriver, countingTransport } from './counting-driver.js'
import { type Ledger, textOf, type Violation } from './ledger.js'
import { Random } from './random.js'
import { listenerOf, mostAttempts, settingOf } from './setting.js'

/** Cases that share a listener. Part of what a seed means: another size makes other cases meet another listener. */
export const roundSize = 500

/** Above all real notifications, below what bombs and the deepest nesting become. */
const maxBodySize = 256 * 1024

/** Milliseconds. A round takes some ten; a body that takes more than the second is told as a fault. */
const hang = 20_000
const slow = 2_000

export interface RoundResult {
  readonly setting: string
  readonly violations: readonly Violation[]
  /** How the cases ended -> how many. A case that was requeued is counted once more for each time. */
  readonly outcomes: Readonly<Record<string, number>>
  readonly slowest: Ledger['slowest']
}

export async function runRound(
  seed: number,
  round: number,
  cases: readonly Case[],
  onDelivery?: (index: number) => void,
): Promise<RoundResult> {
  // Beyond the streams of the cases.
  const random = new Random(seed, -1 - round)
  const setting = settingOf(random)
  const name = `fuzz-${process.pid}-${seed}-${round}`
  const [transport, driver] = countingTransport(name, maxBodySize)
  const { ledger } = driver
  if (onDelivery !== undefined) ledger.onDelivery = onDelivery
  const codes: string[] = []
  const before = prototypes()
  try {
    const listener = listenerOf(transport, setting, random.next(), (notification) =>
      checkNotification(notification, ledger),
    )
    listener.on('error', (error) => codes.push(codeOf(error, ledger)))
    await listener.start()
    for (const each of cases) await driver.sendCase(each, transport.controlExchange)
    await settledInTime(ledger)
    await listener.stop()
    await listener.wait({ timeout: 1_000 })
    await checkBooks(listener, driver, cases.length)
    if (prototypes() !== before) ledger.broken(`a prototype was changed: ${before} became ${prototypes()}`)
    if (ledger.slowest.milliseconds > slow)
      ledger.broken(`took ${ledger.slowest.milliseconds.toFixed()} ms`, ledger.slowest.index)
    return {
      setting: setting.text,
      violations: ledger.violations,
      outcomes: outcomesOf(listener, ledger, codes),
      slowest: ledger.slowest,
    }
  } finally {
    await transport.cleanup()
    resetMemoryBrokers(name)
  }
}

async function settledInTime(ledger: Ledger): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      for (const index of ledger.pending.slice(0, 5)) ledger.broken(`not settled in ${hang} ms`, index)
      resolve()
    }, hang)
  })
  await Promise.race([ledger.allSettled(), late])
  clearTimeout(timer)
}

async function checkBooks(
  listener: NotificationListener,
  driver: CountingDriver,
  count: number,
): Promise<void> {
  const { ledger } = driver
  const stats = listener.stats()
  const equal = (what: string, found: number, wanted: number): void => {
    if (found !== wanted) ledger.broken(`${what}: ${found}, not ${wanted}; ${JSON.stringify(stats)}`)
  }
  equal('messages in hand', stats.inHand + stats.backlog + stats.driver.unsettled + ledger.open, 0)
  equal('cases settled for good', ledger.acknowledged + ledger.rejected, count)
  if (ledger.deliveries - stats.givenBack > mostAttempts * count)
    ledger.broken(`${ledger.deliveries} deliveries of ${count} cases`)
  equal('delivered, by the driver', stats.driver.delivered, ledger.deliveries)
  equal('received', stats.received, ledger.deliveries)
  equal('requeued, by the driver', stats.driver.requeued, ledger.requeued)
  equal('requeued', stats.requeued + stats.givenBack, ledger.requeued)
  equal('rejected, by the driver', stats.driver.rejected, ledger.rejected)
  equal('rejected', stats.rejected, ledger.rejected)
  equal('acknowledged, by the driver', stats.driver.acknowledged, ledger.acknowledged)
  equal('settled late', stats.driver.stale, 0)
  const { handled, unwanted, duplicates, unknownPriority, lost } = stats
  equal('acknowledged', handled + unwanted + duplicates + unknownPriority + lost, ledger.acknowledged)
  const kept = await listener.deadLetters().list({ limit: count })
  if (kept.length > 0) equal('dead letters', kept.length, ledger.rejected)
}

/** What must hold of whatever reaches an endpoint. */
function checkNotification({ ctxt, payload, metadata }: Notification, ledger: Ledger): void {
  if (({} as { polluted?: unknown }).polluted !== undefined) ledger.broken('Object.prototype is polluted')
  if (Object.getPrototypeOf(ctxt) !== Object.prototype) ledger.broken('a context has a foreign prototype')
  const prototype: unknown =
    typeof payload === 'object' && payload !== null ? Object.getPrototypeOf(payload) : null
  if (prototype !== null && prototype !== Object.prototype && prototype !== Array.prototype)
    ledger.broken('a payload has a foreign prototype')
  if (!(metadata.attempts >= 0)) ledger.broken(`attempts are ${metadata.attempts}`)
}

/** The names on the prototypes that all objects share. */
function prototypes(): string {
  return [Object.prototype, Array.prototype, String.prototype, Function.prototype]
    .map((prototype) => Reflect.ownKeys(prototype).map(String).join())
    .join(';')
}

function codeOf(error: MessagingException, ledger: Ledger): string {
  if (typeof error.code !== 'string' || typeof error.message !== 'string')
    ledger.broken(`an error event without code or text: ${textOf(error)}`)
  return error.code
}

function outcomesOf(
  listener: NotificationListener,
  ledger: Ledger,
  codes: readonly string[],
): Record<string, number> {
  const { handled, unwanted, duplicates, unknownPriority, lost, requeued } = listener.stats()
  const outcomes: Record<string, number> = {
    handled,
    'filtered out': unwanted,
    duplicate: duplicates,
    'unknown priority': unknownPriority,
    'acknowledged though not handled': lost,
    requeued,
  }
  for (const [reason, count] of ledger.reasons) outcomes[`rejected: ${reason}`] = count
  for (const code of codes) outcomes[`error ${code}`] = (outcomes[`error ${code}`] ?? 0) + 1
  return outcomes
}
