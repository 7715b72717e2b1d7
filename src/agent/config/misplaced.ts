/** Files that a configuration names, given in its place: whoever comes from Ceilometer has these, and no configuration yet. */
import { isMap, isSeq, type Node } from 'yaml'

interface Misplaced {
  readonly what: string
  /** The line of a configuration that names such a file. */
  readonly optionFor: (file: string) => string
}

const METERS: Misplaced = {
  what: 'a file of meter definitions',
  optionFor: (file) => `meters: {files: ${file}}`,
}
const EVENTS: Misplaced = {
  what: 'a file of event definitions',
  optionFor: (file) => `events: {files: ${file}}`,
}
const PIPELINE: Misplaced = {
  what: 'a pipeline file of samples',
  optionFor: (file) => `pipeline: ${file}`,
}
const EVENT_PIPELINE: Misplaced = {
  what: 'a pipeline file of events',
  optionFor: (file) => `eventPipeline: ${file}`,
}

/** What is wrong with it, or undefined: it may be a configuration. */
export function misplacedFile(root: Node | null, file: string): string | undefined {
  const found = kindOf(root)
  if (found === undefined) return undefined
  return `this is ${found.what}, as Ceilometer has it, not the configuration of an agent; name it in one: ${found.optionFor(file)}`
}

/** By what no configuration has on top, however wrong the rest of the file may be. */
function kindOf(root: Node | null): Misplaced | undefined {
  if (isSeq(root))
    return root.items.some((item) => isMap(item) && item.has('event_type')) ? EVENTS : undefined
  if (!isMap(root)) return undefined
  if (root.has('metric')) return METERS
  if (!root.has('sinks')) return undefined
  const sources = root.get('sources')
  const areOfEvents = isSeq(sources) && sources.items.some((source) => isMap(source) && source.has('events'))
  return areOfEvents ? EVENT_PIPELINE : PIPELINE
}
