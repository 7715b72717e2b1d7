import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from '@jest/globals'

import { root, runTypeScript } from './run.js'

const folder = join(root, 'examples')
const files = readdirSync(folder).filter((file) => file.endsWith('.ts'))
const examples = files.filter((file) => file !== 'demo.ts')

describe('each example prints what lies beside it, says nothing on standard error and ends by itself', () => {
  test.each(examples)(
    '%s',
    async (file) => {
      const expected = readFileSync(join(folder, file.replace(/\.ts$/, '.expected.txt')), 'utf8')
      await expect(runTypeScript(`examples/${file}`)).resolves.toEqual({
        code: 0,
        stdout: expected,
        stderr: '',
      })
    },
    60_000,
  )

  test('there is an example for each subject of the documentation', () => {
    const subjects = [
      'batch',
      'custom-driver',
      'custom-executor',
      'filters',
      'listener',
      'notifier',
      'openstack-listener',
      'pools',
      'typed-events',
      'worker-pool',
    ]
    expect(examples).toEqual(expect.arrayContaining(subjects.map((subject) => `${subject}.ts`)))
  })
})

test('the custom executor of the examples fits on a screen', () => {
  const text = readFileSync(join(folder, 'executors/rate-limited.ts'), 'utf8')
  expect(text.trimEnd().split('\n').length).toBeLessThan(60)
})

test('the demo shows its progress, ends with a table of all endpoints and with exit code 0', async () => {
  const { code, stdout, stderr } = await runTypeScript('examples/demo.ts')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/\[#+\] +2520\/2520/)
  expect(stdout).toMatch(
    /listener +endpoint +received +filtered +handled +requeued +dead-lettered +handled\/s/,
  )
  const row = (name: string): number[] =>
    (new RegExp(`${name} +([\\d ]+)`).exec(stdout)?.[1] ?? '').trim().split(/ +/).map(Number).slice(0, 5)
  expect({ flaky: row('flaky'), broken: row('broken') }).toEqual({
    flaky: [425, 422, 1, 2, 0],
    broken: [425, 421, 0, 3, 1],
  })
  expect({ fingerprint: row('fingerprint'), archive: row('archive') }).toEqual({
    fingerprint: [2100, 540, 1560, 0, 0],
    archive: [2220, 0, 2220, 0, 0],
  })
  expect(stdout).toContain('Dead letter: retries-exhausted after 3 retries (Error: no such flavor).')
}, 60_000)

test('the driver and the executor of the examples pass the conformance suites', async () => {
  const { code, stdout } = await runTypeScript('test/examples/conformance.ts')
  expect({ code, failed: stdout.match(/^not ok .*$/gm) ?? [] }).toEqual({ code: 0, failed: [] })
  expect(stdout).toMatch(/^# pass [1-9]\d$/m)
}, 60_000)
