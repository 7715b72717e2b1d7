/** Holds the driver and the executor of the examples to the contracts, with node:test, as their authors would. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { conformance, executorConformance } from 'tocsin/conformance'
import { silentLogger, TransportURL } from 'tocsin/driver'

import { spoolDriverEntry, spoolFeatures } from '../../examples/drivers/spool.js'
import { RateLimited } from '../../examples/executors/rate-limited.js'

const maxBodySize = 2 * 1024 * 1024
const folder = mkdtempSync(join(tmpdir(), 'tocsin-spool-'))
process.once('exit', () => rmSync(folder, { recursive: true }))

conformance({
  name: 'spool',
  open: () =>
    spoolDriverEntry.create(TransportURL.parse(`spool://${folder}`), { logger: silentLogger, maxBodySize }),
  features: spoolFeatures,
  maxBodySize,
  quiet: 100,
})

executorConformance({
  name: 'rate-limited',
  make: () => new RateLimited({ perSecond: Number.POSITIVE_INFINITY, concurrency: 4 }),
})
