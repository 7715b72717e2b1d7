/** What a listener with shards is refused for: whatever can't be made again in another thread. */
import { UnsupportedFeature } from '../../core/errors.js'
import { describeValue, type OptionRules, optionProblems } from '../../core/options.js'
import { MemoryDriver } from '../../drivers/memory/driver.js'
import { RabbitDriver } from '../../drivers/rabbit/driver.js'
import { wantedTexts } from '../../executors/options.js'
import { WorkerEndpoint } from '../../executors/worker-endpoint.js'
import type { Transport } from '../../transport.js'
import { fieldsOf, NotificationFilter } from '../filter.js'
import type { BatchListenerOptions, ListenerOptions } from '../listener-options.js'
import type { WireRule } from './wire.js'

const threadRules: OptionRules = {
  resourceLimits: { type: 'object' },
  execArgv: { type: 'list', wanted: 'a list of arguments', check: wantedTexts },
  loadTimeout: { type: 'integer', min: 1, max: 2_147_483_647 },
}

/** Given as they are to the listener of each shard: numbers, texts, true and false, and a retry policy of such. */
const crossing = [
  'concurrency',
  'allowRequeue',
  'retry',
  'deadLetter',
  'pool',
  'handlerTimeout',
  'prefetch',
  'bigint',
  'duplicates',
  'context',
  'batchSize',
  'batchTimeout',
] as const satisfies readonly (keyof BatchListenerOptions)[]

/** Why they can't cross, for those that can't. */
const staying: Partial<Record<keyof ListenerOptions, string>> = {
  key: 'a function can not cross to a thread; leave it out',
  serializer: 'an object with methods can not cross to a thread; decode in the endpoint, or leave out shards',
  validate: 'schemas can not cross to a thread; validate in the endpoint, or leave out shards',
}

/** The sentences about options and endpoints that `shards` does not go with; none where it is not given. */
export function shardProblems(options: BatchListenerOptions, endpoints: readonly unknown[]): string[] {
  if (options.shards === undefined) return []
  const problems: string[] = []
  const { executor = 'async-loop', executorOptions } = options
  if (executor !== 'async-loop') {
    const found = typeof executor === 'string' ? `'${executor}'` : describeValue(executor)
    problems.push(`beside 'shards' the executor is 'async-loop', in each shard; found ${found}; leave it out`)
  } else if (executorOptions !== undefined) {
    const found = optionProblems(executorOptions, threadRules)
    problems.push(...found.map((problem) => `in 'executorOptions' beside 'shards': ${problem}`))
  }
  for (const [name, why] of Object.entries(staying)) {
    if (options[name as keyof ListenerOptions] !== undefined)
      problems.push(`'${name}' beside 'shards': ${why}`)
  }
  if (endpoints.length === 0)
    problems.push("'shards' wants at least one endpoint: for await reads in this thread; found none")
  endpoints.forEach((endpoint, index) => problems.push(...endpointProblems(endpoint, index)))
  return problems
}

function endpointProblems(endpoint: unknown, index: number): string[] {
  if (!(endpoint instanceof WorkerEndpoint)) {
    return [
      `beside 'shards' endpoints are modules, since functions can't cross to a thread: ` +
        `workerEndpoint(new URL('./endpoint.js', import.meta.url)); endpoint ${index} is ${describeValue(endpoint)}`,
    ]
  }
  const rule: unknown = endpoint.filterRule
  const hasOwnMatch = rule instanceof NotificationFilter && rule.match !== NotificationFilter.prototype.match
  if (typeof rule !== 'function' && !hasOwnMatch) return []
  const found = typeof rule === 'function' ? 'a function' : 'a NotificationFilter with a match of its own'
  return [
    `beside 'shards' a filterRule is a NotificationFilter or a list of globs, since functions can't cross to a thread; ` +
      `that of endpoint ${index} ('${endpoint.name}') is ${found}: judge in the endpoint, or leave out shards`,
  ]
}

/** A rule that `shardProblems` and `compileRule` let pass, as data. */
export function wireRule(rule: unknown): WireRule | null {
  if (rule instanceof NotificationFilter) return { kind: 'fields', fields: fieldsOf(rule) }
  return Array.isArray(rule) ? { kind: 'globs', globs: [...(rule as readonly string[])] } : null
}

/** What the listener of a shard is made with. */
export function crossingOptions(options: BatchListenerOptions): BatchListenerOptions {
  const given = crossing.flatMap((name) => {
    const value = options[name]
    return value === undefined
      ? []
      : [[name, typeof value === 'object' && value !== null ? { ...value } : value]]
  })
  return Object.fromEntries(given) as BatchListenerOptions
}

/** Throws UnsupportedFeature where another thread can't reach the same broker by the same URL. */
export function refuseDriver({ driver, url }: Transport): void {
  if (driver instanceof RabbitDriver) return
  throw new UnsupportedFeature(
    'shards',
    driver instanceof MemoryDriver
      ? `the driver of '${url.scheme}' has its broker in this thread, and each shard would have one of its own: leave out shards ` +
          "(executor 'worker-pool' runs endpoints in threads here), or use a transport such as rabbit://"
      : `the driver of '${url.scheme}' is known in this thread only (registerDriver, or a Transport made with a driver), so that ` +
          "a shard can't make it: leave out shards (executor 'worker-pool' runs endpoints in threads), or use a transport such as rabbit://",
  )
}
