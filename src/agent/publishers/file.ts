import type { Event } from '../event.js'
import type { Sample } from '../sample.js'
import { eventLine } from './event-line.js'
import { refuseProblems } from './http-target.js'
import { jsonText } from './json-text.js'
import { sampleFields } from './messages.js'
import { type Encode, mostTogether, Outbox, type Send } from './outbox.js'
import { describeError, PublishFailure } from './publish-failure.js'
import type { Publisher, PublisherStats } from './publisher.js'
import type { PublisherSurroundings } from './publisher-context.js'
import type { PublisherURL } from './publisher-url.js'
import { RotatingFile } from './rotating-file.js'
import { flag, readOptions, wholeNumber } from './url-options.js'

const rules = {
  /** Both sizes are needed to rotate. */
  max_bytes: wholeNumber(0, { min: 0 }),
  backup_count: wholeNumber(0, { min: 0, max: 10_000 }),
  /** Always so; the original's other form is Python text. */
  json: flag(true),
  /** Each batch is on the disk before its publish resolves; otherwise `flush` and `close` see to it. */
  fsync: flag(false),
}

/**
 * `file:///path?max_bytes=N&backup_count=M`: a JSON line for each sample or event.
 * source: ceilometer/publisher/file.py
 */
export class FilePublisher implements Publisher {
  readonly url: string
  readonly #file: RotatingFile
  readonly #syncs: boolean
  readonly #outbox: Outbox

  /** Throws ConfigurationError with everything that is wrong. */
  constructor(url: PublisherURL, { logger }: PublisherSurroundings) {
    const { values, problems: found } = readOptions(url.query, rules)
    const problems = [...found]
    const path = decodedPath(url.path)
    if (path === '' || path.endsWith('/'))
      problems.push(`the path of a file is wanted: 'file:///var/log/samples.json'; found '${url.path}'`)
    if (url.hostname !== '')
      problems.push(
        `a file on this machine is wanted: three slashes before its path; found the host '${url.hostname}'`,
      )
    if (!values.json) problems.push(`'json' wants true: lines are JSON only`)
    refuseProblems(url, problems)
    this.url = url.safe
    this.#file = new RotatingFile(path, { maxBytes: values.max_bytes, backupCount: values.backup_count })
    this.#syncs = values.fsync
    this.#outbox = new Outbox({ name: url.safe, logger, mergeItems: mostTogether })
  }

  publishSamples(samples: readonly Sample[]): Promise<void> {
    return samples.length === 0 ? Promise.resolve() : this.#outbox.put(samples, this.#encodeSamples)
  }

  publishEvents(events: readonly Event[]): Promise<void> {
    return events.length === 0 ? Promise.resolve() : this.#outbox.put(events, this.#encodeEvents)
  }

  async flush(): Promise<void> {
    await this.#outbox.flush()
    await this.#file.sync()
  }

  async close(deadline?: number): Promise<void> {
    await this.#outbox.close(deadline)
    await this.#file.sync()
    await this.#file.close()
  }

  stats(): PublisherStats {
    return this.#outbox.stats()
  }

  readonly #encodeSamples: Encode<Sample> = (samples) =>
    this.#append(samples.map((sample) => `${jsonText(sampleFields(sample))}\n`))

  readonly #encodeEvents: Encode<Event> = (events) =>
    this.#append(events.map((event) => `${eventLine(event)}\n`))

  #append(lines: readonly string[]): Send {
    const progress = { written: 0 }
    return () => this.#write(lines, progress)
  }

  async #write(lines: readonly string[], progress: { written: number }): Promise<void> {
    try {
      await this.#file.append(lines, progress)
      if (this.#syncs) await this.#file.sync()
    } catch (error) {
      throw new PublishFailure('failed', 'NOT_WRITTEN', `${this.url}: ${describeError(error)}`, {
        cause: error,
      })
    }
  }
}

function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
