/** Pipeline files and what the original makes of them (test/fixtures/agent/pipelines; more in the golden data, where they are at hand). */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, test } from '@jest/globals'

import type { Event } from '../../../src/agent/event.js'
import { loadEventPipelines, loadSamplePipelines } from '../../../src/agent/pipeline/load.js'
import type { Pipelines } from '../../../src/agent/pipeline/pipelines.js'
import type { PipelineProblem } from '../../../src/agent/pipeline/problem.js'
import type { TestPublisher } from '../../../src/agent/publishers/memory.js'
import { makePublisher } from '../../../src/agent/publishers/registry.js'
import type { Sample } from '../../../src/agent/sample.js'
import { event, sample } from './support/data.js'

interface GoldenCase {
  readonly kind: 'pipeline' | 'event_pipeline'
  readonly files: readonly [string]
  readonly probes: readonly string[]
  readonly expected: {
    readonly pipelines?: readonly GoldenPipeline[]
    readonly delivered?: Readonly<Record<string, { names: readonly string[]; calls: number }>>
    readonly error?: { readonly class: string; readonly message?: string }
    readonly log: readonly string[]
  }
}

interface GoldenPipeline {
  readonly name: string
  readonly source: string
  readonly sink: string
  readonly publishers: readonly string[]
  readonly accepts: readonly string[]
}

const root = fileURLToPath(new URL('../../../', import.meta.url))
const folders = ['test/fixtures/agent/pipelines', '../shared/golden/definitions/pipelines']
const cases = folders
  .map((folder) => join(root, folder))
  .filter((folder) => existsSync(folder))
  .flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => [name, folder] as const),
  )

describe.each(cases)('%s in %s', (name, folder) => {
  const golden = JSON.parse(readFileSync(join(folder, name), 'utf8')) as GoldenCase
  const { kind, files, probes, expected } = golden
  const file = { file: files[0], text: readFileSync(join(folder, files[0]), 'utf8') }
  const options = { makePublisher, transformers: 'ignore' } as const
  const isSamples = kind === 'pipeline'
  const { pipelines, problems } = isSamples
    ? loadSamplePipelines(file, options)
    : loadEventPipelines(file, options)

  if (expected.error !== undefined) {
    test('is refused as there', () => {
      expect(pipelines).toBeUndefined()
      expect(problems.find(({ original }) => original !== undefined)?.original).toEqual({
        class: expected.error?.class,
        ...(expected.error?.message === undefined ? {} : { message: expected.error.message }),
      })
    })
    return
  }

  test('has the same pipelines', () => {
    expect(pipelines?.pipelines.map((pipeline) => shape(pipeline, probes))).toEqual(expected.pipelines)
  })

  test('leaves out the same publishers', () => {
    expect(problems.filter(({ severity }) => severity === 'error').map(logged)).toEqual(expected.log)
  })

  test('delivers the same, in the same order and in as many calls', async () => {
    for (const probe of probes) {
      if (isSamples) await (pipelines as Pipelines<Sample>).publish([sample({ name: probe })])
      else await (pipelines as Pipelines<Event>).publish([event({ event_type: probe })])
    }
    const delivered = ((pipelines?.publishers ?? []) as TestPublisher[])
      .filter(({ calls }) => calls > 0)
      .map(({ url, calls, samples, events }) => {
        const names = isSamples ? samples.map((one) => one.name) : events.map((one) => one.event_type)
        return [url, { names, calls }]
      })
    expect(Object.fromEntries(delivered)).toEqual(
      Object.fromEntries(Object.entries(expected.delivered ?? {}).filter(([, { calls }]) => calls > 0)),
    )
    await pipelines?.close()
  })
})

type AnyPipeline = Pipelines<Sample>['pipelines'][number] | Pipelines<Event>['pipelines'][number]

function shape(pipeline: AnyPipeline, probes: readonly string[]): GoldenPipeline {
  return {
    name: pipeline.name,
    source: pipeline.source.name,
    sink: pipeline.sink.parts.name,
    publishers: pipeline.sink.parts.outlets.map((outlet) => outlet.name),
    accepts: probes.filter((probe) => pipeline.accepts(probe)),
  }
}

/** The line of the original's log. */
function logged({ text }: PipelineProblem): string {
  return `ERROR ${text.split(';')[0]}`
}
