import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, test } from '@jest/globals'

import { publisherSchemes } from '../../src/agent/publishers/registry.js'
import { osloOptions, ownOptions } from '../../src/drivers/rabbit/options.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pages = [
  'README.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((file) => `docs/${file}`),
].filter((page) => page.endsWith('.md') && page !== 'docs/api.md')

/** Where a publisher's file is not named after its scheme. */
const files: Readonly<Record<string, string>> = {
  'http, https': 'http',
  'otlp, opentelemetryhttp': 'otlp',
  prometheus: 'prometheus-push',
  test: 'memory',
}

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

describe('the page of publishers', () => {
  /** By the name of its file: the options of its table of rules, with their defaults as the page writes them. */
  const tables = new Map(
    readdirSync(join(root, 'src/agent/publishers')).flatMap((file) => {
      const rules = /^(?:export )?const \w*[rR]ules\b[^\n]* = \{\n(.*?)^\}/ms.exec(
        read(`src/agent/publishers/${file}`),
      )
      if (rules === null) return []
      const options = (rules[1] as string).matchAll(/^ {2}(\w+): (?:(\w+)\((.*)\)|(\w+)),$/gm)
      return [
        [
          file.replace('.ts', ''),
          new Map([...options].map(([, name, ...rule]) => [name as string, byDefault(rule)])),
        ],
      ]
    }),
  )

  function byDefault([kind, argument = '', shared]: readonly (string | undefined)[]): string {
    if (shared !== undefined) return 'false'
    const [given = ''] = (kind === 'choice' ? argument.replace(/^.*\], /, '') : argument).split(', ')
    if (given === '') return 'none'
    return given.startsWith("'") ? given.slice(1, -1) : given.replaceAll('_', ',')
  }

  /** Its tables by the name of their file, which stands before the table, or is the section's title. */
  const documented = new Map(
    [
      ...read('docs/agent/publishers.md').matchAll(
        /^(?:## ([^\n]*)|<!-- options: ([\w-]*) -->)\n(.*?)(?=^## |^<!--|(?![\s\S]))/gms,
      ),
    ].flatMap(([, title = '', named, text = '']) => {
      const rows = [...text.matchAll(/^\| `(\w+)` \| `?([^`|]*?)`? \| .+\|$/gm)]
      const file = named ?? files[title] ?? title
      return rows.length === 0
        ? []
        : [[file, new Map(rows.map(([, name, value]) => [name as string, value as string]))] as const]
    }),
  )

  test('has the options of every publisher with their defaults, all and only', () => {
    expect(tables.size).toBeGreaterThan(8)
    expect(documented).toEqual(tables)
  })

  test('has a section for every scheme', () => {
    const titles = [...read('docs/agent/publishers.md').matchAll(/^## (.*)$/gm)].flatMap(([, title = '']) =>
      title.split(', '),
    )
    expect(titles).toEqual(expect.arrayContaining([...publisherSchemes()]))
  })
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
