/** A configuration with the texts of all files that it names: what an agent is compiled from, and compiled from again when a reload fails. */
import type { Problem } from '../problem.js'
import type { AgentConfig } from './agent-config.js'
import { type MadeDefinitions, readFile, readFiles, type SourceFile } from './files.js'
import { INLINE, type ReadSettings, readSettings, type Settings, settingsFromCode } from './settings.js'
import { shippedDefinitions } from './shipped.js'

export interface AgentSources {
  readonly settings: Settings
  /** Undefined = the kind is not wanted. */
  readonly meters: readonly (SourceFile | MadeDefinitions)[] | undefined
  readonly events: readonly (SourceFile | MadeDefinitions)[] | undefined
  readonly pipeline: SourceFile | undefined
  readonly eventPipeline: SourceFile | undefined
  /** Absolute paths whose change means something, with the stamps of what was read. */
  readonly watched: ReadonlyMap<string, string>
  readonly problems: readonly Problem[]
}

/** Of a file by its path, or of an object. Never throws: what can't be read is among the problems. */
export function readSources(config: string | AgentConfig, folder?: string): AgentSources {
  if (typeof config !== 'string') return sourcesOf(settingsFromCode(config, folder), new Map())
  const { files, problems, watched } = readFile(config)
  const [file] = files
  const read = readSettings(config, file?.text ?? '')
  const sources = sourcesOf(read, watched)
  return problems.length === 0 ? sources : { ...sources, problems }
}

function sourcesOf(
  { settings, problems, document }: ReadSettings,
  watched: ReadonlyMap<string, string>,
): AgentSources {
  const found: Problem[] = [...problems]
  const seen = new Map(watched)
  const definitions = (kind: 'meters' | 'events'): readonly (SourceFile | MadeDefinitions)[] | undefined => {
    const wanted = settings[kind]
    if (wanted === undefined) return undefined
    const inline: SourceFile[] = wanted.hasInline
      ? [{ file: document.file, text: document.textAt([kind, 'definitions']) }]
      : []
    if (wanted.files === undefined) return [...inline, ...(wanted.hasInline ? [] : shippedDefinitions(kind))]
    const read = readFiles(wanted.files, settings.folder)
    found.push(...read.problems)
    for (const [path, stamp] of read.watched) seen.set(path, stamp)
    return [...inline, ...read.files]
  }
  const pipeline = (key: 'pipeline' | 'eventPipeline'): SourceFile | undefined => {
    const place = settings[key]
    if (place === undefined) return undefined
    if (place === INLINE) return { file: document.file, text: document.textAt([key]) }
    const read = readFile(place, settings.folder)
    found.push(...read.problems)
    for (const [path, stamp] of read.watched) seen.set(path, stamp)
    return read.files[0]
  }
  return {
    settings,
    meters: definitions('meters'),
    events: definitions('events'),
    pipeline: pipeline('pipeline'),
    eventPipeline: pipeline('eventPipeline'),
    watched: seen,
    problems: found,
  }
}
