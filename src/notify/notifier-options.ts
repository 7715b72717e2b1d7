/** What a notifier is made with, what it is asked to do once, and the rules for both. */
import { ConfigurationError } from '../core/errors.js'
import type { Logger } from '../core/logger.js'
import { checkOptions, describeValue, type OptionRules, optionProblems } from '../core/options.js'
import type { Serializer } from '../core/serializer.js'
import type { NotifyOptions } from './notifier-driver.js'
import { driverNameProblem } from './notifier-drivers.js'
import type { RoutingConfig } from './routing.js'

/** What a notifier and each of its `prepare`d forms may have of their own. */
export interface PrepareOptions {
  /** Who speaks, e.g. `compute.host1`. Null = the notification names nobody. Default null. */
  readonly publisherId?: string | null
  /**
   * Retries when the broker can't be reached or refuses: null or -1 = for ever, 0 = one attempt, N = N retries. Default -1. For ever is
   * still bounded by `timeout`.
   */
  readonly retry?: number | null
  /** Milliseconds until a notification is given up, whatever the retries. 0 = no bound. Default: the transport driver's, 30,000. */
  readonly timeout?: number
  /**
   * What happens when a notification can't be delivered. `throw` (default): the promise rejects. `log`: it is logged as an error and the
   * promise resolves, for fire and forget; mistakes of the caller (see Notifier) still reject.
   */
  readonly failures?: 'throw' | 'log'
}

/** What a notifier is made with. */
export interface NotifierOptions extends PrepareOptions {
  /**
   * `messaging`, `messagingv2`, `log`, `noop`, `test`, `routing`, or a name of `registerNotifierDriver`; or several, which run in this
   * order, each once. Default `messagingv2`. An empty list sends nothing.
   */
  readonly driver?: string | readonly string[]
  /** Base topics: a notification goes to `<topic>.<priority>` of each. Default `['notifications']`. */
  readonly topics?: readonly string[]
  /** Default: the transport's `controlExchange`. */
  readonly exchange?: string
  /** Turns payloads and contexts into JSON values. Default: they are JSON values. */
  readonly serializer?: Serializer
  /** Rules of the driver `routing`: an object, a JSON text, or the path of a JSON file that is read when the notifier is made. */
  readonly routing?: RoutingConfig | string
  /** Default: the transport's. */
  readonly logger?: Logger
}

const retryRule = { type: 'integer', min: -1, nullable: true } as const
const timeoutRule = { type: 'number', min: 0 } as const

const prepareRules: OptionRules = {
  publisherId: { type: 'string', nullable: true },
  retry: retryRule,
  timeout: timeoutRule,
  failures: { type: 'string', choices: ['throw', 'log'] },
}

const notifierRules: OptionRules = {
  ...prepareRules,
  driver: { type: 'any', check: driverProblem },
  topics: {
    type: 'list',
    wanted: 'a list of texts',
    check: (topics) =>
      (topics as unknown[]).every(isName) ? undefined : 'a list of texts, none of them empty',
  },
  exchange: { type: 'string' },
  serializer: { type: 'object', wanted: 'a Serializer', check: serializerProblem },
  routing: {
    type: 'any',
    check: (value) =>
      isTextOrObject(value) ? undefined : 'an object, a JSON text or the path of a JSON file',
  },
  logger: { type: 'object', wanted: 'a Logger' },
}

const notifyRules: OptionRules = {
  retry: retryRule,
  timeout: timeoutRule,
  signal: {
    type: 'object',
    wanted: 'an AbortSignal',
    check: (value) => (value instanceof AbortSignal ? undefined : 'an AbortSignal'),
  },
  mandatory: { type: 'boolean' },
}

/** Throws ConfigurationError that lists everything that is wrong with a transport and the options. */
export function checkNotifierOptions(transport: unknown, options: unknown): void {
  const problems = isTransport(transport)
    ? []
    : [`the first argument is the Transport of getTransport(); found ${describeValue(transport)}`]
  problems.push(...optionProblems(options, notifierRules))
  if (problems.length === 0)
    problems.push(...driverNames(options as NotifierOptions).flatMap((name) => driverNameProblem(name) ?? []))
  if (problems.length > 0) throw new ConfigurationError('Notifier', problems)
}

export function checkPrepareOptions(options: unknown): void {
  checkOptions('Notifier.prepare', options, prepareRules)
}

/** Throws ConfigurationError for what is wrong with one call, such as exchanged arguments. */
export function checkCall(
  method: string,
  ctxt: unknown,
  eventType: unknown,
  options: NotifyOptions | undefined,
): void {
  if (typeof eventType === 'string' && isContext(ctxt) && options === undefined) return
  const problems: string[] = []
  if (!isContext(ctxt)) problems.push(`the context is an object or null; found ${describeValue(ctxt)}`)
  if (typeof eventType !== 'string')
    problems.push(`the event type is a text; found ${describeValue(eventType)}`)
  if (options !== undefined) problems.push(...optionProblems(options, notifyRules))
  if (problems.length > 0) throw new ConfigurationError(`Notifier.${method}`, problems)
}

/** The names of the `driver` option, each once, in order. */
export function driverNames(options: NotifierOptions): readonly string[] {
  const { driver = 'messagingv2' } = options
  return [...new Set(typeof driver === 'string' ? [driver] : driver)]
}

function driverProblem(value: unknown): string | undefined {
  const names = Array.isArray(value) ? (value as unknown[]) : [value]
  return names.every((name) => typeof name === 'string') ? undefined : 'a name or a list of names'
}

function serializerProblem(value: unknown): string | undefined {
  const missing = ['serializeEntity', 'deserializeEntity', 'serializeContext', 'deserializeContext'].filter(
    (method) => typeof (value as Record<string, unknown>)[method] !== 'function',
  )
  return missing.length === 0 ? undefined : `a Serializer, which has ${missing.join('() and ')}() too`
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function isTextOrObject(value: unknown): boolean {
  return typeof value === 'string' || (typeof value === 'object' && !Array.isArray(value))
}

function isContext(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && !Array.isArray(value))
}

function isTransport(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'driver' in value && 'controlExchange' in value
}
