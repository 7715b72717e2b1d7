/** Definition and pipeline files for the dry run. */
import { ORIGINAL_TODAY, SUGGESTED } from '../config/compatibility.js'
import { eventConverter, meterConverter } from '../config/converters.js'
import { readFile, readFiles } from '../config/files.js'
import { shippedDefinitions } from '../config/shipped.js'
import type { EventDrop } from '../events/event-options.js'
import type { AgentNotification } from '../notification.js'
import { loadSamplePipelines } from '../pipeline/load.js'
import type { Problem } from '../problem.js'
import { TestPublisher } from '../publishers/memory.js'
import { parsePublisherURL } from '../publishers/publisher-url.js'
import type { Conversion } from './conversion.js'

export interface ConversionOptions {
  /** Files or folders. Undefined = the project's own definitions. */
  readonly meters?: readonly string[] | undefined
  readonly events?: readonly string[] | undefined
  /** Of samples. Undefined = lines without `published`. Its publishers are not made. */
  readonly pipeline?: string | undefined
  readonly source?: string | undefined
  readonly storeRaw?: readonly string[] | undefined
  readonly dropUnmatched?: boolean | undefined
  /** `original`: as the original does today, oddities and all. Default `suggested`. */
  readonly mode?: 'suggested' | 'original' | undefined
}

export interface LoadedConversion {
  readonly conversion: Conversion
  readonly problems: readonly Problem[]
}

/** Never rejects: what can't be read is among the problems, and the rest is used. */
export function loadConversion(options: ConversionOptions): LoadedConversion {
  const compatibility = options.mode === 'original' ? ORIGINAL_TODAY : SUGGESTED
  const problems: Problem[] = []
  const filesOf = (kind: 'meters' | 'events') => {
    const paths = options[kind]
    if (paths === undefined) return shippedDefinitions(kind)
    const found = readFiles(paths)
    problems.push(...found.problems)
    return found.files
  }
  const losses: EventDrop[] = []
  const meters = meterConverter(filesOf('meters'), {
    compatibility,
    report: { drop: () => {} },
    ...(options.source === undefined ? {} : { source: options.source }),
  })
  const events = eventConverter(filesOf('events'), {
    compatibility,
    dropUnmatched: options.dropUnmatched ?? false,
    storeRaw: options.storeRaw ?? [],
    onDrop: (drop) => {
      if (drop.loses === 'event' && drop.code !== 'UNMATCHED') losses.push(drop)
    },
  })
  problems.push(...meters.problems, ...events.problems)
  const published = options.pipeline === undefined ? undefined : publishedBy(options.pipeline, problems)
  return {
    conversion: {
      samples: meters.convert,
      event(notification) {
        requireId(notification)
        losses.length = 0
        const event = events.convert(notification)
        // So that it is among the line's errors.
        for (const loss of losses) throw new LostEvent(loss)
        return event
      },
      ...(published === undefined ? {} : { published }),
    },
    problems,
  }
}

/** The original asks for it before it looks for a definition. */
function requireId({ metadata }: AgentNotification): void {
  const given: unknown = metadata
  if (typeof given === 'object' && given !== null && Object.hasOwn(given, 'message_id')) return
  throw new LostEvent({
    code: 'BAD_METADATA',
    text: 'an event wants metadata.message_id, be it null; there is none',
  })
}

class LostEvent extends Error {
  constructor({ code, text }: { readonly code: string; readonly text: string }) {
    super(text)
    this.name = code
  }
}

function publishedBy(path: string, problems: Problem[]): Conversion['published'] {
  const found = readFile(path)
  problems.push(...found.problems)
  const [file] = found.files
  if (file === undefined) return () => []
  const loaded = loadSamplePipelines(file, {
    makePublisher: () => new TestPublisher(parsePublisherURL('test://')),
    // What they make depends on what came before; they let through what the names let through.
    transformers: 'ignore',
  })
  problems.push(...loaded.problems)
  const pipelines = loaded.pipelines?.pipelines ?? []
  return (samples) =>
    samples.flatMap((sample, index) => (pipelines.some((pipeline) => pipeline.admits(sample)) ? [index] : []))
}
