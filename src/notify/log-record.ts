/** Log lines as notifications: which priority a level is, and what the payload says. source: oslo_messaging/notify/logger.py */
import { JsonPayloadSerializer } from '../core/json-payload-serializer.js'
import type { Priority } from './endpoint.js'

/** A log line, whatever logger it comes from. */
export interface LogLine {
  /** Name or number of the level, as the logger has it. */
  readonly level: string | number
  readonly message: string
  /** The logger's name, where it has one. */
  readonly name?: string | undefined
  readonly error?: unknown
  readonly extra?: Readonly<Record<string, unknown>>
}

/**
 * Payload of the event type `logrecord`: the keys of Python's log records. `pathname`, `lineno` and `funcName`, which loggers of Node do not
 * know, are null.
 */
export interface LogRecordPayload {
  readonly name: string
  /** Python's number: 10, 20, 30, 40 or 50. */
  readonly levelno: number
  /** Python's name: DEBUG, INFO, WARNING, ERROR or CRITICAL. */
  readonly levelname: string
  /** Stack of the error, or null. */
  readonly exc_info: string | null
  readonly pathname: null
  readonly lineno: null
  readonly msg: string
  readonly funcName: null
  readonly thread: number
  readonly processName: string
  readonly process: number
  /** All else that the line carried, as JSON values. */
  readonly extra: unknown
}

type LogPriority = Extract<Priority, 'debug' | 'info' | 'warn' | 'error' | 'critical' | 'audit'>

// pino's, winston's (npm, syslog) and console's words. Finer levels than debug are not worth a message each, so they are not here.
const priorities: Readonly<Record<string, LogPriority>> = {
  debug: 'debug',
  info: 'info',
  notice: 'info',
  log: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  err: 'error',
  fatal: 'critical',
  critical: 'critical',
  crit: 'critical',
  alert: 'critical',
  emerg: 'critical',
  audit: 'audit',
}

const pythonLevels: Readonly<Record<LogPriority, readonly [number, string]>> = {
  debug: [10, 'DEBUG'],
  info: [20, 'INFO'],
  audit: [21, 'AUDIT'],
  warn: [30, 'WARNING'],
  error: [40, 'ERROR'],
  critical: [50, 'CRITICAL'],
}

/** The priority of a level's name, or of pino's number for it. Undefined = no notification, as for an unknown level of the original. */
export function priorityOfLevel(level: string | number): LogPriority | undefined {
  if (typeof level === 'string') {
    const name = level.toLowerCase()
    return Object.hasOwn(priorities, name) ? priorities[name] : undefined
  }
  if (level < 20) return undefined
  if (level < 30) return 'debug'
  if (level < 40) return 'info'
  if (level < 50) return 'warn'
  return level < 60 ? 'error' : 'critical'
}

const serializer = new JsonPayloadSerializer()

export function logRecordPayload(line: LogLine, priority: LogPriority): LogRecordPayload {
  const [levelno, levelname] = pythonLevels[priority]
  const { error } = line
  return {
    name: line.name ?? 'root',
    levelno,
    levelname,
    exc_info: error === undefined || error === null ? null : stackOf(error),
    pathname: null,
    lineno: null,
    msg: line.message,
    funcName: null,
    thread: process.getBuiltinModule('node:worker_threads').threadId,
    processName: process.title,
    process: process.pid,
    extra: line.extra === undefined ? null : serializer.serializeEntity({}, line.extra),
  }
}

function stackOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'stack' in error && typeof error.stack === 'string')
    return error.stack
  return typeof error === 'string' ? error : JSON.stringify(serializer.serializeEntity({}, error))
}
