/** What the adapters of logging-handler.ts share: a log line in, a notification out, and no loop. */
import { describeError } from '../core/errors.js'
import { type Logger, warningLogger } from '../core/logger.js'
import { checkOptions, type OptionRules } from '../core/options.js'
import { type LogLine, logRecordPayload, priorityOfLevel } from './log-record.js'
import type { Notifier } from './notifier.js'

export interface LogNotificationOptions {
  /**
   * `records` (default): event type `logrecord` at the priority of the line's level, with LogRecordPayload. `errors`: only errors and worse,
   * as event type `error_notification` with `{ error: text }` from the publisher `error.publisher`.
   */
  readonly kind?: 'records' | 'errors'
  /** Most notifications under way; lines beyond are not notified. 1 or more, default 1,000. */
  readonly limit?: number
  /** Where the first failure of each row of failures is said. Not the logger that is listened to. Default: standard error. */
  readonly fallback?: Logger
}

const optionRules: OptionRules = {
  kind: { type: 'string', choices: ['records', 'errors'] },
  limit: { type: 'integer', min: 1 },
  fallback: { type: 'object', wanted: 'a Logger' },
}

/**
 * Notifies about log lines. Never throws and never waits: what can't be notified is said once to the fallback, until one succeeds again.
 * Does nothing for a notifier with the driver `log`, and nothing for lines that are written while it notifies: each would be a loop.
 */
export class LogNotifications {
  readonly #notifier: Notifier
  readonly #kind: 'records' | 'errors'
  readonly #limit: number
  readonly #fallback: Logger
  #underWay = 0
  #notifying = false
  #failing = false

  constructor(notifier: Notifier, options: LogNotificationOptions) {
    checkOptions('log notifications', options, optionRules)
    this.#kind = options.kind ?? 'records'
    this.#limit = options.limit ?? 1_000
    this.#fallback = options.fallback ?? warningLogger
    // Failures come here and go to the fallback: the notifier's own logger may be the one that is listened to.
    const publisher = this.#kind === 'errors' ? { publisherId: 'error.publisher' } : {}
    this.#notifier = notifier.prepare({ failures: 'throw', ...publisher })
    if (!notifier.drivers.includes('log')) return
    this.#notifying = true
    this.#say(
      "the notifier has the driver 'log', which would notify about its own lines without end: log lines are not notified",
    )
  }

  notify(line: LogLine): void {
    if (this.#notifying) return
    if (this.#underWay === this.#limit) {
      this.#failed(
        new Error(
          `${this.#limit} notifications of log lines are under way; lines are left out until one is done`,
        ),
      )
      return
    }
    this.#notifying = true
    try {
      const sent = this.#kind === 'errors' ? this.#sendError(line) : this.#sendRecord(line)
      if (sent !== undefined) this.#watch(sent)
    } catch (error) {
      this.#failed(error)
    } finally {
      this.#notifying = false
    }
  }

  /** For a line that can't even be read. */
  unreadable(error: unknown): void {
    this.#failed(error)
  }

  #sendRecord(line: LogLine): Promise<void> | undefined {
    const priority = priorityOfLevel(line.level)
    if (priority === undefined) return undefined
    return this.#notifier[priority]({}, 'logrecord', logRecordPayload(line, priority))
  }

  #sendError(line: LogLine): Promise<void> | undefined {
    const priority = priorityOfLevel(line.level)
    if (priority !== 'error' && priority !== 'critical') return undefined
    return this.#notifier.error({}, 'error_notification', { error: line.message })
  }

  #watch(sent: Promise<void>): void {
    this.#underWay++
    sent.then(
      () => {
        this.#underWay--
        this.#failing = false
      },
      (error: unknown) => {
        this.#underWay--
        this.#failed(error)
      },
    )
  }

  #failed(error: unknown): void {
    if (this.#failing) return
    this.#failing = true
    this.#say(
      `a log line could not be notified; further ones are not reported until one succeeds: ${describeError(error)}`,
    )
  }

  #say(text: string): void {
    try {
      this.#fallback.warn(text)
    } catch {
      // By the contract of Logger: what a logger throws is dropped. There is no further fallback.
    }
  }
}
