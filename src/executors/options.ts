/** Options of executors that are made by name. */
import { ConfigurationError } from '../core/errors.js'
import type { ExecutorOptions } from '../core/executor.js'
import { type OptionRules, optionProblems } from '../core/options.js'

/** The default of executors that run in this thread. */
export const DEFAULT_CONCURRENCY = 64

const common: OptionRules = { concurrency: { type: 'integer', min: 1, max: 65_535 } }

/**
 * Throws ConfigurationError that lists everything wrong with the common options and with `executorOptions`. `further` = what the rules
 * can't say.
 */
export function checkExecutorOptions(
  executor: string,
  { concurrency, options }: ExecutorOptions,
  rules: OptionRules,
  further: () => readonly string[] = () => [],
): void {
  const problems = [...optionProblems({ concurrency }, common), ...optionProblems(options, rules)]
  // Only of well-formed options: one mistake is told once.
  if (problems.length === 0) problems.push(...further())
  if (problems.length > 0) throw new ConfigurationError(`executor '${executor}'`, problems)
}

/** For lists: what is wanted instead of one that holds anything but texts. */
export function wantedTexts(value: unknown): string | undefined {
  return (value as readonly unknown[]).every((item) => typeof item === 'string')
    ? undefined
    : 'a list of arguments'
}
