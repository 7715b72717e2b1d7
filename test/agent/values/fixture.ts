import { readFileSync } from 'node:fs'

import { readJson } from '../../../src/agent/convert/json-reader.js'

const folder = new URL('../../fixtures/agent/events/', import.meta.url)

/** A file of test/fixtures/agent/events, whose numbers stay what Python wrote: `1.0` a float, 2**64 exact. */
export function readFixture(name: string): any {
  return readJson(readFileSync(new URL(name, folder), 'utf8'))
}
