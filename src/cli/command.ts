/** From words to a command. */
import { UsageError } from './arguments.js'
import { check } from './check.js'
import { convert } from './convert.js'
import { run } from './run.js'
import { status } from './status.js'
import type { ExitCode, Terminal } from './terminal.js'
import { packageVersion } from './version.js'

type Command = (words: readonly string[], terminal: Terminal) => Promise<ExitCode>

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['check', check],
  ['convert', convert],
  ['run', run],
  ['status', status],
])

const USAGE = `tocsin agent - from notifications to samples and events

  tocsin agent run --config FILE                 runs the agent; SIGHUP reads the files anew, SIGTERM ends it
  tocsin agent check --config FILE               says everything that is wrong with a configuration and its files
  tocsin agent convert [--meters FILE...] [--events FILE...] [--pipeline FILE] < NOTIFICATIONS
                                                 a dry run: one JSON line in, one JSON line out
  tocsin agent status [--url http://127.0.0.1:9754] [--json]
                                                 what a running agent has counted
  tocsin --version                               the version of this package
  tocsin --help                                  this

Exit codes: 0 done, 1 something is wrong, 2 the command line is wrong.
`

const HELP: ReadonlySet<string> = new Set(['--help', '-h', 'help'])
const VERSION: ReadonlySet<string> = new Set(['--version', '-V'])

/** Never rejects. */
export async function runCommand(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [area, name = '', ...rest] = words
  if (area === undefined || HELP.has(area) || HELP.has(name)) {
    await terminal.write(USAGE)
    return area === undefined ? 2 : 0
  }
  if (VERSION.has(area)) {
    await terminal.write(`${packageVersion()}\n`)
    return 0
  }
  const command = area === 'agent' ? COMMANDS.get(name) : undefined
  if (command === undefined) {
    terminal.complain(`tocsin: there is no command '${words.slice(0, 2).join(' ')}'\n\n${USAGE}`)
    return 2
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    await terminal.write(USAGE)
    return 0
  }
  try {
    return await command(rest, terminal)
  } catch (error) {
    terminal.complain(`tocsin: ${error instanceof Error ? error.message : String(error)}\n`)
    return error instanceof UsageError ? 2 : 1
  }
}
