/** A configuration, compiled: what an agent needs to run, and everything that is wrong with it. */

import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { type Logger, Target, type Transport } from '../../index.js'
import { eventConverter, meterConverter } from '../config/converters.js'
import type { SourceFile } from '../config/files.js'
import type { Settings } from '../config/settings.js'
import type { AgentSources } from '../config/sources.js'
import type { Event } from '../event.js'
import { classicHandler } from '../handlers/classic.js'
import type { NotificationPlugin } from '../handlers/plugin.js'
import { PluginSet } from '../handlers/plugin-set.js'
import type { IdentityNames } from '../meters/options.js'
import { loadEventPipelines, loadSamplePipelines, type PipelineOptions } from '../pipeline/load.js'
import type { Pipelines } from '../pipeline/pipelines.js'
import type { Problem } from '../problem.js'
import { makePublisher } from '../publishers/registry.js'
import type { Sample } from '../sample.js'
import { verify } from '../signature/signature.js'
import type { Counters } from './counters.js'
import { type Convert, DropReport } from './drop-report.js'
import { loadPlugin, pluginFaults, pluginProblem } from './plugin-module.js'
import type { Waits } from './waits.js'

export interface PlanParts {
  readonly logger: Logger
  readonly counters: Counters
  /** Registered in code. */
  readonly plugins: readonly NotificationPlugin[]
  /** Of `notifier://` without a host. */
  readonly transport: () => Transport
  /** Absent = samples have no names of users and projects but those that they come with. */
  readonly identityNames?: IdentityNames | undefined
}

/** One kind of what is made: how, and where it goes. */
export interface Branch<D> {
  readonly convert: Convert<D>
  readonly pipelines: Pipelines<D>
}

export interface Plan {
  readonly settings: Settings
  readonly problems: readonly Problem[]
  /** Undefined = no pipeline for them. */
  readonly samples: Branch<Sample> | undefined
  readonly events: Branch<Event> | undefined
  readonly targets: readonly Target[]
  /** Starts what publishers need before the first data. Rejects when one can't, or when the waits end. */
  open(waits: Waits): Promise<void>
  /** Rejects when a sink did not take what it was to send. */
  flush(): Promise<void>
  /** Idempotent. As flush, and frees everything, about `deadline` milliseconds later at the latest: what is not sent then is given up. */
  close(deadline?: number): Promise<void>
}

/** Never rejects: what is wrong is among the problems. Publishers are made, but not opened. */
export async function compilePlan(sources: AgentSources, parts: PlanParts): Promise<Plan> {
  const { settings } = sources
  const problems: Problem[] = [...sources.problems]
  const plugins = await pluginsOf(settings, parts, problems)
  const report = new DropReport(parts)
  const samples = sampleBranch(sources, parts, plugins, report, problems)
  const events = eventBranch(sources, parts, report, problems)
  const all = [samples?.pipelines, events?.pipelines].filter((pipelines) => pipelines !== undefined)
  return {
    settings,
    problems,
    samples,
    events,
    targets: targetsOf(settings, plugins, problems),
    async open(waits) {
      for (const publisher of all.flatMap(({ publishers }) => publishers))
        if (publisher.open !== undefined) await waits.for(`publisher ${publisher.url}`, publisher.open())
    },
    flush: () => everyOne(all.map((pipelines) => pipelines.flush())),
    close: (deadline) => everyOne(all.map((pipelines) => pipelines.close(deadline))),
  }
}

async function everyOne(promises: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(promises))
    if (result.status === 'rejected') throw result.reason
}

async function pluginsOf(
  settings: Settings,
  { plugins }: PlanParts,
  problems: Problem[],
): Promise<readonly NotificationPlugin[]> {
  const { compatibility, secret, reserved, handlers } = settings
  const check = compatibility.verifyPolled
    ? (message: object) => verify(message, secret, { lists: compatibility.signatures })
    : undefined
  const classic = handlers.flatMap((name) => classicHandler(name, { reserved, verify: check }) ?? [])
  const modules = await Promise.all(
    settings.plugins.map((url) =>
      loadPlugin(/^[a-z]{2,}:/i.test(url) ? url : pathToFileURL(resolve(settings.folder, url)).href, url),
    ),
  )
  const loaded: NotificationPlugin[] = []
  for (const made of modules) {
    if ('code' in made) problems.push(made)
    else loaded.push(made)
  }
  for (const [index, plugin] of plugins.entries()) {
    const faults = pluginFaults(plugin)
    if (faults.length === 0) loaded.push(plugin)
    else problems.push(pluginProblem(`plugin ${index + 1} of the code`, faults))
  }
  return [...classic, ...loaded]
}

