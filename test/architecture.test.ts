/** The floors of the source tree (docs: CONTRIBUTING.md): imports go down only. Each broken rule is a sentence of its own. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, test } from '@jest/globals'

const src = fileURLToPath(new URL('../src', import.meta.url))

/** What a floor may import besides itself. `index` is the front door (src/index.ts), `driver` the door for driver authors. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: [],
  drivers: ['core'],
  executors: ['core'],
  transport: ['core', 'drivers', 'executors'],
  notify: ['core', 'drivers', 'executors', 'transport'],
  rpc: ['core', 'drivers', 'executors', 'transport'],
  index: ['core', 'drivers', 'executors', 'transport', 'notify', 'rpc'],
  // Side doors: they look into the house and nobody inside knows them.
  driver: ['core'],
  conformance: ['core', 'executors', 'transport', 'notify', 'index', 'driver'],
  testing: ['core', 'drivers', 'transport', 'notify', 'index'],
  agent: ['index'],
  cli: ['index', 'agent'],
}

/** Packages that belong to one folder. */
const PACKAGE_HOME: Record<string, string> = {
  amqplib: 'drivers/rabbit/',
  piscina: 'executors/',
  eventemitter3: 'core/events.ts',
  'typed-emitter': 'core/events.ts',
}

const MAX_LINES = 400

interface Import {
  readonly from: string
  readonly to: string
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const imports = files.flatMap((file) => importsOf(file, readFileSync(join(src, file), 'utf8')))

describe('the source tree', () => {
  test('has the floors of the design and no other', () => {
    expect(files.map(floorOf).filter((floor) => !(floor in MAY_IMPORT))).toEqual([])
  })

  test('imports go down only', () => {
    expect(imports.flatMap((one) => upward(one))).toEqual([])
  })

  test('drivers never import one another', () => {
    expect(imports.flatMap((one) => sideways(one))).toEqual([])
  })

  test('a package is imported where it belongs', () => {
    expect(imports.flatMap((one) => astray(one))).toEqual([])
  })

  test(`no file is longer than ${MAX_LINES} lines`, () => {
    const lengths = files.map(
      (file) => [file, readFileSync(join(src, file), 'utf8').split('\n').length - 1] as const,
    )
    expect(
      lengths.filter(([, length]) => length > MAX_LINES).map(([file, length]) => `src/${file} has ${length}`),
    ).toEqual([])
  })
})

describe('the rules themselves', () => {
  test.each([
    [
      "import { a } from '../notify/listener.js'",
      'core/target.ts',
      upward,
      'core may import nothing above it',
    ],
    [
      "import type { A } from '../transport.js'",
      'executors/keyed.ts',
      upward,
      'executors may import only core',
    ],
    [
      "export * from '../../executors/keyed.js'",
      'drivers/memory/queue.ts',
      upward,
      'drivers may import only core',
    ],
    ["type A = import('../index.js').A", 'notify/listener.ts', upward, 'notify may import only'],
    [
      "import { a } from '../memory/broker.js'",
      'drivers/rabbit/driver.ts',
      sideways,
      'drivers never import one another',
    ],
    ["import amqplib from 'amqplib'", 'transport.ts', astray, 'amqplib belongs to src/drivers/rabbit/'],
    ["await import('piscina')", 'notify/listener.ts', astray, 'piscina belongs to src/executors/'],
  ])('%s in src/%s is refused', (text, file, rule, sentence) => {
    expect(importsOf(file, text).flatMap((one) => rule(one))).toEqual([expect.stringContaining(sentence)])
  })

  test.each([
    ["import { a } from './url.js'", 'core/target.ts'],
    ["import { a } from './core/url.js'", 'transport.ts'],
    ["import amqplib from 'amqplib'", 'drivers/rabbit/link.ts'],
    ["import { createServer } from 'node:net'", 'core/server.ts'],
  ])('%s in src/%s is allowed', (text, file) => {
    const found = importsOf(file, text)
    expect(found).toHaveLength(1)
    expect(found.flatMap((one) => [...upward(one), ...sideways(one), ...astray(one)])).toEqual([])
  })
})

function upward({ from, to }: Import): string[] {
  const [floor, other] = [floorOf(from), floorOf(to)]
  const allowed = MAY_IMPORT[floor] ?? []
  if (!to.endsWith('.ts') || floor === other || allowed.includes(other)) return []
  const may = allowed.length === 0 ? 'nothing above it' : `only ${allowed.join(', ')}`
  return [`src/${from} imports src/${to}: ${floor} may import ${may}`]
}

function sideways({ from, to }: Import): string[] {
  const [one, other] = [driverOf(from), driverOf(to)]
  if (one === undefined || other === undefined || one === other) return []
  return [`src/${from} imports src/${to}: drivers never import one another`]
}

function astray({ from, to }: Import): string[] {
  const home = PACKAGE_HOME[to]
  return home === undefined || from.startsWith(home)
    ? []
    : [`src/${from} imports ${to}: ${to} belongs to src/${home}`]
}

/** Paths of src for our own modules, the package's name for others (`node:net` as it is). */
function importsOf(from: string, text: string): Import[] {
  const found = text.matchAll(/\bfrom\s+'([^']+)'|\bimport\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/g)
  return [...found].map((match) => {
    const specifier = match[1] ?? match[2] ?? match[3] ?? ''
    if (specifier.startsWith('.'))
      return { from, to: normalize(join(dirname(from), specifier)).replace(/\.js$/, '.ts') }
    const parts = specifier.split('/')
    return { from, to: specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '') }
  })
}

/** The first part of a path: `core` for core/url.ts, `transport` for transport.ts. */
function floorOf(path: string): string {
  return path.replace(/\.ts$/, '').split('/')[0] ?? ''
}

function driverOf(path: string): string | undefined {
  return /^drivers\/([^/]+)\//.exec(path)?.[1]
}
