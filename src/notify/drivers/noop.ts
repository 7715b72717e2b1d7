import type { NotifierDriver } from '../notifier-driver.js'

/** Sends nothing. */
export function noopDriver(): NotifierDriver {
  return { notify() {} }
}
