/** What a link leaves behind in memory when it is lost: nothing. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { expect, test } from '@jest/globals'

import { Corner } from './corner.js'

test('connections that were lost are not kept in memory', async () => {
  const corner = await Corner.open()
  try {
    const [exchange, topic] = [corner.name('exchange'), corner.name('exchange')]
    corner.remove(`${topic}.info`)
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--disable-warning=ExperimentalWarning',
      '--import',
      './scripts/strip-types.mjs',
      'test/drivers/rabbit/children/lost-links.ts',
      exchange,
      topic,
    ])
    const { before, after } = JSON.parse(stdout) as Record<string, number>
    expect(before).toBeGreaterThan(0)
    expect(after).toBeLessThanOrEqual(Number(before) + 1)
  } finally {
    await corner.close()
  }
}, 60_000)
