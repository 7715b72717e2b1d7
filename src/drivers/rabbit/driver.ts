import type { DriverEntry } from '../../core/driver.js'
import { DriverLoadFailure } from '../../core/errors.js'

/** Holds the place of the RabbitMQ driver until it is written. */
export const rabbitDriverEntry: DriverEntry = {
  create: (url) => {
    throw new DriverLoadFailure(url.scheme, 'the RabbitMQ driver is not written yet')
  },
}
