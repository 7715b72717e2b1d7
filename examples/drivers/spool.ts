/**
 * A driver of your own, small but real: a folder per route, a file per message. `spool:///var/spool/orders` keeps what was sent until it is
 * acknowledged, whatever becomes of the processes that send and listen; they may be many, on one machine. It has no pools, no fanout, no
 * delays and no dead letters, says so, and refuses them.
 */
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import {
  ConfigurationError,
  createEmitter,
  type DeadLetters,
  type Driver,
  type DriverDependencies,
  type DriverEntry,
  type DriverEvents,
  type DriverListener,
  type EventSource,
  type Features,
  type Health,
  type IncomingMessage,
  type ListenerStats,
  type ListenOptions,
  type Marks,
  MessageDeliveryFailure,
  NotOpen,
  type RequeueOptions,
  type Route,
  type SendOptions,
  type Subscription,
  UnserializableMessage,
  UnsupportedFeature,
} from 'tocsin/driver'

export const spoolFeatures: Features = {
  requeue: true,
  pools: false,
  fanout: false,
  direct: false,
  ordered: true,
  delay: false,
  deadLetter: false,
}

const POLL_MS = 20

/** `registerDriver('spool', spoolDriverEntry)`, then `getTransport('spool:///path')`. */
export const spoolDriverEntry: DriverEntry = {
  create(url, dependencies) {
    if (!url.virtualHost) {
      throw new ConfigurationError('spool URL', ['wants a folder, as spool:///var/spool/orders; found none'])
    }
    return new SpoolDriver(join('/', url.virtualHost), dependencies)
  },
}

class SpoolDriver implements Driver {
  readonly events: EventSource<DriverEvents> = createEmitter<DriverEvents>()
  readonly #root: string
  readonly #maxBodySize: number
  readonly #listeners = new Set<SpoolListener>()
  #isClosed = false
  #sends = 0

  constructor(root: string, { maxBodySize }: DriverDependencies) {
    this.#root = root
    this.#maxBodySize = maxBodySize
  }

  features(): Features {
    return spoolFeatures
  }

