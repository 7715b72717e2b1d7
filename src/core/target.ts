import { ConfigurationError } from './errors.js'
import { inspectAs } from './inspect.js'
import { describeValue } from './options.js'

/** The plain fields of a target. */
export interface TargetOptions {
  /** Where messages of this target are published. Default: the transport's `controlExchange`. */
  readonly exchange?: string | null
  /** What it is about, e.g. `notifications`. */
  readonly topic?: string | null
  readonly namespace?: string | null
  readonly version?: string | null
  readonly server?: string | null
  readonly fanout?: boolean | null
  readonly legacyNamespaces?: readonly (string | null)[] | null
}

/**
 * Says where messages go or come from. Notifiers and notification listeners need `topic`; `exchange` is optional; the other fields
 * belong to RPC. Immutable. The fields are not checked here: what a target needs depends on its use, and is checked there (InvalidTarget).
 * Throws ConfigurationError for what is no object, or whose `legacyNamespaces` are no list.
 * source: oslo_messaging/target.py
 */
export class Target {
  readonly exchange: string | null
  readonly topic: string | null
  readonly namespace: string | null
  readonly version: string | null
  readonly server: string | null
  readonly fanout: boolean | null
  /** `namespace` first, then the legacy ones; the null namespace when there is none. */
  readonly acceptedNamespaces: readonly (string | null)[]
  readonly #legacyNamespaces: readonly (string | null)[]

  constructor(options: TargetOptions = {}) {
    checkShape(options)
    this.exchange = options.exchange ?? null
    this.topic = options.topic ?? null
    this.namespace = options.namespace ?? null
    this.version = options.version ?? null
    this.server = options.server ?? null
    this.fanout = options.fanout ?? null
    this.#legacyNamespaces = Array.from(options.legacyNamespaces ?? [])
    this.acceptedNamespaces = [this.namespace, ...this.#legacyNamespaces]
    Object.freeze(this.acceptedNamespaces)
  }

  /** A copy with some fields replaced; an explicit null clears a field, an absent or undefined one is kept. */
  with(overrides: TargetOptions): Target {
    checkShape(overrides)
    const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined))
    return new Target({
      exchange: this.exchange,
      topic: this.topic,
      namespace: this.namespace,
      version: this.version,
      server: this.server,
      fanout: this.fanout,
      legacyNamespaces: this.#legacyNamespaces,
      ...given,
    })
  }

  /** Whether all fields are the same. Null and the empty string differ, as in the original. */
  equals(other: unknown): boolean {
    return (
      other instanceof Target &&
      this.exchange === other.exchange &&
      this.topic === other.topic &&
      this.namespace === other.namespace &&
      this.version === other.version &&
      this.server === other.server &&
      this.fanout === other.fanout &&
      this.acceptedNamespaces.length === other.acceptedNamespaces.length &&
      this.acceptedNamespaces.every((namespace, index) => namespace === other.acceptedNamespaces[index])
    )
  }

  /** `<Target exchange=nova, topic=notifications>`: the fields that are set, in a fixed order. */
  toString(): string {
    const fields = (['exchange', 'topic', 'namespace', 'version', 'server', 'fanout'] as const)
      .filter((field) => this[field])
      .map((field) => `${field}=${shown(this[field])}`)
    return `<Target ${fields.join(', ')}>`
  }
}

function checkShape(given: unknown): void {
  if (typeof given !== 'object' || given === null) {
    throw new ConfigurationError('Target', [
      `wants an object such as { topic: 'notifications' }; found ${describeValue(given)}`,
    ])
  }
  const { legacyNamespaces } = given as { readonly legacyNamespaces?: unknown }
  if (Array.isArray(legacyNamespaces ?? [])) return
  throw new ConfigurationError('Target', [
    `'legacyNamespaces' wants a list; found ${describeValue(legacyNamespaces)}`,
  ])
}

/** What is no text, for nothing is checked, may have none either. */
function shown(value: unknown): string {
  return typeof value === 'string' ? value : describeValue(value)
}

inspectAs(Target, String)
