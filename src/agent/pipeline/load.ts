import { ConfigurationError, type Logger, silentLogger } from '../../index.js'
import { type DefinitionFile, readSource } from '../definitions/source.js'
import type { Event } from '../event.js'
import { describeError } from '../publishers/publish-failure.js'
import type { Publisher } from '../publishers/publisher.js'
import { hidePasswords } from '../publishers/publisher-url.js'
import type { Sample } from '../sample.js'
import { Chain, type ChainSteps } from '../transformers/chain.js'
import { readChain } from '../transformers/read-chain.js'
import type { TransformerFactory } from '../transformers/transformer.js'
import { isTruthy } from '../values/index.js'
import { Tally } from './counters.js'
import { EVENTS, type Kind, SAMPLES } from './kind.js'
import { compileNames } from './name-filter.js'
import { Pipeline, type Source } from './pipeline.js'
import { Pipelines } from './pipelines.js'
import { Findings, type PipelineProblem } from './problem.js'
import { CountedPublisher, PublisherOutlet } from './publisher-outlet.js'
import { hashKey, hasKey, isMap, itemsOf, type Mapping, nameText, shown } from './python-shapes.js'
import { namesOfSinks, readSinks, readSources, type SinkText, type SourceText } from './sections.js'
import { Sink } from './sink.js'

/** What pipelines need from outside. */
export interface PipelineOptions {
  /** Asked once for each URL, until it succeeds. What it throws becomes a problem, and the publisher is left out. */
  readonly makePublisher: (url: string) => Publisher
  /** Default: silent. */
  readonly logger?: Logger
  /** `ignore`: `transformers` of sinks are not looked at, as in the original since 2018. Default `use`. */
  readonly transformers?: 'use' | 'ignore'
  /** Transformers of your own, by name; they come before those of the agent. */
  readonly customTransformers?: Readonly<Record<string, TransformerFactory>>
  /** Milliseconds since 1970. Default Date.now. */
  readonly now?: () => number
}

/** All that is wrong with a file, and what could be made of it. */
export interface LoadedPipelines<D> {
  /**
   * Absent when the file can't be used. There, but without the publishers in question, when the only errors are PUBLISHER_FAILED and
   * PUBLISHER_MISMATCH: with these the original goes on.
   */
  readonly pipelines?: Pipelines<D>
  /** In the order in which the original would come to them. */
  readonly problems: readonly PipelineProblem[]
}

/** Reads a pipeline.yaml. Never throws for what is in the file. */
export function loadSamplePipelines(file: DefinitionFile, options: PipelineOptions): LoadedPipelines<Sample> {
  return new Loading(SAMPLES, file, options).load()
}

/** Reads an event_pipeline.yaml. Never throws for what is in the file. */
export function loadEventPipelines(file: DefinitionFile, options: PipelineOptions): LoadedPipelines<Event> {
  return new Loading(EVENTS, file, options).load()
}

class Loading<D> {
  readonly #kind: Kind<D>
  readonly #options: PipelineOptions
  readonly #logger: Logger
  readonly #findings: Findings
  readonly #top: unknown
  readonly #broken: boolean
  readonly #publishers = new Map<string, CountedPublisher | undefined>()

  constructor(kind: Kind<D>, file: DefinitionFile, options: PipelineOptions) {
    const source = readSource(file)
    this.#kind = kind
    this.#options = options
    this.#logger = options.logger ?? silentLogger
    this.#findings = new Findings(source)
    this.#broken = this.#findings.fatal
    this.#top = source.value
  }

  load(): LoadedPipelines<D> {
    const { problems } = this.#findings
    if (this.#broken || !this.#hasSections(this.#top)) return { problems }
    const pipelines = this.#build(this.#top)
    if (!this.#findings.fatal) return { pipelines, problems }
    // Nobody will use them; they were made to learn what is wrong with their URLs.
    for (const publisher of pipelines.publishers) publisher.close(0).catch(() => undefined)
    return { problems }
  }

  #hasSections(top: unknown): top is Mapping {
    if (isMap(top) && hasKey(top, 'sources') && hasKey(top, 'sinks')) return true
    const advice = "write two lists, 'sources:' and 'sinks:'"
    if (itemsOf(top) === undefined) {
      this.#findings.wrongType([], 'TypeError', `a pipeline file is a map; found ${shown(top)}; ${advice}`)
      return false
    }
    const holds = (word: string): boolean =>
      !isMap(top) && (typeof top === 'string' ? top.includes(word) : (top as unknown[]).includes(word))
    if (holds('sources') && holds('sinks'))
      this.#findings.wrongType(
        [],
        'AttributeError',
        `a pipeline file is a map; found ${shown(top)}; ${advice}`,
      )
    else this.#findings.refuse([], 'SECTIONS_MISSING', 'Both sources & sinks are required', advice)
    return false
  }

