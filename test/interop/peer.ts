/** The real Python oslo.messaging as the other side: one process (peer.py) for a test file, driven by JSON lines. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import type { Priority } from '../../src/notify/endpoint.js'
import { eventually } from './eventually.js'

/** A value that JSON has not, for peer.py to make: `{ $py: 'float', value: 'nan' }`. */
export interface PyValue {
  readonly $py: 'datetime' | 'uuid' | 'float' | 'int' | 'text'
  readonly value: unknown
}

export interface PyMessage {
  readonly priority: Priority
  readonly event_type: string
  readonly payload?: unknown
  readonly ctxt?: Readonly<Record<string, unknown>> | null
  /** `object`: a context class with to_dict(), from_dict() and redacted_copy(), as services have. Default: the dict itself. */
  readonly ctxt_kind?: 'object'
}

export interface PyNotify {
  readonly url: string
  readonly exchange: string
  readonly topics: readonly string[]
  readonly driver?: 'messaging' | 'messagingv2'
  readonly publisher_id?: string
  readonly messages: readonly PyMessage[]
}

/** The arguments of oslo.messaging's NotificationFilter. */
export interface PyFilter {
  readonly publisher_id?: string
  readonly event_type?: string
  readonly context?: Readonly<Record<string, string>>
  readonly metadata?: Readonly<Record<string, string>>
  readonly payload?: Readonly<Record<string, string>>
}

export interface PyEndpoint {
  readonly name?: string
  readonly priorities?: readonly Priority[]
  readonly filter?: PyFilter
  /** Event type (or `*`) -> what the endpoint does: for the first `times` calls per message, then it handles. `sleep` is seconds. */
  readonly on?: Readonly<
    Record<string, { then: 'handle' | 'requeue' | 'raise'; times?: number; sleep?: number }>
  >
}

export interface PyListen {
  readonly url: string
  readonly exchange: string
  readonly targets: readonly { readonly topic: string; readonly exchange?: string }[]
  readonly endpoints?: readonly PyEndpoint[]
  readonly pool?: string
  readonly allow_requeue?: boolean
  /** With either of these it is a batch listener. The timeout is in seconds. */
  readonly batch_size?: number
  readonly batch_timeout?: number
}

export interface PyNotification {
  readonly ctxt: Readonly<Record<string, unknown>>
  readonly publisher_id: string | null
  readonly event_type: string | null
  // biome-ignore lint: a test knows what it sent
  readonly payload: any
  readonly metadata: { readonly message_id: string; readonly timestamp: string }
}

/** One call of a Python endpoint: with `messages` when it is a batch endpoint. */
export interface PyCall extends PyNotification {
  readonly endpoint: string
  readonly priority: Priority
  readonly messages?: readonly PyNotification[]
}

interface LogLine {
  readonly level: string
  readonly text: string
}

interface Pending {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

/** A listener in the Python process. */
export class PythonListener {
  readonly calls: PyCall[] = []
  readonly #stop: () => Promise<void>
  #stopped: Promise<void> | undefined

  constructor(stop: () => Promise<void>) {
    this.#stop = stop
  }

  /** Resolves with all calls once there are at least `count`. */
  async heard(count: number): Promise<readonly PyCall[]> {
    await eventually(() => this.calls.length >= count, {
      what: () => `${count} calls of a Python endpoint; had ${this.calls.length}`,
    })
    return this.calls
  }

  /** Resolves when its endpoints have returned and its connection is closed. Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }
}

export class PythonPeer {
  /** What oslo.messaging logged as a warning or worse. */
  readonly logs: LogLine[] = []
  readonly #child: ChildProcessWithoutNullStreams
  readonly #exited: Promise<unknown>
  readonly #pending = new Map<number, Pending>()
  readonly #listeners = new Map<string, PythonListener>()
  #stderr = ''
  #ended: Error | undefined
  #lastId = 0

  constructor() {
    this.#child = spawn(process.env['TOCSIN_TEST_PYTHON'] ?? '/usr/bin/python3', [
      fileURLToPath(new URL('peer.py', import.meta.url)),
    ])
    this.#exited = once(this.#child, 'close')
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-10_000)
    })
    // Writing to a process that is gone: `close` tells why it went.
    this.#child.stdin.on('error', () => {})
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#read(line))
    void this.#exited.then(
      () => this.#failAll(new Error(`the Python peer ended: ${this.#stderr}`)),
      (error: Error) => this.#failAll(error),
    )
  }

  /** Sends with one notifier, in order. Rejects when the notifier logged an error: it raises none. */
  async notify(options: PyNotify): Promise<void> {
    await this.#do('notify', options)
  }

  /** Resolves when the queues are declared and bound: what is sent from then on is heard. */
  async listen(options: PyListen): Promise<PythonListener> {
    const name = `listener-${this.#lastId + 1}`
    const listener = new PythonListener(async () => {
      // It calls endpoints until the command is answered.
      await this.#do('stop', { listener: name })
      this.#listeners.delete(name)
    })
    this.#listeners.set(name, listener)
    try {
      await this.#do('listen', { listener: name, ...options })
    } catch (error) {
      this.#listeners.delete(name)
      throw error
    }
    return listener
  }

  /** What the original's NotificationFilter says; `raised` where it throws. */
  async match(
    rule: PyFilter,
    notification: PyNotification,
  ): Promise<{ readonly matched?: boolean; readonly raised?: string }> {
    return (await this.#do('match', { rule, notification })) as { matched?: boolean; raised?: string }
  }

  async versions(): Promise<Readonly<Record<string, unknown>>> {
    return (await this.#do('versions', {})) as Record<string, unknown>
  }

  /** Every option that a rabbit:// URL of the installed release may carry, with a value. */
  async options(): Promise<Readonly<Record<string, string>>> {
    return (await this.#do('options', {})) as Record<string, string>
  }

  /** Ends the process, which ends by itself when its standard input closes. */
  async end(): Promise<void> {
    this.#child.stdin.end()
    await this.#exited
  }

  #do(command: string, options: object): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      this.#child.stdin.write(`${JSON.stringify({ ...options, id, do: command })}\n`)
    })
  }

  #read(line: string): void {
    const message = JSON.parse(line)
    if (message.event === 'call') this.#listeners.get(message.listener)?.calls.push(message)
    else if (message.event === 'log') this.logs.push(message)
    else {
      const pending = this.#pending.get(message.id)
      this.#pending.delete(message.id)
      if (message.error === undefined) pending?.resolve(message.ok)
      else pending?.reject(new Error(`Python: ${message.error}`))
    }
  }

  #failAll(error: Error): void {
    this.#ended = error
    for (const { reject } of this.#pending.values()) reject(error)
    this.#pending.clear()
  }
}
