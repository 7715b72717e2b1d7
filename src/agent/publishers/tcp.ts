import type { Sample } from '../sample.js'
import { meteringMessage } from '../signature/index.js'
import { hostProblems, refuseProblems } from './http-target.js'
import { loadPacker, type Packer } from './message-pack.js'
import { type Encode, mostTogether, Outbox } from './outbox.js'
import { outboxPublisher } from './outbox-publisher.js'
import type { Publisher } from './publisher.js'
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
 * Throws ConfigurationError with everything that is wrong.
 * source: ceilometer/publisher/tcp.py (which drops the rest of a batch)
 */
export function tcpPublisher(
  url: PublisherURL,
  { logger, telemetrySecret, signatures: lists, host: publisherId }: PublisherSurroundings,
): Publisher {
  const { values, problems } = readOptions(url.query, rules)
  refuseProblems(url, [...hostProblems(url), ...problems])
  const limits = { mergeItems: mostTogether, retries: values.max_retries }
  const outbox = new Outbox({ name: url.safe, logger, ...limits })
  const line = new TcpLine({
    hostname: url.hostname,
    port: url.port ?? meteringPort,
    name: url.safe,
    timeout: values.timeout * 1_000,
    onBreak: () => {
      // An empty batch: before it goes what the broken line left. A failure was logged when it was tried again.
      outbox.put([], encode).catch(() => {})
    },
  })
  let pack: Packer | undefined
  const encode: Encode<Sample> = (samples) => {
    const frames = samples.flatMap((sample) => {
      const message = pack?.(meteringMessage(sample, telemetrySecret, { publisherId, lists }))
      return message === undefined ? [] : frame(message)
    })
    const bytes = Buffer.concat(frames)
    return (signal) => line.write(bytes, signal)
  }
  const publisher = outboxPublisher(url, outbox, { samples: encode, free: () => line.close() })
  return {
    ...publisher,
    async publishSamples(samples) {
      pack ??= await loadPacker()
      await publisher.publishSamples?.(samples)
    },
  }
}

function frame(message: Uint8Array): readonly Uint8Array[] {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(message.length))
  return [length, message]
}
