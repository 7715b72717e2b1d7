/** The agent over RabbitMQ, as a process that may be killed: what was not with its sink comes again. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

import { RabbitNode } from '../../../scripts/rabbit-node.mjs'
import { getTransport, Notifier } from '../../../src/index.js'
import { collect, startTocsin } from '../../cli/tocsin.js'
import { until } from '../../support/until.js'

const folders = ['/usr/lib/rabbitmq/bin', ...(process.env['PATH'] ?? '').split(delimiter)]
const isInstalled = folders.some((folder) => existsSync(join(folder, 'rabbitmq-server')))
const described = isInstalled ? describe : describe.skip
const TIMEOUT = 120_000
const COUNT = 600

described('the agent over RabbitMQ', () => {
  let node: RabbitNode
  let folder: string
  const children: ChildProcess[] = []

  beforeAll(async () => {
    node = await RabbitNode.start()
    folder = mkdtempSync(join(tmpdir(), 'tocsin-agent-rabbit-'))
  }, TIMEOUT)

  afterAll(async () => {
    for (const child of children) await end(child, 'SIGKILL')
    await node.remove()
    rmSync(folder, { recursive: true })
  }, TIMEOUT)

  function writeConfig(): string {
    const path = join(folder, 'agent.json')
    const sinks = [{ name: 'file', publishers: [`file://${join(folder, 'samples.jsonl')}?json=true`] }]
    const config = {
      messaging: { urls: node.url, exchanges: ['nova', 'glance'], batchSize: 20, batchTimeout: 50 },
      pipeline: { sources: [{ name: 'all', meters: ['image.size'], sinks: ['file'] }], sinks },
      handlers: [],
      watch: false,
    }
    writeFileSync(path, JSON.stringify(config))
    return path
  }

  async function run(): Promise<ChildProcess> {
    const child = startTocsin(['agent', 'run', '--config', writeConfig()])
    children.push(child)
    const stderr = collect(child, 'stderr')
    await until(() => stderr.text.includes('the agent listens') || child.exitCode !== null, 30_000)
    expect(stderr.text).toContain('the agent listens')
    return child
  }

  async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'close')
  }

  function ids(): Set<string> {
    const path = join(folder, 'samples.jsonl')
    if (!existsSync(path)) return new Set()
    // The line that a killed process was at may be half of one.
    const found = readFileSync(path, 'utf8').matchAll(/"resource_id": ?"(image-\d+)"/g)
    return new Set([...found].map(([, id = '']) => id))
  }

  test(
    'loses nothing when it is killed while it works, and when it is stopped',
    async () => {
      const first = await run()
      await using transport = getTransport(node.url)
      const glance = new Notifier(transport, { exchange: 'glance', publisherId: 'image.host' })
      const send = async (from: number, to: number): Promise<void> => {
        for (let index = from; index < to; index += 1)
          await glance.info({}, 'image.upload', { id: `image-${index}`, size: index })
      }
      await send(0, COUNT / 3)
      await until(() => ids().size > 0, 20_000)
      const sending = send(COUNT / 3, COUNT)
      await end(first, 'SIGKILL')
      await sending
      const second = await run()
      await until(() => ids().size > COUNT / 2, 20_000)
      await end(second, 'SIGTERM')
      expect(second.exitCode).toBe(0)
      const third = await run()
      await until(() => ids().size === COUNT, 30_000)
      await end(third, 'SIGTERM')
      const queues = await node.ctl('list_queues', 'name', 'messages')
      expect(queues).toMatch(/^notifications\.info\t0$/m)
    },
    TIMEOUT,
  )
})
