/**
 * The door for authors of drivers and executors (`tocsin/driver`): the contracts of the ground floor, and what they are written with. A
 * driver is made known with `registerDriver`, an executor with `registerExecutor`, both of the front door; `tocsin/conformance` proves them.
 */

export * from './core/dispatcher.js'
export type * from './core/driver.js'
export * from './core/errors.js'
export * from './core/events.js'
export type * from './core/executor.js'
export * from './core/logger.js'
export * from './core/message.js'
export * from './core/options.js'
export * from './core/retry.js'
export * from './core/url.js'
