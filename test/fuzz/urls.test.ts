import { test } from '@jest/globals'
import * as fc from 'fast-check'

import { sharesOf } from './law.js'
import { seed, urls } from './slice.js'
import { urlLaws } from './urls.js'

test.each(sharesOf(urlLaws, urls / 2).map(([{ name, property }, numRuns]) => ({ name, property, numRuns })))(
  'a transport URL $name',
  async ({ property, numRuns }) => {
    await fc.assert(property, { numRuns, seed })
  },
)
