/** Something wrong in a file of the configuration. All of all files are gathered before anything is said. */
export interface Problem {
  readonly file: string
  /** From 1; absent when the whole file is meant. */
  readonly line?: number
  readonly column?: number
  /** `error`: the agent does not start (unless lenient). `warning`: it starts, but somebody should know. */
  readonly severity: 'error' | 'warning'
  /** Stable, for programs: `UNKNOWN_TRAIT_TYPE`. */
  readonly code: string
  /** What was wanted, what was found, what to do. */
  readonly text: string
}

/** `file:line:column: error: text`, as editors read it. */
export function describeProblem({ file, line, column, severity, text }: Problem): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':')
  return `${place}: ${severity}: ${text}`
}
