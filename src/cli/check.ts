/** `tocsin agent check`: everything that is wrong with a configuration, at once, as editors read it. */
import { checkConfiguration, describeProblem } from '../agent/index.js'
import { readArguments, single, UsageError } from './arguments.js'
import { counted } from './counted.js'
import type { ExitCode, Terminal } from './terminal.js'

/** 1 when there is an error; warnings are said, too. */
export async function check(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const given = readArguments(words, { config: 'one' })
  const file = single(given, 'config') ?? given.rest[0]
  if (file === undefined) throw new UsageError('check wants --config FILE')
  const problems = await checkConfiguration(file)
  for (const problem of problems) await terminal.write(`${describeProblem(problem)}\n`)
  const errors = problems.filter(({ severity }) => severity === 'error').length
  const warnings = problems.length - errors
  const found = errors === 0 ? 'ready to run' : counted(errors, 'error')
  terminal.complain(`${file}: ${found}, ${counted(warnings, 'warning')}\n`)
  return errors === 0 ? 0 : 1
}
