import type { Sample } from '../sample.js'
import { type MeteringMessageOptions, meteringMessage } from '../signature/index.js'
import { hostProblems, refuseProblems } from './http-target.js'
import { loadPacker, type Packer } from './message-pack.js'
import { type Encode, mostTogether, Outbox } from './outbox.js'
import type { Publisher, PublisherStats } from './publisher.js'
import type { PublisherSurroundings } from './publisher-context.js'
import type { PublisherURL } from './publisher-url.js'
import { TcpLine } from './tcp-line.js'
import { meteringPort } from './udp.js'
import { readOptions, seconds, wholeNumber } from './url-options.js'

const rules = {
  /** After the first attempt. */
  max_retries: wholeNumber(5, { min: 0, max: 1_000 }),
  /** Seconds to connect, and to hand a batch to the operating system. */
  timeout: seconds(5, { min: 0.001, max: 86_400 }),
}

/**
 * `tcp://host[:4952]`: for each sample 8 bytes of length, little-endian, and that many of MessagePack. A batch is written whole; when the
 * connection breaks, it is made again and what may not have arrived is written once more: receivers tell repeats by `message_id`.
 * source: ceilometer/publisher/tcp.py (which drops the rest of a batch)
 */
export class TcpPublisher implements Publisher {
  readonly url: string
  readonly #secret: string
  readonly #signing: MeteringMessageOptions
  readonly #line: TcpLine
  readonly #outbox: Outbox
  #pack: Packer | undefined

  /** Throws ConfigurationError with everything that is wrong. */
  constructor(url: PublisherURL, { logger, telemetrySecret, signatures, host }: PublisherSurroundings) {
    const { values, problems } = readOptions(url.query, rules)
    refuseProblems(url, [...hostProblems(url), ...problems])
    this.url = url.safe
    this.#secret = telemetrySecret
    this.#signing = { publisherId: host, lists: signatures }
    this.#outbox = new Outbox({
      name: url.safe,
      logger,
      mergeItems: mostTogether,
      retries: values.max_retries,
    })
    this.#line = new TcpLine({
      hostname: url.hostname,
      port: url.port ?? meteringPort,
      name: url.safe,
      timeout: values.timeout * 1_000,
      onBreak: () => this.#repeat(),
    })
  }

  async publishSamples(samples: readonly Sample[]): Promise<void> {
    if (samples.length === 0) return
    this.#pack ??= await loadPacker()
    await this.#outbox.put(samples, this.#encode)
  }

  flush(): Promise<void> {
    return this.#outbox.flush()
  }

  async close(deadline?: number): Promise<void> {
    await this.#outbox.close(deadline)
    await this.#line.close()
  }

  stats(): PublisherStats {
    return this.#outbox.stats()
  }

  readonly #encode: Encode<Sample> = (samples) => {
    const frames = samples.flatMap((sample) => this.#frame(sample))
    const bytes = Buffer.concat(frames)
    return (signal) => this.#line.write(bytes, signal)
  }

  #frame(sample: Sample): readonly Uint8Array[] {
    const message = this.#pack?.(meteringMessage(sample, this.#secret, this.#signing))
    return message === undefined ? [] : frame(message)
  }

  /** An empty batch: before it goes what the broken line left. */
  #repeat(): void {
    // A failure was logged when it was tried again, and what is unsure goes before the next batch.
    this.#outbox.put([], this.#encode).catch(() => {})
  }
}

function frame(message: Uint8Array): readonly Uint8Array[] {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(message.length))
  return [length, message]
}
