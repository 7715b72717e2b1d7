/**
 * `npm run api` writes docs/api.md: the declarations behind each door of the package in one piece, without their comments, so that a
 * change of the public API shows in a diff. `npm run api:check` fails when docs/api.md is not what the sources say.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { build } from 'tsdown'
import ts from 'typescript'

import { Advice, main, must, root } from './step.mjs'

const DOORS = {
  tocsin: 'src/index.ts',
  'tocsin/driver': 'src/driver.ts',
  'tocsin/conformance': 'src/conformance/index.ts',
  'tocsin/testing': 'src/testing/index.ts',
  'tocsin/agent': 'src/agent/index.ts',
}
const REPORT = join(root, 'docs/api.md')

await main(async () => {
  const report = await makeReport()
  if (!process.argv.includes('--check')) {
    writeFileSync(REPORT, report)
    return 0
  }
  if (readFileSync(REPORT, 'utf8') === report) return 0
  await showDifference(report)
  throw new Advice(
    'The public API differs from docs/api.md. If that is meant: `npm run api`, and a line in CHANGELOG.md.',
  )
})

async function makeReport() {
  const parts = [
    '# The public API\n\nMade by `npm run api` from the sources; do not edit. CI compares it, so that no change of the API goes unseen.\n',
  ]
  for (const [door, entry] of Object.entries(DOORS)) {
    parts.push(`## \`${door}\`\n\n\`\`\`ts\n${withoutComments(await rollUp(entry))}\`\`\`\n`)
  }
  return parts.join('\n')
}

/** All declarations that a door shows, in one file. */
async function rollUp(entry) {
  const outDir = mkdtempSync(join(tmpdir(), 'tocsin-api-'))
  try {
    await build({
      config: false,
      cwd: root,
      entry: { door: entry },
      outDir,
      format: 'esm',
      fixedExtension: false,
      platform: 'node',
      dts: { emitDtsOnly: true, sourcemap: false },
      deps: { onlyBundle: ['typed-emitter'] },
      logLevel: 'silent',
    })
    return readFileSync(join(outDir, 'door.d.ts'), 'utf8')
  } catch (error) {
    throw new Advice(`The declarations of ${entry} can not be made: ${error.message}`)
  } finally {
    rmSync(outDir, { recursive: true, force: true })
  }
}

function withoutComments(text) {
  const source = ts.createSourceFile('door.d.ts', text, ts.ScriptTarget.Latest)
  return ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed }).printFile(source)
}

async function showDifference(report) {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-api-'))
  const made = join(folder, 'api.md')
  writeFileSync(made, report)
  try {
    await must('git', ['diff', '--no-index', '--', REPORT, made])
  } catch {
    // git ends with 1 when it shows a difference.
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
