/**
 * A notification as definition files see it: the words of oslo.messaging's wire, which every JSONPath of a definition starts from.
 * source: ceilometer/pipeline/*.py (the one message of a batch)
 */
export interface AgentNotification {
  /** The endpoint method of the listener: `info`, `error`, `sample`, ... */
  readonly priority: string
  readonly ctxt: Readonly<Record<string, unknown>>
  readonly publisher_id: string
  readonly event_type: string
  readonly payload: unknown
  readonly metadata: { readonly message_id: string | null; readonly timestamp: string | null }
}
