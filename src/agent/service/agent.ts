/** The notification agent: from plug-ins and files to listeners that run. source: ceilometer/notification.py */
import { EventEmitter } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'

import {
  ConfigurationError,
  getTransport,
  type Logger,
  NotOpen,
  type Transport,
  TransportURL,
} from '../../index.js'
import type { AgentConfig } from '../config/agent-config.js'
import { type AgentSources, readSources } from '../config/sources.js'
import type { NotificationPlugin } from '../handlers/plugin.js'
import type { IdentityNames } from '../meters/options.js'
import { describeProblem, type Problem } from '../problem.js'
import { type AgentState, type AgentStatus, pageOf, statusOf, Tallies } from './agent-status.js'
import { Counters } from './counters.js'
import { DeadLetterList } from './dead-letter-list.js'
import { Deliveries } from './deliveries.js'
import { LiveView } from './live.js'
import { compilePlan, type Plan, type PlanParts } from './plan.js'
import { Running } from './running.js'
import { StatusPlace } from './status-place.js'
import type { StatusSource } from './status-server.js'
import { Waits } from './waits.js'
import { FileWatcher } from './watcher.js'

/** Milliseconds between attempts to go back to a configuration that ran. */
const RETURN_PAUSE = 1_000

export interface AgentOptions {
  /** Default: warnings and errors on standard error. */
  readonly logger?: Logger
  /** Beside those of the configuration. */
  readonly plugins?: readonly NotificationPlugin[]
  /** Over the configuration's. */
  readonly lenient?: boolean | undefined
  /** Where relative paths of a configuration in code start. Default: the working directory. */
  readonly folder?: string
  /** Milliseconds between looks at the files. Default 2,000. */
  readonly watchInterval?: number
  /** Names of users and projects for all samples. Default: those that a sample comes with. */
  readonly identityNames?: IdentityNames
}

export interface AgentEvents {
  /** What is wrong with a configuration that was read: at the start, and at each reload. */
  problems: [problems: readonly Problem[]]
  /** A reload has ended: with the new configuration, or with the old one. */
  reloaded: [outcome: ReloadOutcome]
}

/** `unchanged`: the files say what they said. `invalid`: the old configuration goes on. `failed`: the new one could not start, the old one runs again. */
export type ReloadOutcome = 'reloaded' | 'unchanged' | 'invalid' | 'failed'

/**
 * Hears notifications, makes samples and events of them, and hands these to sinks. A notification is acknowledged when its at-least-once sinks took
 * what it gave; else it comes back later, and at last goes to the dead letters with the reason.
 *
 * Life: `start()`, any number of `reload()`, `stop()`; once.
 */
export class NotificationAgent implements AsyncDisposable {
  readonly #config: string | AgentConfig
  readonly #options: AgentOptions
  readonly #logger: Logger
  readonly #counters = new Counters()
  readonly #tallies = new Tallies()
  readonly #deliveries: Deliveries
  readonly #live = new LiveView()
  readonly #deadLetters = new DeadLetterList()
  readonly #emitter = new EventEmitter<AgentEvents>()
  readonly #watcher: FileWatcher
  readonly #transports = new Map<string, Transport>()
  readonly #end = new AbortController()
  readonly #waits = new Waits(this.#end.signal)
  readonly #status: StatusPlace
  #state: AgentState = 'idle'
  #running: Running | undefined
  /** Of what runs: what a failed reload goes back to. */
  #sources: AgentSources | undefined
  /** Reloads and the end happen one after the other. */
  #last: Promise<unknown> = Promise.resolve()

  /** `config`: the path of a YAML or JSON file, or what would be in it. Nothing is read before `start()`. */
  constructor(config: string | AgentConfig, options: AgentOptions = {}) {
    this.#config = config
    this.#options = options
    this.#logger = options.logger ?? console
    this.#deliveries = new Deliveries({ logger: this.#logger, counters: this.#counters })
    this.#status = new StatusPlace(this.#statusSource(), this.#logger)
    this.#watcher = new FileWatcher(() => void this.reload(), options.watchInterval ?? 2_000)
  }

