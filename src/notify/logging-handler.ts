/**
 * Log lines that are notifications too: for pino, winston and console-like loggers.
 * source: oslo_messaging/notify/logger.py (LoggingNotificationHandler), log_handler.py (LoggingErrorNotificationHandler)
 */
import { Writable } from 'node:stream'

import { describeError } from '../core/errors.js'
import type { Logger } from '../core/logger.js'
import { type LogNotificationOptions, LogNotifications } from './log-notifications.js'
import type { LogLine } from './log-record.js'
import type { Notifier } from './notifier.js'

/** A destination for pino. */
export interface NotificationStream {
  /** Takes one line of JSON. Never throws. */
  write(line: string): void
}

/**
 * For `pino(options, stream)` or `pino.multistream([...])`: each line becomes a notification. Levels below debug do not. Throws
 * ConfigurationError for wrong options.
 */
export function notificationStream(
  notifier: Notifier,
  options: LogNotificationOptions = {},
): NotificationStream {
  const notifications = new LogNotifications(notifier, options)
  return {
    write(line) {
      try {
        notifications.notify(pinoLine(JSON.parse(line) as Record<string, unknown>))
      } catch (error) {
        notifications.unreadable(error)
      }
    },
  }
}

function pinoLine({
  level,
  msg,
  name,
  err,
  time: _time,
  pid: _pid,
  hostname: _hostname,
  ...extra
}: Record<string, unknown>): LogLine {
  return {
    level: typeof level === 'number' ? level : String(level),
    message: typeof msg === 'string' ? msg : '',
    name: typeof name === 'string' ? name : undefined,
    error: err,
    extra,
  }
}

/** A transport for winston: an object-mode stream with `log(info, next)`. */
export interface NotificationTransport extends Writable {
  /** Calls `next` at once. Never throws. */
  log(info: Readonly<Record<string, unknown>>, next?: () => void): void
}

/**
 * For `winston.createLogger({ transports: [...] })` or `logger.add(...)`: each line at the logger's level or above becomes a notification.
 * winston itself is not loaded. Throws ConfigurationError for wrong options.
 */
export function notificationTransport(
  notifier: Notifier,
  options: LogNotificationOptions = {},
): NotificationTransport {
  const notifications = new LogNotifications(notifier, options)
  // winston leaves the level to its transports, which learn it when the logger is piped into them.
  let parent: WinstonLogger | undefined
  const log = (info: Readonly<Record<string, unknown>>, next?: () => void): void => {
    try {
      if (isWanted(info, parent)) notifications.notify(winstonLine(info))
    } catch (error) {
      notifications.unreadable(error)
    }
    next?.()
  }
  const stream = new Writable({
    objectMode: true,
    write: (info: Readonly<Record<string, unknown>>, _encoding, next) => log(info, next),
  })
  stream.on('pipe', (logger: WinstonLogger) => {
    parent = logger
  })
  return Object.assign(stream, { log })
}

interface WinstonLogger {
  readonly level?: string
  readonly levels?: Readonly<Record<string, number>>
}

function isWanted(info: Readonly<Record<string, unknown>>, logger: WinstonLogger | undefined): boolean {
  const least = logger?.levels?.[logger.level ?? '']
  const level = logger?.levels?.[String(info['level'])]
  return least === undefined || level === undefined || level <= least
}

function winstonLine({
  level,
  message,
  label,
  stack,
  timestamp: _timestamp,
  ...extra
}: Readonly<Record<string, unknown>>): LogLine {
  return {
    level: String(level),
    message: typeof message === 'string' ? message : describeError(message),
    name: typeof label === 'string' ? label : undefined,
    error: stack,
    extra,
  }
}

/**
 * A logger that writes to `logger` first and then notifies: for `console` and what is like it. Throws ConfigurationError for wrong options; its
 * methods throw what `logger`'s do.
 */
export function notifyingLogger(
  logger: Logger,
  notifier: Notifier,
  options: LogNotificationOptions = {},
): Logger {
  const notifications = new LogNotifications(notifier, options)
  const method =
    (level: keyof Logger): Logger[keyof Logger] =>
    (message, details) => {
      if (details === undefined) logger[level](message)
      else logger[level](message, details)
      notifications.notify(consoleLine(level, message, details))
    }
  return { debug: method('debug'), info: method('info'), warn: method('warn'), error: method('error') }
}

function consoleLine(level: string, message: unknown, details: unknown): LogLine {
  const text = typeof message === 'string' ? message : describeError(message)
  if (details instanceof Error || message instanceof Error) {
    return { level, message: text, error: details instanceof Error ? details : message }
  }
  if (typeof details !== 'object' || details === null) return { level, message: text }
  const { error, ...extra } = details as Record<string, unknown>
  return { level, message: text, error, extra }
}