function sampleBranch(
  { settings, meters, pipeline }: AgentSources,
  parts: PlanParts,
  plugins: readonly NotificationPlugin[],
  report: DropReport,
  problems: Problem[],
): Branch<Sample> | undefined {
  const set = new PluginSet(plugins, settings.source)
  const converter = meterConverter(meters ?? [], {
    compatibility: settings.compatibility,
    report,
    source: settings.source,
    reserved: settings.reserved,
    ...(parts.identityNames === undefined ? {} : { identityNames: parts.identityNames }),
  })
  problems.push(...converter.problems)
  const pipelines = loadPipelines(
    pipeline,
    (file) => loadSamplePipelines(file, pipelineOptions(settings, parts)),
    problems,
  )
  if (pipelines === undefined) return undefined
  return {
    pipelines,
    convert: report.countingOnce((notification) => {
      const made = set.samples(notification, report)
      const measured = converter.convert(notification)
      return made.length === 0 ? measured : [...made, ...measured]
    }),
  }
}

function eventBranch(
  { settings, events, eventPipeline }: AgentSources,
  parts: PlanParts,
  report: DropReport,
  problems: Problem[],
): Branch<Event> | undefined {
  if (events === undefined) {
    if (eventPipeline !== undefined)
      problems.push({
        file: eventPipeline.file,
        severity: 'warning',
        code: 'UNUSED_PIPELINE',
        text: "no events come this way, since 'events' is false; leave one of the two out",
      })
    return undefined
  }
  const converter = eventConverter(events, {
    compatibility: settings.compatibility,
    dropUnmatched: settings.events?.dropUnmatched ?? false,
    storeRaw: settings.events?.storeRaw ?? [],
    onDrop: ({ code, text }) => {
      if (code === 'UNMATCHED') report.count(code)
      else report.drop(code, text)
    },
    onComplaint: (code) => report.drop(code, 'the plug-in of a trait met what it can not use'),
  })
  problems.push(...converter.problems)
  const pipelines = loadPipelines(
    eventPipeline,
    (file) => loadEventPipelines(file, pipelineOptions(settings, parts)),
    problems,
  )
  if (pipelines === undefined) return undefined
  return {
    pipelines,
    convert: report.countingOnce((notification) => {
      const event = converter.convert(notification)
      return event === null ? [] : [event]
    }),
  }
}

function loadPipelines<D>(
  file: SourceFile | undefined,
  load: (file: SourceFile) => { readonly pipelines?: Pipelines<D>; readonly problems: readonly Problem[] },
  problems: Problem[],
): Pipelines<D> | undefined {
  if (file === undefined) return undefined
  const loaded = load(file)
  problems.push(...loaded.problems)
  return loaded.pipelines
}

function pipelineOptions(settings: Settings, { logger, transport }: PlanParts): PipelineOptions {
  return {
    makePublisher: (url) =>
      makePublisher(url, {
        ...settings.publishing,
        logger,
        telemetrySecret: settings.secret,
        signatures: settings.compatibility.signatures,
        transport,
      }),
    logger,
    transformers: settings.compatibility.transformers,
  }
}

/** Topics times exchanges, and what plug-ins want beside; each once, so that no queue has two consumers. */
function targetsOf(
  { messaging }: Settings,
  plugins: readonly NotificationPlugin[],
  problems: Problem[],
): readonly Target[] {
  const { exchanges, topics } = messaging
  const targets = topics.flatMap((topic) => exchanges.map((exchange) => new Target({ topic, exchange })))
  for (const plugin of plugins) {
    try {
      targets.push(...(plugin.getTargets?.({ exchanges, topics }) ?? []))
    } catch (error) {
      problems.push(pluginProblem(plugin.name, [`its getTargets threw: ${String(error)}`]))
    }
  }
  return [...new Map(targets.map((target) => [String(target), target])).values()]
}
