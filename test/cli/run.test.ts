/** `tocsin agent check`, `run` and `status`, as processes. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'

import { until } from '../support/until.js'
import { codeOf, collect, kill, type RunningAgent, servingAgent, startTocsin, tocsinHere } from './tocsin.js'

let folder: string
let children: ChildProcess[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-run-'))
  children = []
})

afterEach(async () => {
  for (const child of children) await kill(child)
  rmSync(folder, { recursive: true })
})

const CONFIG = [
  'messaging: {urls: memory://run}',
  'meters: {definitions: {metric: []}}',
  'events: {definitions: []}',
  'pipeline:',
  "  sources: [{name: s, meters: ['*'], sinks: [k]}]",
  "  sinks: [{name: k, publishers: ['test://']}]",
  'status: {port: 0}',
  'watch: false',
  '',
].join('\n')

function write(text: string): string {
  const path = join(folder, 'agent.yaml')
  writeFileSync(path, text)
  return path
}

async function run(path: string): Promise<RunningAgent> {
  const child = startTocsin(['agent', 'run', '--config', path])
  children.push(child)
  return servingAgent(child)
}

describe('check', () => {
  test('of what is right ends with 0', async () => {
    const { code, stderr } = await tocsinHere(['agent', 'check', '--config', write(CONFIG)])
    expect([code, stderr]).toEqual([0, expect.stringContaining('ready to run')])
  })

  test('of what is wrong ends with 1, and prints as editors read it', async () => {
    const path = write(`${CONFIG}sauce: x\nhandlers: [memroy]\n`)
    const { code, stdout } = await tocsinHere(['agent', 'check', '--config', path])
    expect(code).toBe(1)
    expect(stdout.trimEnd().split('\n').sort()).toEqual([
      `${path}:10:12: error: there is no handler 'memroy'; did you mean memory?`,
      `${path}:9:1: error: there is no option sauce; did you mean source?`,
    ])
  })

  test('of nothing ends with 2', async () => {
    expect((await tocsinHere(['agent', 'check'])).code).toBe(2)
  })
})

describe('run', () => {
  test('until SIGTERM, and status says what it does', async () => {
    const { child, url } = await run(write(CONFIG))
    const status = await tocsinHere(['agent', 'status', '--url', url])
    expect(status.code).toBe(0)
    expect(status.stdout).toMatch(/^agent\s+running$/m)
    expect(status.stdout).toMatch(/^listener memory:\/\/run\/?\s+listening, 0 in hand$/m)
    // What was never counted is zero.
    for (const name of ['consumed', 'matched', 'dropped', 'published', 'failed', 'retried', 'dead'])
      expect(status.stdout).toMatch(new RegExp(`^${name}.* 0$`, 'm'))
    const json = await tocsinHere(['agent', 'status', '--json', '--url', url])
    expect(JSON.parse(json.stdout)).toMatchObject({ state: 'running', isHealthy: true })
    child.kill('SIGTERM')
    expect(await codeOf(child)).toBe(0)
    expect((await tocsinHere(['agent', 'status', '--url', url])).code).toBe(1)
  })

  test('SIGHUP reads the files anew, and an invalid one changes nothing', async () => {
    const path = write(CONFIG)
    const { child, stderr, url } = await run(path)
    write(`${CONFIG}sauce: x\n`)
    child.kill('SIGHUP')
    await until(() => stderr.text.includes('the old one goes on'))
    expect(stderr.text).toContain(`${path}:9:1: error: there is no option sauce`)
    expect((await fetch(`${url}/health`)).status).toBe(200)
    write(`${CONFIG}source: there\n`)
    child.kill('SIGHUP')
    await until(() => stderr.text.includes('with the new configuration'))
    expect((await fetch(`${url}/health`)).status).toBe(200)
    child.kill('SIGINT')
    expect(await codeOf(child)).toBe(0)
  })

  test('ends at once when it is told to while it waits for a broker', async () => {
    const path = write(CONFIG.replace('memory://run', 'rabbit://127.0.0.1:1/'))
    const child = startTocsin(['agent', 'run', '--config', path])
    children.push(child)
    const stderr = collect(child, 'stderr')
    await until(() => stderr.text.includes('127.0.0.1'))
    const before = Date.now()
    child.kill('SIGTERM')
    expect(await codeOf(child)).toBe(0)
    expect(Date.now() - before).toBeLessThan(5_000)
  })

  test('says that it waits for a plug-in, and ends when it is told to meanwhile', async () => {
    writeFileSync(join(folder, 'slow.mjs'), 'await new Promise(() => {})\nexport default {}\n')
    const { child, url } = await run(write(`${CONFIG}plugins: [slow.mjs]\n`))
    const health = await fetch(`${url}/health`)
    expect([health.status, await health.json()]).toEqual([
      503,
      { isHealthy: false, state: 'starting', waitsFor: ['plug-ins'], listeners: [] },
    ])
    child.kill('SIGTERM')
    expect(await codeOf(child)).toBe(0)
  })

  test('of an invalid configuration ends with 1 and says all of it', async () => {
    const path = write(`${CONFIG}sauce: x\nsecrets: y\n`)
    const { code, stderr } = await tocsinHere(['agent', 'run', '--config', path])
    expect(code).toBe(1)
    expect(stderr).toContain(`${path}:9:1: error: `)
    expect(stderr.split(`${path}:10:1: error: `)).toHaveLength(2)
    expect(stderr).toMatch(/agent.yaml: 2 errors; the agent does not start\n$/)
  })

  test('whose status finds its port taken says where, and what to do', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    try {
      const config = CONFIG.replace('port: 0', `port: ${port}`)
      // What is wrong with the files comes first.
      const wrong = await tocsinHere(['agent', 'run', '--config', write(`${config}sauce: x\n`)])
      expect(wrong.stderr).toContain('there is no option sauce')
      const path = write(config)
      const { code, stderr } = await tocsinHere(['agent', 'run', '--config', path])
      expect(code).toBe(1)
      expect(stderr).toContain(`the status can't be served at 127.0.0.1:${port}: `)
      expect(stderr).toContain('another host or port')
    } finally {
      taken.close()
    }
  })
})

describe('status', () => {
  test.each(['here', 'ftp://127.0.0.1', '127.0.0.1:9754'])(
    'of %s ends with 2 and says what is wanted',
    async (url) => {
      const { code, stderr } = await tocsinHere(['agent', 'status', '--url', url])
      expect([code, stderr]).toEqual([2, expect.stringContaining('such as http://127.0.0.1:9754')])
    },
  )
})
