import { createSocket, type Socket } from 'node:dgram'
import { promises as dns, type LookupAddress } from 'node:dns'
import { once } from 'node:events'

import type { Logger } from '../../index.js'
import type { Sample } from '../sample.js'
import { meteringMessage, type SignatureOptions } from '../signature/index.js'
import { hostProblems, refuseProblems } from './http-target.js'
import { loadPacker } from './message-pack.js'
import { Outbox } from './outbox.js'
import { describeError, PublishFailure, publisherClosed } from './publish-failure.js'
import type { Publisher, PublisherStats } from './publisher.js'
import type { PublisherSurroundings } from './publisher-context.js'
import type { PublisherURL } from './publisher-url.js'
import { readOptions, wholeNumber } from './url-options.js'

const rules = {
  /** After the first attempt. */
  max_retries: wholeNumber(2, { min: 0, max: 1_000 }),
}

export const meteringPort = 4952

/**
 * `udp://host[:4952]`: a datagram of MessagePack for each sample. Resolves when the operating system took them: nobody knows more of UDP. A
 * sample that is too long for a datagram is dropped and logged.
 * source: ceilometer/publisher/udp.py
 */
export class UdpPublisher implements Publisher {
  readonly url: string
  readonly #hostname: string
  readonly #port: number
  readonly #secret: string
  readonly #signing: SignatureOptions
  readonly #logger: Logger
  readonly #outbox: Outbox
  #route: Promise<Route> | undefined

  /** Throws ConfigurationError with everything that is wrong. */
  constructor(url: PublisherURL, { logger, telemetrySecret, signatures }: PublisherSurroundings) {
    const { values, problems } = readOptions(url.query, rules)
    refuseProblems(url, [...hostProblems(url), ...problems])
    this.url = url.safe
    this.#hostname = url.hostname
    this.#port = url.port ?? meteringPort
    this.#secret = telemetrySecret
    this.#signing = { lists: signatures }
    this.#logger = logger
    this.#outbox = new Outbox({ name: url.safe, logger, retries: values.max_retries })
  }

  async publishSamples(samples: readonly Sample[]): Promise<void> {
    if (samples.length === 0) return
    const pack = await loadPacker()
    await this.#outbox.put(samples, (all) => {
      const datagrams = all.map((sample) => pack(meteringMessage(sample, this.#secret, this.#signing)))
      const progress = { sent: 0, dropped: 0 }
      return (signal) => this.#send(all, datagrams, progress, signal)
    })
  }

  flush(): Promise<void> {
    return this.#outbox.flush()
  }

  async close(deadline?: number): Promise<void> {
    await this.#outbox.close(deadline)
    await this.#leave()
  }

  stats(): PublisherStats {
    return this.#outbox.stats()
  }

  async #send(
    samples: readonly Sample[],
    datagrams: readonly Uint8Array[],
    progress: { sent: number; dropped: number },
    signal: AbortSignal,
  ): Promise<number> {
    try {
      for (; progress.sent < datagrams.length && !signal.aborted; progress.sent++) {
        this.#route ??= findRoute(this.#hostname)
        const { socket, address } = await this.#route
        const error = await sendDatagram(socket, datagrams[progress.sent] as Uint8Array, this.#port, address)
        if (error?.code === 'EMSGSIZE') {
          progress.dropped += 1
          const { name, resource_id } = samples[progress.sent] as Sample
          this.#logger.error(
            `${this.url}: a sample '${name}' of ${resource_id} is too long for a datagram: dropped`,
          )
        } else if (error !== undefined) throw error
      }
    } catch (error) {
      // The name may lead elsewhere next time.
      await this.#leave()
      throw new PublishFailure('failed', 'NOT_SENT', `${this.url}: ${describeError(error)}`, { cause: error })
    }
    if (progress.sent < datagrams.length) throw publisherClosed(this.url)
    return progress.dropped
  }

  async #leave(): Promise<void> {
    const route = await this.#route?.catch(() => undefined)
    this.#route = undefined
    if (route === undefined) return
    route.socket.close()
    await once(route.socket, 'close')
  }
}

interface Route {
  readonly socket: Socket
  readonly address: string
}

/** IPv6 first, as the original. A first address that can't be reached from this machine at all is passed over. */
async function findRoute(hostname: string): Promise<Route> {
  const found = await dns.lookup(hostname, { all: true })
  const ordered = [
    ...found.filter(({ family }) => family === 6),
    ...found.filter(({ family }) => family === 4),
  ]
  let failure = new Error(`'${hostname}' has no address`)
  for (const one of ordered) {
    try {
      return await routeTo(one)
    } catch (error) {
      failure = error as Error
    }
  }
  throw failure
}

/** Connecting a socket sends nothing, but tells whether there is a way. */
async function routeTo({ address, family }: LookupAddress): Promise<Route> {
  const type = family === 6 ? 'udp6' : 'udp4'
  const probe = createSocket(type)
  try {
    const connected = once(probe, 'connect')
    probe.connect(9, address)
    await connected
  } finally {
    probe.close()
  }
  const socket = createSocket(type)
  // Errors of a send come to its callback.
  socket.on('error', () => {})
  return { socket, address }
}

function sendDatagram(
  socket: Socket,
  bytes: Uint8Array,
  port: number,
  address: string,
): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    socket.send(bytes, port, address, (error) => resolve(error ?? undefined))
  })
}
