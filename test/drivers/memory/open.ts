import type { Driver, DriverDependencies, Features } from '../../../src/core/driver.js'
import { silentLogger } from '../../../src/core/logger.js'
import { TransportURL } from '../../../src/core/url.js'
import { memoryDriverEntry } from '../../../src/drivers/memory/driver.js'

export const memoryFeatures: Features = {
  requeue: true,
  pools: true,
  fanout: true,
  direct: true,
  ordered: true,
  delay: true,
  deadLetter: true,
}

export function openMemory(url = 'memory://', dependencies: Partial<DriverDependencies> = {}): Driver {
  return memoryDriverEntry.create(TransportURL.parse(url), {
    logger: silentLogger,
    maxBodySize: 16 * 1024 * 1024,
    ...dependencies,
  })
}