  async send(route: Route, body: Uint8Array, { signal }: SendOptions = {}): Promise<void> {
    this.#check('send', route)
    if (body.byteLength > this.#maxBodySize)
      throw new UnserializableMessage('BODY_TOO_LARGE', `${body.byteLength} bytes are above maxBodySize`)
    if (signal?.aborted === true)
      throw new MessageDeliveryFailure('ABORTED', 'the signal of this send was aborted', {
        cause: signal.reason,
      })
    // Names sort in the order of sending; a file is there as a whole or not at all.
    const name = `${String(Date.now()).padStart(15, '0')}-${String(this.#sends++).padStart(9, '0')}-${randomUUID()}`
    try {
      store(this.#folder(route), name, { attempts: 0, finished: [] }, body)
    } catch (cause) {
      throw new MessageDeliveryFailure('SPOOL', `can't write to ${this.#root}`, { cause })
    }
  }

  async listen(
    subscriptions: readonly Subscription[],
    { credit, deadLetter }: ListenOptions,
    onIncoming: (message: IncomingMessage) => void,
  ): Promise<DriverListener> {
    for (const subscription of subscriptions) this.#check('listen', subscription)
    if (subscriptions.some(({ pool }) => pool !== undefined)) throw unsupported('pools')
    if (deadLetter) throw unsupported('deadLetter')
    const folders = new Set(subscriptions.map((subscription) => this.#folder(subscription)))
    const listener = new SpoolListener([...folders], credit, onIncoming)
    this.#listeners.add(listener)
    return listener
  }

  /** A send is done when it returns. */
  async flush(): Promise<void> {}

  health(): Health {
    return { state: this.#isClosed ? 'closed' : 'up', pendingSends: 0 }
  }

  deadLetters(): DeadLetters {
    const refuse = async (): Promise<never> => {
      throw unsupported('deadLetter')
    }
    return { list: refuse, replay: refuse, purge: refuse }
  }

  async cleanup(): Promise<void> {
    this.#isClosed = true
    for (const listener of this.#listeners) await listener.close()
  }

  #folder({ exchange, topic }: Route): string {
    const folder = join(this.#root, encodeURIComponent(exchange), encodeURIComponent(topic))
    mkdirSync(folder, { recursive: true })
    return folder
  }

  #check(verb: string, { mode }: Route): void {
    if (this.#isClosed)
      throw new NotOpen('NOT_OPEN', `${verb}: this driver was cleaned up; get another transport`)
    if (mode !== 'shared') throw unsupported(mode)
  }
}

function unsupported(feature: keyof Features): UnsupportedFeature {
  return new UnsupportedFeature(feature, `a spool has no ${feature}; leave it out, or use another transport`)
}

/** Looks into its folders every 20 ms and at each settle. */
class SpoolListener implements DriverListener {
  readonly #folders: readonly { readonly path: string; found: string[]; readonly inHand: Set<Taken> }[]
  readonly #credit: number
  readonly #onIncoming: (message: IncomingMessage) => void
  readonly #counters = { delivered: 0, acknowledged: 0, requeued: 0, rejected: 0, stale: 0 }
  readonly #timer: NodeJS.Timeout
  #isStopped = false

  constructor(folders: readonly string[], credit: number, onIncoming: (message: IncomingMessage) => void) {
    this.#folders = folders.map((path) => ({ path, found: [], inHand: new Set() }))
    this.#credit = credit
    this.#onIncoming = onIncoming
    for (const folder of folders) giveBackOfTheDead(folder)
    this.#timer = setInterval(() => this.#look(), POLL_MS)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#timer)
  }

  async close(): Promise<void> {
    await this.stop()
    for (const { inHand } of this.#folders) {
      for (const taken of inHand) taken.giveBack()
      inHand.clear()
    }
  }

  stats(): ListenerStats {
    return { ...this.#counters, unsettled: this.#folders.reduce((sum, { inHand }) => sum + inHand.size, 0) }
  }

  #look(): void {
    if (this.#isStopped) return
    for (const folder of this.#folders) {
      if (folder.found.length === 0)
        folder.found = readdirSync(folder.path)
          .filter((name) => name.endsWith('.msg'))
          .toSorted()
          .toReversed()
      while (this.#hasRoom(folder.inHand)) {
        const file = folder.found.pop()
        if (file === undefined) break
        const taken = Taken.claim(folder.path, file, (verb) => {
          this.#counters[verb] += 1
          if (verb === 'stale') return
          folder.inHand.delete(taken as Taken)
          setImmediate(() => this.#look())
        })
        if (taken === undefined) continue // Another process was faster.
        folder.inHand.add(taken)
        this.#counters.delivered += 1
        this.#hand(taken)
      }
    }
  }

  /** Asked at each message: the receiver may stop the listener while it is handed one. */
  #hasRoom(inHand: ReadonlySet<Taken>): boolean {
    return !this.#isStopped && inHand.size < this.#credit
  }

  #hand(taken: Taken): void {
    try {
      this.#onIncoming(taken)
    } catch {
      // By its contract it never throws; were it to, the other messages must not suffer.
    }
  }
}

type Verb = 'acknowledged' | 'requeued' | 'rejected' | 'stale'
type Header = Marks & { readonly attempts: number }

/** A message in hand: its file is called after the process that has it. */
class Taken implements IncomingMessage {
  readonly body: Uint8Array
  readonly attempts: number
  readonly marks: Marks
  readonly #folder: string
  readonly #name: string
  readonly #counts: (verb: Verb) => void
  #isSettled = false

  private constructor(folder: string, name: string, counts: (verb: Verb) => void) {
    const { header, body } = read(takenPath(folder, name))
    this.body = body
    this.attempts = header.attempts
    this.marks = header
    this.#folder = folder
    this.#name = name
    this.#counts = counts
  }

  static claim(folder: string, file: string, counts: (verb: Verb) => void): Taken | undefined {
    const name = file.slice(0, -'.msg'.length)
    try {
      renameSync(join(folder, file), takenPath(folder, name))
    } catch {
      return undefined
    }
    return new Taken(folder, name, counts)
  }

  get redelivered(): boolean {
    return this.attempts > 0
  }

  acknowledge(): boolean {
    return this.#settle('acknowledged', () => rmSync(takenPath(this.#folder, this.#name)))
  }

  requeue({ delay = 0, finished = [] }: RequeueOptions = {}): boolean {
    return delay === 0 && this.#settle('requeued', () => this.#putBack(finished))
  }

  reject(): boolean {
    return this.#settle('rejected', () => rmSync(takenPath(this.#folder, this.#name)))
  }

  giveBack(): void {
    this.#isSettled = true
    this.#putBack([])
  }

  #putBack(finished: readonly string[]): void {
    const { body } = read(takenPath(this.#folder, this.#name)) // What the receiver wrote into its copy is gone.
    const names = [...new Set([...this.marks.finished, ...finished])]
    store(this.#folder, this.#name, { attempts: this.attempts + 1, finished: names }, body)
    rmSync(takenPath(this.#folder, this.#name))
  }

  #settle(verb: Verb, act: () => void): boolean {
    if (this.#isSettled) {
      this.#counts('stale')
      return false
    }
    this.#isSettled = true
    try {
      act()
    } catch {
      return false // The file is still there, and comes again when this process has ended.
    } finally {
      this.#counts(verb)
    }
    return true
  }
}

function takenPath(folder: string, name: string): string {
  return join(folder, `${name}.taken-${process.pid}`)
}

/** A line of JSON, then the body. */
function store(folder: string, name: string, header: Header, body: Uint8Array): void {
  const draft = join(folder, `${name}.draft`)
  writeFileSync(draft, Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), body]))
  renameSync(draft, join(folder, `${name}.msg`))
}

function read(path: string): { readonly header: Header; readonly body: Uint8Array } {
  const bytes = readFileSync(path)
  const end = bytes.indexOf('\n')
  return {
    header: JSON.parse(bytes.toString('utf8', 0, end)) as Header,
    body: Uint8Array.from(bytes.subarray(end + 1)),
  }
}

/** What processes that are gone had in hand is there for others again. */
function giveBackOfTheDead(folder: string): void {
  for (const file of readdirSync(folder)) {
    const [, name, pid] = /^(.*)\.taken-(\d+)$/.exec(file) ?? []
    if (name === undefined || isAlive(Number(pid))) continue
    renameSync(join(folder, file), join(folder, `${name}.msg`))
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
