import { EventEmitter } from 'eventemitter3'

import type { Logger } from './logger.js'

type EventMap = import('typed-emitter').EventMap

/** The part of typed-emitter's interface that eventemitter3 really implements. */
export type Emitter<E extends EventMap> = Omit<
  import('typed-emitter').default<E>,
  'prependListener' | 'prependOnceListener' | 'rawListeners' | 'getMaxListeners' | 'setMaxListeners'
>

/** What an owner hands out: listening only, so that a user cannot emit. */
export type EventSource<E extends EventMap> = Pick<Emitter<E>, 'on' | 'once' | 'off'>

/** The only place where the two packages meet. */
export function createEmitter<E extends EventMap>(): Emitter<E> {
  return new EventEmitter() as unknown as Emitter<E>
}

/**
 * Emits, and never throws: an error of a user's event listener is logged, not passed to the code that had something to tell.
 * Returns whether anybody listened.
 */
export function emitSafely<E extends EventMap, K extends keyof E & string>(
  emitter: Emitter<E>,
  logger: Logger,
  event: K,
  ...args: Parameters<E[K]>
): boolean {
  try {
    return emitter.emit(event, ...args)
  } catch (error) {
    logger.error(`a listener of the event '${event}' threw`, { error })
    return true
  }
}
