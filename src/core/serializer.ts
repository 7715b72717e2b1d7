/** A request context: JSON values by key. */
export type Context = Readonly<Record<string, unknown>>

/**
 * Turns what your code holds into what goes on the wire, and back. Four functions, all synchronous; each gets the context too.
 * source: oslo_messaging/serializer.py
 */
export interface Serializer {
  serializeEntity(ctxt: Context, entity: unknown): unknown
  deserializeEntity(ctxt: Context, entity: unknown): unknown
  serializeContext(ctxt: Context): Context
  deserializeContext(ctxt: Context): Context
}

/** Changes nothing; the default. */
export class NoOpSerializer implements Serializer {
  serializeEntity(_ctxt: Context, entity: unknown): unknown {
    return entity
  }
  deserializeEntity(_ctxt: Context, entity: unknown): unknown {
    return entity
  }
  serializeContext(ctxt: Context): Context {
    return ctxt
  }
  deserializeContext(ctxt: Context): Context {
    return ctxt
  }
}
