/** `tocsin agent check`, `run` and `status`, as processes. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'

import { type Collected, collect, startTocsin, tocsinHere } from './tocsin.js'

let folder: string
let children: ChildProcess[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-run-'))
  children = []
})

afterEach(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'close')
  }
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

interface Running {
  readonly child: ChildProcess
  readonly stderr: Collected
  readonly url: string
}

async function run(path: string): Promise<Running> {
  const child = startTocsin(['agent', 'run', '--config', path])
  children.push(child)
  const stderr = collect(child, 'stderr')
  await until(() => /status at (\S+)\n/.test(stderr.text) || child.exitCode !== null)
  const url = /status at (\S+)\n/.exec(stderr.text)?.[1]
  if (url === undefined) throw new Error(`it did not start: ${stderr.text}`)
  return { child, stderr, url }
}

async function until(isSo: () => boolean): Promise<void> {
  const end = Date.now() + 20_000
  while (!isSo()) {
    if (Date.now() > end) throw new Error('it did not become so within 20 s')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

async function codeOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode
  const [code] = (await once(child, 'close')) as [number | null]
  return code
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
    await until(() => (stderr.text.match(/status at /g) ?? []).length === 2)
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
      const path = write(CONFIG.replace('port: 0', `port: ${port}`))
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
