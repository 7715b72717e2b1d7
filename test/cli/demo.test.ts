/** The demo of the agent, as `npm run demo:agent` runs it, and the configuration beside it. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { expect, test } from '@jest/globals'

import { checkConfiguration } from '../../src/agent/config/check.js'
import { runTypeScript } from '../examples/run.js'

const folder = new URL('../../examples/agent/', import.meta.url)

test('the demo ends with a table of meters, and what a closed ledger refused is in it', async () => {
  const { code, stdout, stderr } = await runTypeScript('examples/agent/demo.ts')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^memory +gauge +MB +301 +12$/m)
  expect(stdout).toMatch(/^compute.instance.exists +288$/m)
  const [, samples, events, again] =
    /^(\d+) samples and (\d+) events are in the ledger; (\d+) notifications had to come again, 0 are dead letters$/m.exec(
      stdout,
    ) ?? []
  expect([samples, events]).toEqual(['1375', '377'])
  expect(Number(again)).toBeGreaterThan(0)
}, 60_000)

test('the configuration for an OpenStack cloud is right', async () => {
  const problems = await checkConfiguration(fileURLToPath(new URL('openstack.yaml', folder)))
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
  expect(readFileSync(new URL('openstack.yaml', folder), 'utf8')).toContain('rabbit://')
})
