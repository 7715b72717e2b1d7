/** Executors by name. The table name -> factory is the only mutable state of this module. */
import { ConfigurationError, ExecutorLoadFailure, MessagingException } from '../core/errors.js'
import type { Executor, ExecutorFactory, ExecutorOptions } from '../core/executor.js'
import { describeValue, unknownName } from '../core/options.js'
import { asyncLoop } from './async-loop.js'
import { keyed } from './keyed.js'
import { workerPool } from './worker-pool.js'

const executors = new Map<string, ExecutorFactory>([
  ['async-loop', asyncLoop],
  ['keyed', keyed],
  ['worker-pool', workerPool],
])

/**
 * Adds an executor that listeners may choose by name. `factory` is called once per listener and throws ConfigurationError when its options
 * are wrong. Throws ConfigurationError when the name is taken or can't be one.
 */
export function registerExecutor(name: string, factory: ExecutorFactory): void {
  const problems: string[] = []
  if (typeof name !== 'string' || !/^[a-z][a-z0-9-]*$/.test(name)) {
    problems.push(
      `a name is lower-case letters, digits and '-', and begins with a letter; found ${describeValue(name)}`,
    )
  } else if (executors.has(name)) {
    problems.push(`there is an executor '${name}' already; choose another name`)
  }
  if (typeof factory !== 'function') {
    problems.push(`wants a factory function; found ${describeValue(factory)}`)
  }
  if (problems.length > 0) throw new ConfigurationError('registerExecutor', problems)
  executors.set(name, factory)
}

/**
 * The executor of a listener: made by the factory of that name, or the one given. Throws ExecutorLoadFailure for an unknown name or when a
 * factory fails, ConfigurationError for wrong options, also for options beside an Executor, which has its own.
 */
export function makeExecutor(executor: string | Executor, options: ExecutorOptions): Executor {
  if (typeof executor === 'string') return makeNamed(executor, options)
  if (!isExecutor(executor)) {
    throw new ConfigurationError('executor', [
      `wants the name of an executor (${[...executors.keys()].join(', ')}) or an Executor; found ${describeValue(executor)}`,
    ])
  }
  const problems: string[] = []
  if (options.concurrency !== undefined) {
    problems.push("'concurrency' is for executors chosen by name; an Executor has its own, so leave it out")
  }
  if (Object.keys(options.options).length > 0) {
    problems.push(
      "'executorOptions' is for executors chosen by name; give them to the Executor where you make it",
    )
  }
  if (problems.length > 0) throw new ConfigurationError('executor', problems)
  return executor
}

function makeNamed(name: string, options: ExecutorOptions): Executor {
  const factory = executors.get(name)
  if (factory === undefined) {
    throw new ExecutorLoadFailure(name, unknownName('executor', name, [...executors.keys()]))
  }
  let made: unknown
  try {
    made = factory(options)
  } catch (cause) {
    if (cause instanceof MessagingException) throw cause
    throw new ExecutorLoadFailure(name, `the factory of executor '${name}' threw; its error is the cause`, {
      cause,
    })
  }
  if (!isExecutor(made)) {
    throw new ExecutorLoadFailure(
      name,
      `the factory of executor '${name}' wants to return an Executor (concurrency of 1 or more, execute, close); found ${describeValue(made)}`,
    )
  }
  return made
}

function isExecutor(value: unknown): value is Executor {
  if (typeof value !== 'object' || value === null) return false
  const { concurrency, execute, close } = value as Partial<Executor>
  const runs = typeof execute === 'function' && typeof close === 'function'
  return runs && Number.isSafeInteger(concurrency) && (concurrency as number) >= 1
}