  /**
   * Resolves when all listeners listen; the status is served from the beginning, and says what the start waits for. Rejects with ConfigurationError that lists
   * everything wrong in all files, or with what a broker or a port said; it has then let go of everything.
   */
  async start(): Promise<void> {
    if (this.#state !== 'idle')
      throw new ConfigurationError('agent', [`start() is called once; it is ${this.#state}`])
    this.#state = 'starting'
    await this.#next(() => this.#start())
  }

  async #start(): Promise<void> {
    try {
      const sources = readSources(this.#config, this.#options.folder)
      await this.#begin(sources)
      this.#watchFiles(sources)
      this.#state = 'running'
      this.#logger.info('the agent listens', { urls: [...this.#transports.keys()].map(hidePassword) })
    } catch (error) {
      await this.#finish()
      throw error
    }
  }

  /** Resolves when what is in hand is done, sinks have sent what they held, and nothing is open any more. Idempotent. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped') return
    // Ends a start or a reload that waits: for a broker, a plug-in, a publisher.
    this.#end.abort(new NotOpen('NOT_OPEN', 'the agent was stopped'))
    await this.#next(async () => {
      if (this.#state === 'stopped') return
      this.#state = 'stopping'
      await this.#finish()
    })
  }

  /**
   * Reads the configuration and its files anew. Only when all of it is valid the listeners stop, and start with it; messages wait in the broker
   * meanwhile. Otherwise, or when the new one can't start, the old one goes on. Never rejects.
   */
  reload(): Promise<ReloadOutcome> {
    return this.#next(async () => {
      const outcome = this.#state === 'running' ? await this.#reload() : 'unchanged'
      this.#counters.add('reloads', 1, { result: outcome })
      this.#emit('reloaded', outcome)
      return outcome
    })
  }

  /** `problems` and `reloaded`; see AgentEvents. */
  on<K extends keyof AgentEvents>(event: K, listener: (...args: AgentEvents[K]) => void): this {
    this.#emitter.on(event, listener as never)
    return this
  }

  off<K extends keyof AgentEvents>(event: K, listener: (...args: AgentEvents[K]) => void): this {
    this.#emitter.off(event, listener as never)
    return this
  }

  /** Where the status is served; undefined when it is not. */
  get statusUrl(): string | undefined {
    return this.#status.url
  }

  /** Seconds that `stop()` gives to what is in hand, by the configuration that runs; sinks and brokers may add some. */
  get stopTimeout(): number {
    return this.#sources?.settings.stopTimeout ?? 0
  }

  status(): AgentStatus {
    this.#tallies.writeTo(this.#counters, this.#running)
    return statusOf(this.#state, this.#waits.texts, this.#running, this.#counters)
  }

  /** In Prometheus' text format. */
  metrics(): string {
    this.#tallies.writeTo(this.#counters, this.#running)
    return this.#counters.toPrometheus()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #next<T>(run: () => Promise<T>): Promise<T> {
    const next = this.#last.then(run)
    this.#last = next.catch(() => {})
    return next
  }

  async #begin(sources: AgentSources): Promise<void> {
    // First, so that it can be asked what it waits for; but what is wrong with the files is told before a port that is taken.
    const unserved = await errorOf(this.#status.moveTo(sources.settings.status))
    const plan = await this.#compile(sources, {
      counters: this.#counters,
      transport: () => this.#transportOf(sources.settings.messaging.urls[0] as string),
    })
    const isLenient = this.#options.lenient ?? sources.settings.lenient
    this.#tell(plan.problems)
    const errors = plan.problems.filter(({ severity }) => severity === 'error')
    const hindrance =
      errors.length > 0 && !isLenient
        ? new ConfigurationError('agent', errors.map(describeProblem))
        : unserved
    if (hindrance !== undefined) {
      await plan.close().catch(() => {})
      throw hindrance
    }
    const transports = sources.settings.messaging.urls.map((url) => this.#transportOf(url))
    this.#running = await Running.start({
      plan,
      transports,
      counters: this.#counters,
      logger: this.#logger,
      deliveries: this.#deliveries,
      waits: this.#waits,
      live: sources.settings.status === undefined ? undefined : this.#live,
    })
    this.#sources = sources
  }

  /** Rejects only when the agent ends meanwhile. */
  async #compile(sources: AgentSources, parts: Pick<PlanParts, 'counters' | 'transport'>): Promise<Plan> {
    const compiling = compilePlan(sources, {
      ...parts,
      logger: this.#logger,
      plugins: this.#options.plugins ?? [],
      identityNames: this.#options.identityNames,
    })
    try {
      return await this.#waits.for('plug-ins', compiling)
    } catch (error) {
      // Where it comes about all the same, it has publishers. Never rejects.
      void compiling.then((plan) => plan.close()).catch(() => {})
      throw error
    }
  }

  async #reload(): Promise<ReloadOutcome> {
    const [old, before] = [this.#running, this.#sources]
    if (old === undefined || before === undefined) return 'unchanged'
    const sources = readSources(this.#config, this.#options.folder)
    if (sameTexts(sources, before)) return 'unchanged'
    this.#watchFiles(sources)
    // Compiled twice: the first time only to know whether it is right, since publishers may hold a port or a file that the old ones have.
    const trial = await this.#compile(sources, {
      counters: new Counters(),
      transport: () => this.#transportOf(before.settings.messaging.urls[0] as string),
    }).catch(() => undefined)
    if (trial === undefined) return 'unchanged'
    await trial.close().catch(() => {})
    if (
      trial.problems.some(({ severity }) => severity === 'error') &&
      !(this.#options.lenient ?? sources.settings.lenient)
    ) {
      this.#tell(trial.problems)
      this.#logger.error('the new configuration has errors; the old one goes on')
      return 'invalid'
    }
    this.#state = 'reloading'
    try {
      await this.#halt()
      await this.#begin(sources)
      await this.#dropTransports(sources)
      this.#logger.info('the agent listens, with the new configuration')
      return 'reloaded'
    } catch (error) {
      if (this.#end.signal.aborted) return 'failed'
      this.#logger.error('the new configuration could not start; the old one runs again', {
        error: String(error),
      })
      await this.#return(before)
      return 'failed'
    } finally {
      this.#state = 'running'
    }
  }

  /** To a configuration that ran before, as often as it takes: what hinders it now did not then. Until the agent is stopped. */
  async #return(before: AgentSources): Promise<void> {
    const { signal } = this.#end
    const isOver = (): boolean => signal.aborted
    while (!isOver()) {
      try {
        await this.#begin(before)
        await this.#dropTransports(before)
        return
      } catch (error) {
        if (isOver()) return
        this.#logger.error('the old configuration could not start either; it is tried again', {
          error: String(error),
        })
        await pause(RETURN_PAUSE, undefined, { signal }).catch(() => {})
      }
    }
  }

  /** Stops what runs; its counts stay. */
  async #halt(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    if (running === undefined) return
    const stopping = running.stop()
    // What ends the agent does not end this: what is in hand has its time.
    await this.#waits.for('what is in hand', stopping).catch(() => stopping)
    this.#tallies.keep(running)
  }

  async #finish(): Promise<void> {
    this.#watcher.watch(new Map())
    await this.#halt()
    await Promise.allSettled([...this.#transports.values()].map((transport) => transport.cleanup()))
    this.#transports.clear()
    await this.#status.close()
    this.#state = 'stopped'
  }

  #transportOf(url: string): Transport {
    let transport = this.#transports.get(url)
    if (transport === undefined) {
      transport = getTransport(url, { logger: this.#logger })
      this.#transports.set(url, transport)
    }
    return transport
  }

  async #dropTransports({ settings: { messaging } }: AgentSources): Promise<void> {
    for (const [url, transport] of this.#transports) {
      if (messaging.urls.includes(url)) continue
      this.#transports.delete(url)
      await transport.cleanup()
    }
  }

  #statusSource(): StatusSource {
    return {
      metrics: () => this.metrics(),
      health: () => {
        const { isHealthy, state, waitsFor, listeners } = this.status()
        return { isHealthy, detail: { isHealthy, state, waitsFor, listeners } }
      },
      status: () => this.status(),
      live: () => this.#page(),
    }
  }

  async #page(): Promise<object> {
    const letters = await this.#deadLetters.of(this.#running?.listeners ?? [])
    return pageOf(this.status(), this.#live.report(), letters)
  }

  #watchFiles({ settings, watched }: AgentSources): void {
    this.#watcher.watch(settings.watch ? watched : new Map())
  }

  #tell(problems: readonly Problem[]): void {
    if (problems.length > 0) this.#emit('problems', problems)
  }

  /** What a listener of the user's throws must not end a start or a reload half-way. */
  #emit<K extends keyof AgentEvents>(event: K, ...args: AgentEvents[K]): void {
    try {
      this.#emitter.emit(event, ...(args as never))
    } catch (error) {
      this.#logger.error(`a listener of '${event}' threw`, { error: String(error) })
    }
  }
}

function sameTexts(one: AgentSources, other: AgentSources): boolean {
  const texts = ({ settings, meters, events, pipeline, eventPipeline, problems }: AgentSources): string =>
    JSON.stringify({ settings, meters, events, pipeline, eventPipeline, problems })
  return texts(one) === texts(other)
}

function errorOf(promise: Promise<void>): Promise<Error | undefined> {
  return promise.then(
    () => undefined,
    (error: Error) => error,
  )
}

function hidePassword(url: string): string {
  return TransportURL.parse(url).toSafeString()
}
