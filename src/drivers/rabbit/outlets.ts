/** How a message gets out, by its route: worked out once, since few routes take all messages. */
import type { Options } from 'amqplib'

import type { Route, SendOptions } from '../../core/driver.js'
import type { RabbitOptions } from './options.js'
import { publishHead } from './publish-frames.js'
import type { Publication } from './send-line.js'
import type { Topology } from './topology.js'

const deflate = (body: Uint8Array): Buffer => zlib().deflateSync(body)

/** kombu's names of the content types; its gzip is zlib data. */
const compressors = {
  gzip: { type: 'application/x-gzip', compress: deflate },
  zlib: { type: 'application/x-gzip', compress: deflate },
  brotli: {
    type: 'application/x-brotli',
    compress: (body: Uint8Array): Buffer => zlib().brotliCompressSync(body),
  },
}

/** Loaded with the first body that is compressed: few are. */
function zlib(): typeof import('node:zlib') {
  return process.getBuiltinModule('node:zlib')
}

interface Outlet extends Omit<Publication, 'body' | 'prepare'> {
  readonly route: Route
  readonly isMandatory: boolean
}

/** Topics that are remembered; all are forgotten when there are more. */
const mostTopics = 1_000

export class Outlets {
  readonly #topology: Topology
  readonly #options: RabbitOptions
  readonly #compress: ((body: Uint8Array) => Buffer) | undefined
  readonly #headers: Readonly<Record<string, string>>
  readonly #byTopic = new Map<string, Outlet[]>()

  constructor(topology: Topology, options: RabbitOptions) {
    this.#topology = topology
    this.#options = options
    const compressor = options.compression === undefined ? undefined : compressors[options.compression]
    this.#compress = compressor?.compress
    this.#headers = compressor === undefined ? {} : { compression: compressor.type }
  }

  /** What `send` publishes. */
  publication(
    route: Route,
    body: Uint8Array,
    { mandatory = false, ownsBody = false }: SendOptions,
  ): Publication {
    const { exchange, routingKey, properties, head, needs } = this.#outlet(route, mandatory)
    return {
      exchange,
      routingKey,
      properties,
      head,
      needs,
      body: Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength),
      prepare: this.#compress ?? (ownsBody ? undefined : copyOf),
    }
  }

  #outlet(route: Route, isMandatory: boolean): Outlet {
    let outlets = this.#byTopic.get(route.topic)
    if (outlets === undefined) {
      if (this.#byTopic.size >= mostTopics) this.#byTopic.clear()
      outlets = []
      this.#byTopic.set(route.topic, outlets)
    }
    for (const outlet of outlets) {
      const { mode, exchange } = outlet.route
      if (exchange === route.exchange && mode === route.mode && outlet.isMandatory === isMandatory)
        return outlet
    }
    const outlet = this.#make({ mode: route.mode, exchange: route.exchange, topic: route.topic }, isMandatory)
    if (outlets.length >= mostTopics) outlets.length = 0
    outlets.push(outlet)
    return outlet
  }

  #make(route: Route, isMandatory: boolean): Outlet {
    const { exchange: plan, routingKey } = this.#topology.publication(route)
    const exchange = plan?.name ?? ''
    const isKept = route.mode === 'shared' && this.#options.declareQueues
    // Of a queue that was deleted since it was declared the broker would confirm what it drops. Returned, it is declared again.
    const mandatory = isMandatory || isKept
    const properties: Options.Publish = {
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      deliveryMode: 2,
      priority: 0,
      headers: this.#headers,
      ...(mandatory ? { mandatory } : {}),
    }
    return {
      route,
      isMandatory,
      exchange,
      routingKey,
      properties,
      head: publishHead({ exchange, routingKey, mandatory, headers: this.#headers }),
      needs:
        plan === undefined
          ? undefined
          : {
              key: JSON.stringify([route.mode, route.exchange, route.topic]),
              declare: (declarer) => {
                const unpooled = this.#topology.unpooled(route)
                return unpooled === undefined ? declarer.exchange(plan) : declarer.subscription(unpooled)
              },
            },
    }
  }
}

/** The caller may reuse its bytes while this waits. */
function copyOf(body: Buffer): Buffer {
  return Buffer.from(body)
}
