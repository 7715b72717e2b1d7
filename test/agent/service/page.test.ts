/** The live page in a real Chromium: the one of TOCSIN_TEST_CHROMIUM, which `npm test` finds or installs. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { expect, test } from '@jest/globals'

import { NotificationAgent } from '../../../src/agent/service/agent.js'
import { getTransport, Notifier, silentLogger } from '../../../src/index.js'

const chromium = process.env['TOCSIN_TEST_CHROMIUM'] ?? 'chromium'

/** Nothing is asked of anybody but the agent. */
const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-extensions',
  '--disable-sync',
  '--no-first-run',
]

/** The document after some seconds of scripts, as HTML. */
async function pageIn(profile: string, url: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    chromium,
    [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      ...QUIET,
      `--user-data-dir=${profile}`,
      '--virtual-time-budget=3000',
      '--dump-dom',
      url,
    ],
    { timeout: 60_000 },
  )
  return stdout
}

test('the live page shows what comes in, and texts of notifications as texts', async () => {
  const sinks = [{ name: 'kept', publishers: ['test://'] }]
  const broker = 'memory://live-page'
  const profile = mkdtempSync(join(tmpdir(), 'tocsin-chromium-'))
  const agent = new NotificationAgent(
    {
      messaging: { urls: broker, batchTimeout: 10, retry: { limit: 0 } },
      pipeline: { sources: [{ name: 's', meters: ['*'], sinks: ['kept'] }], sinks },
      eventPipeline: { sources: [{ name: 's', events: ['*'], sinks: ['kept'] }], sinks },
      status: { port: 0 },
      watch: false,
    },
    { logger: silentLogger },
  )
  const transport = getTransport(broker)
  try {
    await agent.start()
    const nova = new Notifier(transport, { exchange: 'nova', publisherId: 'compute.node-1' })
    const instance = { memory_mb: 512, vcpus: 1, root_gb: 1, ephemeral_gb: 0 }
    await nova.info({}, 'compute.instance.exists', {
      ...instance,
      instance_id: '<img src=x onerror=alert(1)>',
    })
    await nova.info({}, 'compute.instance.exists', { ...instance, instance_id: 'i', metadata: 'poison' })
    while ((agent.status().counters['dead']?.['endpoint="samples"'] ?? 0) < 1)
      await new Promise((resolve) => setTimeout(resolve, 10))
    const page = await pageIn(profile, agent.statusUrl as string)
    expect(page).toContain('running, 2 notifications')
    expect(page).toContain('<td class="none" colspan="2">none</td>')
    expect(page).toMatch(
      /<tr><td>compute<\/td><td class="number">[\d.]+<\/td><td class="number">2<\/td><\/tr>/,
    )
    expect(page).toMatch(/<tr><td>memory<\/td>/)
    expect(page).toMatch(/<tr><td>samples<\/td><td>kept<\/td><td>at-least-once<\/td>.*?<td>takes<\/td><\/tr>/)
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;')
    expect(page).not.toContain('<img')
    expect(page).toMatch(/the conversion to samples failed: [^<]*<\/td>.*compute\.instance\.exists<\/td>/)
  } finally {
    await agent.stop()
    await transport.cleanup()
    rmSync(profile, { recursive: true, force: true })
  }
}, 90_000)

test('the live page of an agent that starts says what it waits for', async () => {
  const profile = mkdtempSync(join(tmpdir(), 'tocsin-chromium-'))
  const sinks = [{ name: 'kept', publishers: ['test://'] }]
  const agent = new NotificationAgent(
    {
      messaging: { urls: 'rabbit://127.0.0.1:1/' },
      pipeline: { sources: [{ name: 's', meters: ['*'], sinks: ['kept'] }], sinks },
      status: { port: 0 },
      watch: false,
    },
    { logger: silentLogger },
  )
  const started = agent.start().catch(() => {})
  try {
    while (agent.statusUrl === undefined || !agent.status().waitsFor.join().includes('broker'))
      await new Promise((resolve) => setTimeout(resolve, 10))
    const page = await pageIn(profile, agent.statusUrl)
    expect(page).toContain(
      '<p id="state" role="status" class="bad">starting, waits for the broker of rabbit://127.0.0.1:1/, 0 notifications</p>',
    )
  } finally {
    await agent.stop()
    await started
    rmSync(profile, { recursive: true, force: true })
  }
}, 90_000)
