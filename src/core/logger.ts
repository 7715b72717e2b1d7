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
    console.warn(`tocsin: ${message}`, ...(details === undefined ? [] : [details]))
  },
  error(message, details) {
    console.error(`tocsin: ${message}`, ...(details === undefined ? [] : [details]))
  },
}
