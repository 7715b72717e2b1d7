/** Writes what a run of the campaign measured into docs/reliability.md. */

import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'

import { Advice, root, say } from '../../scripts/step.mjs'

const PAGE = join(root, 'docs/reliability.md')
const BEGIN = '<!-- faults: written by `npm run test:faults -- --write-docs` -->'
const END = '<!-- end of faults -->'

const COLUMNS = [
  ['case', ({ name }) => name],
  ['offered', ({ offered }) => number(offered)],
  ['confirmed', ({ confirmed }) => number(confirmed)],
  [
    'rejected',
    ({ rejected, unknown }) => (unknown > 0 ? `${number(rejected)} + ${number(unknown)}` : number(rejected)),
  ],
  ['handled', ({ handled }) => number(handled)],
  ['twice', ({ duplicates }) => number(duplicates)],
  ['dead', ({ dead }) => number(dead)],
  ['lost', ({ lost }) => `**${lost}**`],
  ['recovery, ms', ({ recovery }) => (recovery === undefined ? '' : number(recovery))],
  ['memory, MiB', ({ memory }) => number(memory)],
  ['open', ({ open }) => number(open)],
]

/** Replaces the table between the markers by that of `file`, a line of JSON for each case. */
export function writeTable(file, { isLong }) {
  const cases = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const page = readFileSync(PAGE, 'utf8')
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (from < 0 || to < from)
    throw new Advice(`${PAGE} has not the lines '${BEGIN}' and '${END}' around its table`)
  const command = `npm run test:faults --${isLong ? ' --long' : ''} --write-docs`
  const day = new Date().toISOString().slice(0, 10)
  const [{ model }] = cpus()
  const table = [
    BEGIN,
    '',
    `\`${command}\`, ${day}, Node ${process.version}, ${cpus().length} x ${model}:`,
    '',
    row(COLUMNS.map(([title]) => title)),
    row(COLUMNS.map((_, index) => (index === 0 ? '---' : '--:'))),
    ...cases.map((figures) => row(COLUMNS.map(([, text]) => text(figures)))),
    '',
  ]
  writeFileSync(PAGE, page.slice(0, from) + table.join('\n') + page.slice(to))
  say(`docs/reliability.md has the figures of ${cases.length} cases`)
}

const row = (cells) => `| ${cells.join(' | ')} |`

const number = (value) => value.toLocaleString('en-US')
