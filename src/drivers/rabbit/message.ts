/** A delivery of RabbitMQ as an IncomingMessage. */
import type { ConsumeMessage } from 'amqplib'

import type { IncomingMessage, Marks, RejectOptions, RequeueOptions } from '../../core/message.js'
import type { Unsettled } from './acks.js'
import { readAttempts, readMarks } from './headers.js'

/** What a message needs of the session it came by. A verb is called at most once per message; false = the session is over. */
export interface Settler {
  acknowledge(message: RabbitMessage): boolean
  requeue(message: RabbitMessage, options: RequeueOptions): boolean
  reject(message: RabbitMessage, options: RejectOptions): boolean
}

/** Of nearly all messages. */
const noMarks: Marks = { finished: [] }

export class RabbitMessage implements IncomingMessage {
  readonly raw: ConsumeMessage
  /** Its place in the settler's line; undefined once it is settled there. */
  entry: Unsettled<ConsumeMessage> | undefined
  readonly #settler: Settler
  #isSettled = false
  #marks: Marks | undefined

  constructor(entry: Unsettled<ConsumeMessage>, settler: Settler) {
    this.raw = entry.message
    this.entry = entry
    this.#settler = settler
  }

  get body(): Uint8Array {
    return this.raw.content
  }

  get compression(): string | undefined {
    const value: unknown = this.raw.properties.headers?.['compression']
    return typeof value === 'string' ? value : undefined
  }

  get exchange(): string | undefined {
    return this.raw.fields.exchange || undefined
  }

  get redelivered(): boolean {
    return this.raw.fields.redelivered
  }

  get attempts(): number {
    return readAttempts(this.raw)
  }

  get marks(): Marks {
    const { headers = {} } = this.raw.properties
    this.#marks ??= Object.keys(headers).length === 0 ? noMarks : readMarks(headers)
    return this.#marks
  }

  acknowledge(): boolean {
    return this.#once() && this.#settler.acknowledge(this)
  }

  requeue(options: RequeueOptions = {}): boolean {
    return this.#once() && this.#settler.requeue(this, options)
  }

  reject(options: RejectOptions = {}): boolean {
    return this.#once() && this.#settler.reject(this, options)
  }

  #once(): boolean {
    if (this.#isSettled) return false
    this.#isSettled = true
    return true
  }
}