  #build(top: Mapping): Pipelines<D> {
    const sources = readSources(top, this.#kind.word, this.#findings)
    const texts = readSinks(top, this.#findings)
    const sinks = new Map(texts.map((text) => [hashKey(text.name) ?? '', this.#sink(text)] as const))
    const pipelines = this.#couple(sources, sinks, namesOfSinks(top))
    const used = new Set(pipelines.map(({ sink }) => sink))
    for (const { name, path } of texts) {
      const sink = sinks.get(hashKey(name) ?? '')
      if (sink !== undefined && !used.has(sink) && !this.#findings.fatal)
        this.#findings.warn(path, 'UNUSED_SINK', `no source names the sink ${nameText(name)}`)
    }
    const publishers = [...this.#publishers.values()].filter((publisher) => publisher !== undefined)
    return new Pipelines(pipelines, [...sinks.values()], publishers)
  }

  #sink(text: SinkText): Sink<D> {
    const name = nameText(text.name)
    const dropped = new Tally()
    const now = this.#options.now ?? Date.now
    const steps = this.#steps(text)
    const witness = {
      logger: this.#logger,
      sink: name,
      count: (reason: string) => dropped.count(reason),
      now,
    }
    const outlets = text.publishers.flatMap((url, index) => {
      const publisher = this.#publisher(url, [...text.path, 'publishers', index])
      return publisher === undefined ? [] : [new PublisherOutlet(this.#kind, name, text.delivery, publisher)]
    })
    return new Sink({
      name,
      delivery: text.delivery,
      outlets,
      dropped,
      ...(steps === undefined ? {} : { makeChain: () => new Chain(steps, witness) }),
      now,
    })
  }

  #steps({ transformers, path }: SinkText): ChainSteps | undefined {
    if (this.#options.transformers === 'ignore' || transformers === undefined) return undefined
    if (this.#kind.word === 'events') {
      if (isTruthy(transformers))
        this.#findings.warn(
          [...path, 'transformers'],
          'TRANSFORMERS_OF_EVENTS',
          'events have no transformers; these are ignored',
        )
      return undefined
    }
    return readChain(transformers, this.#options.customTransformers ?? {}, (inner, code, text, severity) => {
      const place = [...path, 'transformers', ...inner]
      if (severity === 'error') this.#findings.error(place, code, text)
      else this.#findings.warn(place, code, text)
    })
  }

  /** One for each URL. A URL that failed is told of wherever it is written. */
  #publisher(url: string, path: readonly (string | number)[]): CountedPublisher | undefined {
    const known = this.#publishers.get(url)
    if (known !== undefined) return known
    let publisher: Publisher
    try {
      publisher = this.#options.makePublisher(url)
    } catch (error) {
      this.#publishers.set(url, undefined)
      const reason = error instanceof ConfigurationError ? error.problems.join('; ') : describeError(error)
      const text = `Unable to load publisher ${hidePasswords(url)}; it is left out: ${reason}`
      this.#findings.error(path, 'PUBLISHER_FAILED', text)
      return undefined
    }
    if (!this.#kind.takenBy(publisher)) {
      const what = this.#kind.word === 'meters' ? 'samples' : 'events'
      publisher.close(0).catch(() => undefined)
      const text = `Unable to load publisher ${publisher.url}; it is left out: it takes no ${what}`
      this.#findings.error(path, 'PUBLISHER_MISMATCH', text)
      return undefined
    }
    const counted = new CountedPublisher(publisher, this.#logger)
    this.#publishers.set(url, counted)
    return counted
  }

  #couple(
    sources: readonly SourceText[],
    sinks: ReadonlyMap<string, Sink<D>>,
    defined: ReadonlySet<string>,
  ): readonly Pipeline<D>[] {
    const names = new Set<string>()
    return sources.flatMap((text) => {
      const source: Source = { name: nameText(text.name), accepts: compileNames(text.entries), accepted: 0 }
      return this.#sinksOf(text, defined).flatMap(([key, path]) => {
        const sink = sinks.get(key)
        // Defined, but refused: that was said.
        if (sink === undefined || this.#refuseName(text, key)) return []
        const name = this.#kind.prefix + nameOf(source.name, sink.parts.name)
        if (names.has(name)) {
          const message = `Duplicate pipeline name: ${name}. Ensure pipeline names are unique. (name is the source and sink names combined)`
          this.#findings.refuse(
            path,
            'DUPLICATE_PIPELINE',
            message,
            'name the sink once, or rename one of the two',
          )
          return []
        }
        names.add(name)
        return [new Pipeline(this.#kind, name, source, sink, this.#logger)]
      })
    })
  }

  /** A source's name that is no text and equal to its sink's, or wanted for a message: there the original falls over it. */
  #refuseName({ name, path }: SourceText, sink?: string): boolean {
    const harmless = sink !== undefined && (this.#kind.word === 'events' || hashKey(name) !== sink)
    if (typeof name === 'string' || harmless) return false
    const text = `the name of a source must be a text; found ${shown(name)}`
    this.#findings.wrongType([...path, 'name'], 'TypeError', text)
    return true
  }

  /** The keys of the sinks that a source names, with their places. */
  #sinksOf(text: SourceText, defined: ReadonlySet<string>): [string, (string | number)[]][] {
    const { name, sinks, path } = text
    const source = nameText(name)
    const place = [...path, 'sinks']
    if (!isTruthy(sinks)) {
      if (this.#refuseName(text)) return []
      this.#findings.refuse(place, 'NO_SINK', `No sink defined in source ${source}`, 'name one at least')
      return []
    }
    const items = itemsOf(sinks)
    if (items === undefined) {
      this.#findings.wrongType(place, 'TypeError', `'sinks' must be a list of names; found ${shown(sinks)}`)
      return []
    }
    return items.flatMap((item, index) => {
      const key = hashKey(item)
      if (key === undefined)
        this.#findings.wrongType(
          [...place, index],
          'TypeError',
          `'sinks' must be a list of names; found ${shown(item)} in it`,
        )
      else if (!defined.has(key) && !this.#refuseName(text))
        this.#findings.refuse(
          [...place, index],
          'DANGLING_SINK',
          `Dangling sink ${nameText(item)} from source ${source}`,
          "define it under 'sinks' or take it out",
        )
      else if (defined.has(key)) return [[key, [...place, index]] as [string, (string | number)[]]]
      return []
    })
  }
}

function nameOf(source: string, sink: string): string {
  return source === sink ? source : `${source}:${sink}`
}
