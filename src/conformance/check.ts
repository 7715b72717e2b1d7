import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Driver, DriverListener, Features, ListenOptions, Route, Subscription } from '../core/driver.js'
import { describeError } from '../core/errors.js'
import type { IncomingMessage } from '../core/message.js'

/** One behaviour of a driver: a sentence, and what shows it. */
export interface Check {
  readonly name: string
  /** Only for drivers with all of these features. */
  readonly needs?: readonly (keyof Features)[]
  /** Only for drivers without this feature: shows that it refuses. */
  readonly refuses?: keyof Features
  /** Only where the author can cut the link. */
  readonly breaksLink?: true
  run(check: CheckContext): Promise<void>
}

/** Names that a check used, for authors who remove from their broker what it left. */
export interface UsedNames {
  readonly exchanges: readonly string[]
  readonly topics: readonly string[]
  readonly pools: readonly string[]
}

export interface CheckSettings {
  readonly open: () => Driver | Promise<Driver>
  readonly features: Features
  readonly breakLink: ((driver: Driver) => void | Promise<void>) | undefined
  readonly maxBodySize: number | undefined
  readonly timeout: number
  readonly quiet: number
}

export interface InboxOptions extends Partial<ListenOptions> {
  /** What becomes of each message: acknowledged (default), kept unsettled, or as the function does. */
  readonly settle?: 'acknowledge' | 'keep' | ((message: IncomingMessage, index: number) => void)
}

/** What one check works with: drivers of one broker, names nobody else uses, and waiting for conditions. */
export class CheckContext {
  readonly settings: CheckSettings
  readonly #drivers: Driver[] = []
  readonly #exchanges: string[] = []
  readonly #topics: string[] = []
  readonly #pools: string[] = []

  constructor(settings: CheckSettings) {
    this.settings = settings
  }

  get used(): UsedNames {
    return { exchanges: this.#exchanges, topics: this.#topics, pools: this.#pools }
  }

  /** A further client of the broker. Cleaned up after the check. */
  async driver(): Promise<Driver> {
    const driver = await this.settings.open()
    this.#drivers.push(driver)
    return driver
  }

  /** A route on an exchange and topic of its own. */
  route(
    mode: Route['mode'] = 'shared',
    fixed: { readonly exchange?: string; readonly topic?: string } = {},
  ): Route {
    const exchange = fixed.exchange ?? unique('exchange')
    const topic = fixed.topic ?? unique('topic')
    this.#exchanges.push(exchange)
    this.#topics.push(topic)
    return { exchange, topic, mode }
  }

  pool(): string {
    const pool = unique('pool')
    this.#pools.push(pool)
    return pool
  }

  async inbox(
    driver: Driver,
    subscriptions: Subscription | readonly Subscription[],
    options: InboxOptions = {},
  ): Promise<Inbox> {
    const inbox = new Inbox(this, options.settle ?? 'acknowledge')
    const { settle: _, ...listenOptions } = options
    const list = Array.isArray(subscriptions) ? subscriptions : [subscriptions]
    const listening = driver.listen(
      list as readonly Subscription[],
      { credit: 10, deadLetter: false, ...listenOptions },
      inbox.onIncoming,
    )
    inbox.listener = await this.inTime(listening, 'listen() to resolve')
    return inbox
  }

  /** Resolves when `condition` holds; rejects after the suite's timeout, saying what did not come. */
  async until(condition: () => boolean | Promise<boolean>, what: string | (() => string)): Promise<void> {
    const end = Date.now() + this.settings.timeout
    while (!(await condition())) {
      if (Date.now() > end) {
        assert.fail(`waited ${this.settings.timeout} ms for ${typeof what === 'string' ? what : what()}`)
      }
      await sleep(2)
    }
  }

  /** `promise`, but rejects when it takes longer than the suite's timeout. */
  async inTime<T>(promise: Promise<T>, what: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      const error = new assert.AssertionError({ message: `waited ${this.settings.timeout} ms for ${what}` })
      timer = setTimeout(() => reject(error), this.settings.timeout)
    })
    try {
      return await Promise.race([promise, late])
    } finally {
      clearTimeout(timer)
    }
  }

  /** Time in which something that must not come would have come. */
  async quiet(): Promise<void> {
    await sleep(this.settings.quiet)
  }

  async rejects(
    promise: Promise<unknown>,
    kind: abstract new (...args: never[]) => Error,
    what: string,
  ): Promise<Error> {
    const outcome = await this.inTime(
      promise.then(
        () => undefined,
        (error: unknown) => error,
      ),
      `${what} to reject`,
    )
    assert.ok(outcome !== undefined, `${what} resolved; it rejects with ${kind.name}`)
    // By name too: the suite and the driver may have come by different doors of the package.
    const name = outcome instanceof Error ? outcome.name : typeof outcome
    assert.ok(
      outcome instanceof kind || name === kind.name,
      `${what} rejects with ${kind.name}; found ${name}: ${describeError(outcome)}`,
    )
    return outcome as Error
  }

  /** Cleans up every driver the check opened. */
  async end(): Promise<void> {
    await this.inTime(Promise.all(this.#drivers.map((driver) => driver.cleanup())), 'cleanup() to resolve')
  }
}

/** What a listener has received. */
export class Inbox {
  readonly messages: IncomingMessage[] = []
  /** Bodies as text, copied when they came. */
  readonly texts: string[] = []
  /** Set when the listen has resolved. */
  listener!: DriverListener
  readonly #check: CheckContext
  readonly #settle: NonNullable<InboxOptions['settle']>

  constructor(check: CheckContext, settle: NonNullable<InboxOptions['settle']>) {
    this.#check = check
    this.#settle = settle
  }

  readonly onIncoming = (message: IncomingMessage): void => {
    const index = this.messages.push(message) - 1
    this.texts.push(textOf(message.body))
    if (this.#settle === 'acknowledge') message.acknowledge()
    else if (this.#settle !== 'keep') this.#settle(message, index)
  }

  get count(): number {
    return this.messages.length
  }

  /** The first `count` messages, when they have come. */
  async upTo(count: number): Promise<readonly IncomingMessage[]> {
    await this.#check.until(
      () => this.count >= count,
      () => `${count} messages; ${this.count} came: ${this.texts.slice(0, 20).join(', ')}`,
    )
    return this.messages.slice(0, count)
  }

  /** The message at `index`, when it has come. */
  async message(index: number): Promise<IncomingMessage> {
    await this.upTo(index + 1)
    return this.messages[index] as IncomingMessage
  }

  /** Fails when, after a while, not exactly `count` messages have come. */
  async exactly(count: number): Promise<void> {
    await this.upTo(count)
    await this.#check.quiet()
    assert.equal(
      this.count,
      count,
      `${count} messages and no more; found ${this.texts.slice(0, 20).join(', ')}`,
    )
  }
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function textOf(body: Uint8Array): string {
  return new TextDecoder().decode(body)
}

/** `name 0`, `name 1` ... */
export function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name} ${index}`)
}

export function sorted(texts: Iterable<string>): string[] {
  return [...texts].sort()
}

function unique(kind: string): string {
  return `conformance-${kind}-${randomUUID()}`
}
