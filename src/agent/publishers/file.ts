import { eventLine } from './event-line.js'
import { refuseProblems } from './http-target.js'
import { jsonText } from './json-text.js'
import { sampleFields } from './messages.js'
import { mostTogether, Outbox, type Send } from './outbox.js'
import { outboxPublisher } from './outbox-publisher.js'
import { notWritten } from './publish-failure.js'
import type { Publisher } from './publisher.js'
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
 * `file:///path?max_bytes=N&backup_count=M`: a JSON line for each sample or event. Throws ConfigurationError with everything that is wrong.
 * source: ceilometer/publisher/file.py
 */
export function filePublisher(url: PublisherURL, { logger }: PublisherSurroundings): Publisher {
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
  const file = new RotatingFile(path, { maxBytes: values.max_bytes, backupCount: values.backup_count })
  const append = (lines: readonly string[]): Send => {
    const progress = { written: 0 }
    return async () => {
      try {
        await file.append(lines, progress)
        if (values.fsync) await file.sync()
      } catch (error) {
        throw notWritten(url, error)
      }
    }
  }
  return outboxPublisher(url, new Outbox({ name: url.safe, logger, mergeItems: mostTogether }), {
    samples: (samples) => append(samples.map((sample) => `${jsonText(sampleFields(sample))}\n`)),
    events: (events) => append(events.map((event) => `${eventLine(event)}\n`)),
    sync: () => file.sync(),
    free: () => file.close(),
  })
}

function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
