import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, test } from '@jest/globals'

import { osloOptions, ownOptions } from '../../src/drivers/rabbit/options.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pages = [
  'README.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...readdirSync(join(root, 'docs')).map((file) => `docs/${file}`),
].filter((page) => page.endsWith('.md') && page !== 'docs/api.md')

function read(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}

function blocks(page: string, language: string): string[] {
  return [...read(page).matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
    ([, code = '']) => code,
  )
}

function run(program: string, ...args: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: root,
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output }))
  })
}

/** What a short block may use without saying where it comes from. */
const surroundings: Readonly<Record<string, string>> = {
  transport: 'declare const transport: tocsin.Transport',
  target: 'declare const target: tocsin.Target',
  notifier: 'declare const notifier: tocsin.Notifier',
  listener: 'declare const listener: tocsin.NotificationListener',
}

function surrounded(code: string): string {
  if (/^import /m.test(code)) return code
  const names = [...read('src/index.ts').matchAll(/[{,\s](?:type )?([A-Za-z]+)(?=,|\s\})/g)].map(
    ([, name]) => name,
  )
  const used = [...new Set(names)].filter((name) => new RegExp(`\\b${name}\\b`).test(code))
  const declared = Object.entries(surroundings)
    .filter(([name]) => new RegExp(`\\b${name}\\b`).test(code) && !new RegExp(`const ${name}\\b`).test(code))
    .map(([, declaration]) => declaration)
  return [
    "import type * as tocsin from 'tocsin'",
    `import { ${used.join(', ')} } from 'tocsin'`,
    ...declared,
    code,
    'export {}',
  ].join('\n')
}

test('the TypeScript of the documentation compiles', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-docs-'))
  try {
    for (const page of pages)
      for (const [index, code] of blocks(page, 'ts').entries())
        writeFileSync(join(folder, `${page.replaceAll('/', '-')}-${index + 1}.mts`), surrounded(code))
    const paths = {
      tocsin: [join(root, 'src/index.ts')],
      'tocsin/driver': [join(root, 'src/driver.ts')],
      'tocsin/*': [join(root, 'src/*/index.ts')],
    }
    const compilerOptions = {
      rootDir: '/',
      paths,
      typeRoots: [join(root, 'node_modules/@types')],
      verbatimModuleSyntax: false,
      isolatedDeclarations: false,
      declaration: false,
    }
    const config = join(folder, 'tsconfig.json')
    writeFileSync(
      config,
      JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include: ['*.mts'] }),
    )
    await expect(run(join(root, 'node_modules/.bin/tsc'), '-p', config)).resolves.toEqual({
      code: 0,
      output: '',
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}, 60_000)

test('the quick start of the README runs as it stands, and is a screen long', async () => {
  const [code = ''] = blocks('README.md', 'js')
  expect(code.trim().split('\n').filter(Boolean).length).toBeLessThanOrEqual(24)
  await expect(run(process.execPath, '--input-type=module', '--eval', code)).resolves.toEqual({
    code: 0,
    output: 'compute.host1: compute.instance.create.end of i-17\n',
  })
}, 30_000)

test('the tables of URL options name the options of the rabbit driver, all and only', () => {
  const [, tables = ''] = read('docs/transports.md').split('<!-- options:')
  const documented = [...(tables.split('\n## ')[0] ?? '').matchAll(/^\| `(\w+)` \|/gm)].map(
    ([, name]) => name,
  )
  expect(new Set(documented)).toEqual(new Set([...Object.keys(osloOptions), ...Object.keys(ownOptions)]))
  expect(documented.length).toBe(new Set(documented).size)
})

describe.each(pages)('%s', (page) => {
  test('links to files that exist', () => {
    const links = [...read(page).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link)
    expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([])
  })

  test('has no line of text beyond 140 signs', () => {
    const lines = read(page)
      .split('\n')
      .filter((line) => !line.startsWith('|'))
    expect(lines.filter((line) => line.length > 140)).toEqual([])
  })
})
