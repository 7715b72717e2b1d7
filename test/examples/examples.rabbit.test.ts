import { afterAll, expect, test } from '@jest/globals'
import { connect } from 'amqplib'

import { runTypeScript } from './run.js'

const url = process.env['TOCSIN_TEST_RABBIT_URL'] ?? 'amqp://guest:guest@127.0.0.1:5672/'

test('the demo does the same on a broker', async () => {
  const { code, stdout, stderr } = await runTypeScript('examples/demo.ts', url.replace(/^amqp/, 'rabbit'))
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/broken +425 +421 +0 +3 +1 /)
  expect(stdout).toMatch(/archive +2220 +0 +2220 +0 +0 /)
  expect(stdout).not.toContain('guest:guest')
}, 60_000)

test('an example prints the same on a broker', async () => {
  const [onBroker, inMemory] = await Promise.all([
    runTypeScript('examples/filters.ts', url),
    runTypeScript('examples/filters.ts'),
  ])
  expect(onBroker).toEqual(inMemory)
}, 60_000)

afterAll(async () => {
  const connection = await connect(url)
  const channel = await connection.createChannel()
  await channel.deleteQueue('example-filters.info')
  await channel.deleteExchange('tocsin-examples')
  await connection.close()
})
