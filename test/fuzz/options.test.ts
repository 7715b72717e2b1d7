import { test } from '@jest/globals'
import * as fc from 'fast-check'

import { sharesOf } from './law.js'
import { optionLaws } from './options.js'
import { seed, urls } from './slice.js'

test.each(
  sharesOf(optionLaws, urls / 2).map(([{ name, property }, numRuns]) => ({ name, property, numRuns })),
)('$name', async ({ property, numRuns }) => {
  await fc.assert(property, { numRuns, seed })
})
