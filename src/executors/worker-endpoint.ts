/** Endpoints that live in a worker thread, as the main thread knows them. */
import { ConfigurationError, describeError } from '../core/errors.js'
import { checkOptions, describeValue, type OptionRules } from '../core/options.js'

export interface WorkerEndpointOptions<F = null> {
  /** What it wants, judged in the main thread (with `shards`, in each): what it does not want never crosses. Default: everything of its methods. */
  readonly filterRule?: F | null
  /** The module's export that is the endpoint. Default `default`. */
  readonly export?: string
  /** Under which a delayed retry remembers that it has handled a message. Default: the file's name, with `#export` where one is given. */
  readonly name?: string
  /**
   * The methods it has. The listener must know them when it is made, before the module is loaded. Default: all seven priorities; then
   * those that the module lacks count as handled. A method given here that the module lacks fails the start.
   */
  readonly methods?: readonly string[]
  /** What the class or factory function is called with, in each thread. Crosses by structured clone. */
  readonly options?: unknown
}

const priorities = ['audit', 'critical', 'debug', 'error', 'info', 'sample', 'warn'] as const

const optionRules: OptionRules = {
  filterRule: { type: 'any' },
  export: { type: 'string', check: (value) => (value === '' ? 'the name of an export' : undefined) },
  name: { type: 'string', check: (value) => (value === '' ? 'a name' : undefined) },
  methods: { type: 'list', wanted: 'a list of method names', check: checkMethods },
  options: { type: 'any', check: checkCloneable },
}

function checkCloneable(value: unknown): string | undefined {
  try {
    structuredClone(value)
    return undefined
  } catch (error) {
    return `a value that structured clone can copy (${describeError(error)})`
  }
}

function checkMethods(value: unknown): string | undefined {
  const names = value as readonly unknown[]
  const sound = names.length > 0 && names.every((name) => typeof name === 'string' && name !== '')
  return sound && new Set(names).size === names.length ? undefined : 'a list of method names, each once'
}

/** What `workerEndpoint` returns: put it into the list of endpoints of a listener with executor `worker-pool`, or with `shards`. */
export class WorkerEndpoint<F = unknown> {
  readonly url: URL
  readonly filterRule: F | null
  readonly name: string
  readonly export: string
  readonly methods: readonly string[]
  /** Whether the user said so: then the module must have them all. */
  readonly methodsGiven: boolean
  readonly options: unknown

  constructor(url: URL, given: WorkerEndpointOptions<F>) {
    this.url = url
    this.filterRule = given.filterRule ?? null
    this.export = given.export ?? 'default'
    this.name = given.name ?? nameOf(url, given.export)
    this.methods = given.methods ?? priorities
    this.methodsGiven = given.methods !== undefined
    this.options = given.options
  }
}

function nameOf(url: URL, exportName: string | undefined): string {
  const file = url.pathname.slice(url.pathname.lastIndexOf('/') + 1)
  return exportName === undefined ? file : `${file}#${exportName}`
}

/**
 * An endpoint for executor `worker-pool` and for `shards`: a module, loaded once in each thread. Its export is an endpoint object, a class (constructed with
 * `options`) or a function that returns an endpoint, also as a promise (called with `options`).
 * ```ts
 * workerEndpoint(new URL('./billing.js', import.meta.url), { methods: ['info'] })
 * ```
 * JavaScript, or TypeScript where Node strips types or a loader is given (`execArgv`, see docs/executors.md).
 * Throws ConfigurationError when `module` is no file URL (as URL or text) or an option is wrong. Whether it loads is known at the
 * listener's start, which rejects with ExecutorLoadFailure.
 */
export function workerEndpoint<F = null>(
  module: URL | string,
  options: WorkerEndpointOptions<F> = {},
): WorkerEndpoint<F> {
  checkOptions('workerEndpoint', options, optionRules)
  const url =
    module instanceof URL
      ? module
      : typeof module === 'string' && URL.canParse(module)
        ? new URL(module)
        : undefined
  if (url === undefined || url.protocol !== 'file:') {
    throw new ConfigurationError('workerEndpoint', [
      `wants the file URL of a module, as new URL('./endpoint.js', import.meta.url); found ${describeValue(url?.href ?? module)}`,
    ])
  }
  return new WorkerEndpoint(url, options)
}

/** For executors that run endpoints in this thread. Throws ConfigurationError when the endpoint is a module. */
export function refuseWorkerEndpoint(endpoint: object, executor: string): void {
  if (!(endpoint instanceof WorkerEndpoint)) return
  throw new ConfigurationError(`executor '${executor}'`, [
    `the endpoint '${endpoint.name}' is for executor 'worker-pool' or option 'shards'; choose one, or import the module and give its endpoint`,
  ])
}
