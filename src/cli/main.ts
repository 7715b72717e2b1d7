#!/usr/bin/env node
/** The command `tocsin`: signals, exit codes and console output live here only. */
import { runCommand } from './command.js'
import type { ExitCode } from './terminal.js'

// Who reads our output may leave (`| head`): that is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

// Never rejects: every error is said and becomes an exit code.
void runCommand(process.argv.slice(2), {
  stdin: process.stdin,
  write: (text) => written(process.stdout, text),
  complain: (text) => void process.stderr.write(text),
  leave: (code) => process.exit(code),
  signals: process,
}).then((code) => {
  process.exitCode = code
  // The command is done: what keeps the process alive now is not ours. Without it the process ends before this comes.
  setTimeout(() => leave(code), 1_000).unref()
})

function leave(code: ExitCode): void {
  const kept = [...new Set(process.getActiveResourcesInfo())].join(', ')
  process.stderr.write(
    `tocsin: done, but something keeps the process alive (${kept}), such as a timer of a plug-in; it ends now\n`,
  )
  process.exit(code)
}

/** Resolves when it may go on: a slow reader holds us up, not our memory. */
function written(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => {
    if (stream.write(text)) resolve()
    else stream.once('drain', resolve)
  })
}
