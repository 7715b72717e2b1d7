/** `tocsin agent run`: the agent as a process. */
import { setTimeout as pause } from 'node:timers/promises'

import { describeProblem, NotificationAgent } from '../agent/index.js'
import { ConfigurationError } from '../index.js'
import { readArguments, single, UsageError } from './arguments.js'
import { counted } from './counted.js'
import { deferred } from './deferred.js'
import type { ExitCode, Terminal } from './terminal.js'
import { terminalLogger } from './terminal-logger.js'

/** Seconds for sinks, partitions and brokers behind the configuration's `stopTimeout`. */
const LAST_MOMENT = 6

/**
 * Until SIGTERM or SIGINT; what is in hand is finished first. A second one, or something that hangs beyond `stopTimeout`, ends it with 1.
 * SIGHUP reads the files anew.
 */
export async function run(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const given = readArguments(words, { config: 'one', lenient: 'flag', verbose: 'flag' })
  const file = single(given, 'config') ?? given.rest[0]
  if (file === undefined) throw new UsageError('run wants --config FILE')
  const logger = terminalLogger(terminal, given.flags.has('verbose') ? 'debug' : 'info')
  const agent = new NotificationAgent(file, { logger, lenient: given.flags.has('lenient') || undefined })
  let errors = 0
  agent.on('problems', (problems) => {
    errors = problems.filter(({ severity }) => severity === 'error').length
    for (const problem of problems) terminal.complain(`${describeProblem(problem)}\n`)
  })
  const ending = endOf(terminal)
  // Never rejects: an invalid configuration is told by `problems`, and the old one stays.
  const reload = (): void => void agent.reload()
  terminal.signals.on('SIGHUP', reload)
  try {
    const started = agent.start()
    await Promise.race([started, ending.asked])
    await ending.asked
    const patience = agent.stopTimeout + LAST_MOMENT
    const isLate = pause(patience * 1_000, `did not stop within ${patience} s`, { ref: false })
    const unfinished = await Promise.race([
      agent.stop(),
      isLate,
      ending.pressed.then(() => 'was told twice to stop'),
    ])
    if (unfinished === undefined) return 0
    terminal.complain(
      `tocsin: the agent ${unfinished}: what was not acknowledged comes again from the broker\n`,
    )
    terminal.leave(1)
    return 1
  } catch (error) {
    // They were said one by one above.
    if (!(error instanceof ConfigurationError) || errors === 0) throw error
    throw new Error(`${file}: ${counted(errors, 'error')}; the agent does not start`, { cause: error })
  } finally {
    terminal.signals.off('SIGHUP', reload)
    ending.leave()
  }
}

interface Ending {
  /** The first signal. */
  readonly asked: Promise<void>
  /** The second. */
  readonly pressed: Promise<void>
  leave(): void
}

function endOf({ signals }: Terminal): Ending {
  const [first, second] = [deferred(), deferred()]
  let count = 0
  const onSignal = (): void => {
    count += 1
    if (count === 1) first.resolve()
    else second.resolve()
  }
  signals.on('SIGTERM', onSignal)
  signals.on('SIGINT', onSignal)
  return {
    asked: first.promise,
    pressed: second.promise,
    leave: () => {
      signals.off('SIGTERM', onSignal)
      signals.off('SIGINT', onSignal)
    },
  }
}
