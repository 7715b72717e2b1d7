/** The packed library in the projects of its users: what they install, whether it loads, runs and type-checks. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

import { Project, pack } from './project.js'

let folder: string
let tarball: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-pack-'))
  tarball = await pack(folder)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('an ESM project in TypeScript', () => {
  let project: Project

  beforeAll(async () => {
    project = await Project.create('esm-typescript', tarball, 'module')
    project.link('@types/node')
  })

  afterAll(() => project[Symbol.dispose]())

  test.each([
    ['TypeScript 7', 'nodenext', 'nodenext'],
    ['TypeScript 7', 'node16', 'node16'],
    ['TypeScript 7', 'esnext', 'bundler'],
    ['TypeScript 6', 'nodenext', 'nodenext'],
    ['TypeScript 6', 'node16', 'node16'],
    ['TypeScript 6', 'esnext', 'bundler'],
  ] as const)(
    'type-checks with %s, module %s and moduleResolution %s',
    async (compiler, module, resolution) => {
      const options = [...STRICT, '--noEmit', '--module', module, '--moduleResolution', resolution]
      expect(await project.tsc(compiler, ...options, 'main.ts', 'refused.ts')).toBe('')
    },
  )

  test('runs a program of its own', async () => {
    expect(
      await project.tsc('TypeScript 7', ...STRICT, '--module', 'nodenext', '--outDir', 'out', 'main.ts'),
    ).toBe('')
    expect(await project.node('out/main.js')).toBe('compute.host1 made I-1\n')
  })

  test('runs the typed quick start of README.md as it stands', async () => {
    project.write('readme.ts', quickStart('ts'))
    const options = [...STRICT, '--module', 'nodenext', '--outDir', 'out']
    expect(await project.tsc('TypeScript 7', ...options, 'readme.ts')).toBe('')
    expect(await project.node('out/readme.js')).toBe('compute.host1: i-17 is active\n')
  })
})

describe('a CommonJS project', () => {
  let project: Project

  beforeAll(async () => {
    project = await Project.create('commonjs', tarball, 'commonjs')
    project.link('piscina')
  })

  afterAll(() => project[Symbol.dispose]())

  // With the switch Node takes our CommonJS build, as it and tools like jest do where `require` can not load ES modules.
  test.each([
    ['by require', []],
    ['by require where it can not load ES modules', ['--no-experimental-require-module']],
  ])('runs a program of its own %s', async (_, args) => {
    expect(await project.node(...args, 'main.js')).toBe('compute.host1 made I-1\n')
  })

  test.each([
    ['by require', []],
    ['by require where it can not load ES modules', ['--no-experimental-require-module']],
  ])('runs endpoints in worker threads %s', async (_, args) => {
    expect(await project.node(...args, 'pool.js')).toBe('handled 1\n')
  })

  test('runs the quick start of README.md as it stands', async () => {
    project.write('quick-start.mjs', quickStart('js'))
    expect(await project.node('quick-start.mjs')).toBe('compute.host1: compute.instance.create.end of i-17\n')
  })

  test.each([
    ['by require', []],
    ['by require where it can not load ES modules', ['--no-experimental-require-module']],
  ])('has one and the same class at each door %s', async (_, args) => {
    const program = `
      const [tocsin, driver] = [require('tocsin'), require('tocsin/driver')]
      try { tocsin.getTransport('nowhere://') } catch (error) { console.log(error instanceof driver.MessagingException) }
      console.log(tocsin.TransportURL === driver.TransportURL)`
    expect(await project.node(...args, '-e', program)).toBe('true\ntrue\n')
  })

  test('has one and the same class by require and by import', async () => {
    const program = "import('tocsin').then((it) => console.log(it.Target === require('tocsin').Target))"
    expect(await project.node('-e', program)).toBe('true\n')
  })
})

describe('a project in plain JavaScript', () => {
  let project: Project

  beforeAll(async () => {
    project = await Project.create('plain-javascript', tarball, 'module')
  })

  afterAll(() => project[Symbol.dispose]())

  test('runs a program of its own', async () => {
    expect(await project.node('main.js')).toBe('compute.host1 made I-1\n')
  })

  test('without piscina is told to install it when it wants worker threads', async () => {
    expect(await project.node('pool.js')).toBe(
      "ExecutorLoadFailure: executor 'worker-pool': it needs the package 'piscina', which can't be loaded: npm install piscina\n",
    )
  })

  test('runs the quick start of README.md as it stands', async () => {
    project.write('quick-start.mjs', quickStart('js'))
    expect(await project.node('quick-start.mjs')).toBe('compute.host1: compute.instance.create.end of i-17\n')
  })

  test('installs nothing but what the library uses when it runs', () => {
    const { packages } = JSON.parse(project.read('node_modules/.package-lock.json')) as { packages: object }
    expect(Object.keys(packages).sort()).toEqual(
      ['@msgpack/msgpack', 'amqplib', 'eventemitter3', 'tocsin', 'yaml'].map(
        (name) => `node_modules/${name}`,
      ),
    )
  })

  test('has the command tocsin', async () => {
    const help = await project.node('node_modules/.bin/tocsin', '--help')
    expect(help).toContain('tocsin agent check --config FILE')
    project.write('agent.yaml', 'sauce: x\n')
    await expect(
      project.node('node_modules/.bin/tocsin', 'agent', 'check', '--config', 'agent.yaml'),
    ).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining('agent.yaml:1:1: error: there is no option sauce'),
    })
  })

  test.each(['js', 'cjs'])(
    'loads a handful of files with the front door, nothing of the agent (%s)',
    (end) => {
      const files = [...filesBehind(project, `index.${end}`)]
      expect(files).toEqual(
        expect.arrayContaining([`index.${end}`, `shared/core.${end}`, `shared/library.${end}`]),
      )
      expect(files.length).toBeLessThanOrEqual(5)
      expect(files).not.toContain(`shared/agent.${end}`)
      expect([...filesBehind(project, `agent/index.${end}`)]).toContain(`shared/agent.${end}`)
    },
  )

  test('holds what worker threads start with, and no tests', () => {
    expect(project.has('node_modules/tocsin/dist/shared/worker-main.js')).toBe(true)
    expect(project.has('node_modules/tocsin/dist/shared/shard-main.js')).toBe(true)
    expect(project.has('node_modules/tocsin/test')).toBe(false)
    expect(project.has('node_modules/tocsin/dist/node_modules')).toBe(false)
  })
})

/** The files of dist/ that Node loads with one of them. */
function filesBehind(project: Project, file: string, found: Set<string> = new Set()): Set<string> {
  if (found.has(file)) return found
  found.add(file)
  const imports = /(?:\bfrom |\bimport |\brequire\()"(\.[^"]+)"/g
  for (const [, to = ''] of project.read(join('node_modules/tocsin/dist', file)).matchAll(imports)) {
    filesBehind(project, join(file, '..', to), found)
  }
  return found
}

/** The program in a language of the section "Quick start" in README.md. */
function quickStart(language: 'js' | 'ts'): string {
  const [, section = ''] = readFileSync(new URL('../../README.md', import.meta.url), 'utf8').split(
    '## Quick start',
  )
  const program = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'ms').exec(section)?.[1]
  if (program === undefined)
    throw new Error(`the section "Quick start" in README.md has no block of ${language}`)
  return program
}

/** As strict as can be, our declarations included. */
const STRICT = [
  '--strict',
  '--exactOptionalPropertyTypes',
  '--skipLibCheck',
  'false',
  '--target',
  'es2022',
  '--lib',
  'es2023,esnext.disposable',
  '--types',
  'node',
]
