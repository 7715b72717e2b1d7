/** `tocsin agent convert`: what definitions make of notifications, without a broker or a publisher. */
import { convertLine, describeProblem, loadConversion } from '../agent/index.js'
import { readArguments, single } from './arguments.js'
import { linesOf } from './lines.js'
import type { ExitCode, Terminal } from './terminal.js'

/** Who starts it in a terminal may not know that it waits for input. */
const TYPING = `tocsin: reading notifications, one JSON object per line, until the end of input (Ctrl+D); of a file:
  tocsin agent convert < notifications.jsonl
`

/**
 * A line of output for each line of input, in order. What is wrong with definition files goes to standard error, and the rest of them is used;
 * with `--strict` nothing is converted then, and the exit code is 1.
 */
export async function convert(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const given = readArguments(words, {
    meters: 'many',
    events: 'many',
    pipeline: 'one',
    source: 'one',
    'store-raw': 'many',
    'drop-unmatched': 'flag',
    original: 'flag',
    strict: 'flag',
  })
  const { conversion, problems } = loadConversion({
    meters: given.values.get('meters'),
    events: given.values.get('events'),
    pipeline: single(given, 'pipeline'),
    source: single(given, 'source'),
    storeRaw: given.values.get('store-raw'),
    dropUnmatched: given.flags.has('drop-unmatched'),
    mode: given.flags.has('original') ? 'original' : 'suggested',
  })
  for (const problem of problems) terminal.complain(`${describeProblem(problem)}\n`)
  if (given.flags.has('strict') && problems.some(({ severity }) => severity === 'error')) return 1
  if (terminal.stdin.isTTY === true) terminal.complain(TYPING)
  for await (const line of linesOf(terminal.stdin)) await terminal.write(`${convertLine(line, conversion)}\n`)
  return 0
}
