import { describeFound, isMapping, type Mapping, memberOf } from '../definitions/mapping.js'
import type { ChainSteps } from './chain.js'
import { Parameters, type ReportParameter } from './parameters.js'
import { TRANSFORMERS } from './table.js'
import type { TransformerContext, TransformerFactory } from './transformer.js'

type Path = readonly (string | number)[]

/** Where what is wrong with `transformers` of a sink goes. */
export type ReportTransformer = (
  path: Path,
  code: 'UNKNOWN_TRANSFORMER' | 'BAD_PARAMETER' | 'WRONG_TYPE',
  text: string,
  severity: 'error' | 'warning',
) => void

interface Written {
  readonly factory: TransformerFactory
  readonly values: Mapping
}

/**
 * Reads `transformers` of a sink: a list of `{name, parameters}`, null or absent for none. Each is made once to find what is wrong with it. Undefined when
 * there are none, or when something is wrong with them, which is reported.
 * source: ceilometer/pipeline.py Sink of 2016
 */
export function readChain(
  value: unknown,
  more: Readonly<Record<string, TransformerFactory>>,
  report: ReportTransformer,
): ChainSteps | undefined {
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value)) {
    report([], 'WRONG_TYPE', "'transformers' must be a list of maps with 'name' and 'parameters'", 'error')
    return undefined
  }
  const steps = (value as readonly unknown[]).map((entry, index) => readStep(entry, index, more, report))
  const whole = steps.filter((step) => step !== undefined)
  if (whole.length === 0 || whole.length < steps.length) return undefined
  return (context) => whole.map(({ factory, values }) => factory(new Parameters(values, SILENT), context))
}

function readStep(
  entry: unknown,
  index: number,
  more: Readonly<Record<string, TransformerFactory>>,
  report: ReportTransformer,
): Written | undefined {
  if (!isMapping(entry)) {
    report([index], 'WRONG_TYPE', "a transformer is a map with 'name' and 'parameters'", 'error')
    return undefined
  }
  const name = memberOf(entry, 'name')
  const factory = typeof name === 'string' ? (own(more, name) ?? own(TRANSFORMERS, name)) : undefined
  if (factory === undefined) {
    const known = [...Object.keys(TRANSFORMERS), ...Object.keys(more)].join(', ')
    report(
      [index, 'name'],
      'UNKNOWN_TRANSFORMER',
      `No transformer named ${typeof name === 'string' ? name : describeFound(name)} loaded; there are ${known}`,
      'error',
    )
    return undefined
  }
  const values = memberOf(entry, 'parameters') ?? {}
  if (!isMapping(values)) {
    report([index, 'parameters'], 'BAD_PARAMETER', "'parameters' must be a map", 'error')
    return undefined
  }
  const parameters = new Parameters(values, (path, text, severity) =>
    report(
      [index, 'parameters', ...path],
      'BAD_PARAMETER',
      `transformer ${describeFound(name)}: ${text}`,
      severity,
    ),
  )
  factory(parameters, UNUSED)
  return { factory, values }
}

/** What was wrong was said when the file was read. */
const SILENT: ReportParameter = () => undefined

const UNUSED: TransformerContext = { drop() {}, count() {}, now: () => 0 }

function own<V>(map: Readonly<Record<string, V>>, key: string): V | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined
}
