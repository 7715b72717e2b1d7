/** From words to a command. */
import { UsageError } from './arguments.js'
import { check } from './check.js'
import { convert } from './convert.js'
import { run } from './run.js'
import { status } from './status.js'
import type { ExitCode, Terminal } from './terminal.js'

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

Exit codes: 0 done, 1 something is wrong, 2 the command line is wrong.
`

/** Never rejects. */
export async function runCommand(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [area, name = '', ...rest] = words
  if (area === undefined || area === '--help' || area === '-h' || area === 'help' || name === '--help') {
    await terminal.write(USAGE)
    return area === undefined ? 2 : 0
  }
  const command = area === 'agent' ? COMMANDS.get(name) : undefined
  if (command === undefined) {
    terminal.complain(`tocsin: there is no command '${words.slice(0, 2).join(' ')}'\n\n${USAGE}`)
    return 2
  }
  if (rest.includes('--help')) {
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
