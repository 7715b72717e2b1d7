import { test } from '@jest/globals'

import { conformance } from '../../../src/conformance/index.js'
import { memoryFeatures, openMemory } from './open.js'

conformance({
  name: 'memory',
  open: () => openMemory('memory://conformance', { maxBodySize: 2 * 1024 * 1024 }),
  features: memoryFeatures,
  maxBodySize: 2 * 1024 * 1024,
  test: (name, run) => test(name, run, 30_000),
  quiet: 40,
})
