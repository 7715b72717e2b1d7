/**
 * Where the library says what an operator should know. pino, winston and `console` fit as they are: a text first, then an object with
 * details. A logger must not throw; if it does, the error is dropped.
 */
export interface Logger {
  debug(message: string, details?: Readonly<Record<string, unknown>>): void
  info(message: string, details?: Readonly<Record<string, unknown>>): void
  warn(message: string, details?: Readonly<Record<string, unknown>>): void
  error(message: string, details?: Readonly<Record<string, unknown>>): void
}

/** Says nothing. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/** Warnings and errors on standard error; the default, so that trouble is never silent. */
export const warningLogger: Logger = {
  debug() {},
  info() {},
  warn(message, details) {
    console.warn(`tocsin: ${printable(message)}`, ...(details === undefined ? [] : [details]))
  },
  error(message, details) {
    console.error(`tocsin: ${printable(message)}`, ...(details === undefined ? [] : [details]))
  },
}

/** A sender's event type may be in it, whose control characters would forge lines or speak to the terminal. */
function printable(message: string): string {
  return message.replace(
    /[\p{Cc}\u2028\u2029]/gu,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

const levels = ['debug', 'info', 'warn', 'error'] as const

/** `logger`, but what it throws is dropped: a broken log must not stop messages. */
export function unfailing(logger: Logger): Logger {
  const guarded = (level: (typeof levels)[number]): Logger['info'] => {
    return (message, details) => {
      try {
        if (details === undefined) logger[level](message)
        else logger[level](message, details)
      } catch {
        // By the contract of Logger. There is nobody left to tell.
      }
    }
  }
  return { debug: guarded('debug'), info: guarded('info'), warn: guarded('warn'), error: guarded('error') }
}

/** For options: what is wanted instead of `value`, if it is no logger. */
export function wantedLogger(value: unknown): string | undefined {
  const missing = levels.filter((level) => typeof (value as Partial<Logger>)[level] !== 'function')
  return missing.length === 0
    ? undefined
    : `a logger with the methods ${levels.join(', ')} (missing: ${missing.join(', ')})`
}
