/** One line of input as a notification, or why it is none. */
import type { AgentNotification } from '../notification.js'
import { readJson } from './json-reader.js'

export type ReadLine = { readonly notification: AgentNotification } | { readonly fault: string }

/** Never throws. What the original's endpoints would be handed is kept as it is, however odd: only what can't be handed on is refused. */
export function readLine(line: string): ReadLine {
  let value: unknown
  try {
    value = readJson(line)
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { fault: 'a notification is a JSON object' }
  const { priority, ctxt, publisher_id, event_type, payload, metadata } = value as Record<string, unknown>
  if (typeof event_type !== 'string') return { fault: 'event_type must be a text' }
  const meta = isObject(metadata) ? metadata : {}
  return {
    notification: {
      // As Ceilometer's endpoints name their methods; a line that leaves it out means the usual one.
      priority: typeof priority === 'string' ? priority.toLowerCase() : 'info',
      ctxt: isObject(ctxt) ? ctxt : {},
      publisher_id: (publisher_id ?? null) as string,
      event_type,
      payload,
      metadata: {
        ...meta,
        message_id: (meta['message_id'] ?? null) as string | null,
        timestamp: (meta['timestamp'] ?? null) as string | null,
      },
    },
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
