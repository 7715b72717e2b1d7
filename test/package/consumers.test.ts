/** The packed library in the projects of its users: what they install, whether it loads, runs and type-checks. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

import { Project, pack } from './project.js'

const README = new URL('../../README.md', import.meta.url)

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

  test('runs the quick start', async () => {
    expect(
      await project.tsc('TypeScript 7', ...STRICT, '--module', 'nodenext', '--outDir', 'out', 'main.ts'),
    ).toBe('')
    expect(await project.node('out/main.js')).toBe('compute.host1 made I-1\n')
  })

  if (existsSync(README)) {
    test('runs the first block of code in README.md as it stands', async () => {
      const block = /^```ts\n(.*?)^```/ms.exec(readFileSync(README, 'utf8'))?.[1] ?? ''
      expect(block).not.toBe('')
      project.write('readme.ts', block)
      expect(
        await project.tsc('TypeScript 7', ...STRICT, '--module', 'nodenext', '--outDir', 'out', 'readme.ts'),
      ).toBe('')
      expect(await project.node('out/readme.js')).not.toBe('')
    })
  }
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
  ])('runs the quick start %s', async (_, args) => {
    expect(await project.node(...args, 'main.js')).toBe('compute.host1 made I-1\n')
  })

  test.each([
    ['by require', []],
    ['by require where it can not load ES modules', ['--no-experimental-require-module']],
  ])('runs endpoints in worker threads %s', async (_, args) => {
    expect(await project.node(...args, 'pool.js')).toBe('handled 1\n')
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

  test('runs the quick start', async () => {
    expect(await project.node('main.js')).toBe('compute.host1 made I-1\n')
  })

  test('installs nothing but what the library uses when it runs', () => {
    const { packages } = JSON.parse(project.read('node_modules/.package-lock.json')) as { packages: object }
    expect(Object.keys(packages).sort()).toEqual(
      ['amqplib', 'eventemitter3', 'tocsin'].map((name) => `node_modules/${name}`),
    )
  })

  test('holds what worker threads start with, and no tests', () => {
    expect(project.has('node_modules/tocsin/dist/executors/worker-main.js')).toBe(true)
    expect(project.has('node_modules/tocsin/test')).toBe(false)
    expect(project.has('node_modules/tocsin/dist/node_modules')).toBe(false)
  })
})

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
