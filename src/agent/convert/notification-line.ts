/** One line of input as a notification, or why it is none. */
import type { AgentNotification } from '../notification.js'
import { readJson } from './json-reader.js'

export type ReadLine = { readonly notification: AgentNotification } | { readonly fault: string }

/** Never throws. What the original's endpoints would be handed is kept as it is, however odd and incomplete: what they raise for is for the converters to tell. */
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
  const parts = { ctxt, publisher_id, event_type, payload, metadata }
  return {
    notification: {
      // As Ceilometer's endpoints name their methods; a line that leaves it out means the usual one.
      priority: typeof priority === 'string' ? priority.toLowerCase() : 'info',
      ...(parts as Omit<AgentNotification, 'priority'>),
    },
  }
}
