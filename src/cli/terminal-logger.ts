/** Log lines for a process: time, level, text, details as JSON. */
import type { Logger } from '../index.js'
import type { Terminal } from './terminal.js'

const LEVELS = ['debug', 'info', 'warn', 'error'] as const

export function terminalLogger({ complain }: Terminal, least: (typeof LEVELS)[number]): Logger {
  const at = (level: (typeof LEVELS)[number]): Logger['info'] => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return () => {}
    return (message, details) => {
      const more = details === undefined ? '' : ` ${json(details)}`
      complain(`${new Date().toISOString()} ${level} ${printable(message)}${more}\n`)
    }
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

function json(details: Readonly<Record<string, unknown>>): string {
  try {
    return JSON.stringify(details, (_, value: unknown) => (value instanceof Error ? value.message : value))
  } catch {
    return '(details that are no JSON)'
  }
}

/** Event types come from outside: no line ends and no words to the terminal within a line. */
function printable(message: string): string {
  return message.replace(
    /[\p{Cc}\u2028\u2029]/gu,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
