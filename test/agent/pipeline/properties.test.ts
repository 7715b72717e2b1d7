import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { stringify } from 'yaml'

import { loadEventPipelines, loadSamplePipelines } from '../../../src/agent/pipeline/load.js'
import { describeProblem } from '../../../src/agent/problem.js'
import { makePublisher } from '../../../src/agent/publishers/registry.js'
import { sample } from './support/data.js'
import { Receivers } from './support/receiver.js'

const LOADERS = [loadSamplePipelines, loadEventPipelines]

/** Values where a pipeline file wants others, and now and then what it wants. */
const oddValue = fc.oneof(
  fc.constantFrom('*', 'k', '!a', 'test://', 'a', '', '__proto__', '[', 'disk.*'),
  fc.jsonValue({ maxDepth: 2 }),
)
const oddList = fc.oneof(
  { weight: 3, arbitrary: fc.array(oddValue, { maxLength: 4 }) },
  { weight: 1, arbitrary: oddValue },
)
const oddTransformer = fc.record(
  {
    name: fc.oneof(
      fc.constantFrom(
        'accumulator',
        'aggregator',
        'arithmetic',
        'delta',
        'rate_of_change',
        'unit_conversion',
      ),
      oddValue,
    ),
    parameters: fc.oneof(
      fc.record(
        {
          size: oddValue,
          target: fc.record({ scale: oddValue, expr: oddValue, name: oddValue }, { requiredKeys: [] }),
        },
        { requiredKeys: [] },
      ),
      oddValue,
    ),
  },
  { requiredKeys: [] },
)
const oddSource = fc.record(
  { name: oddValue, meters: oddList, events: oddList, sinks: oddList },
  { requiredKeys: [] },
)
const oddSink = fc.record(
  {
    name: oddValue,
    publishers: oddList,
    delivery: oddValue,
    transformers: fc.oneof(fc.array(oddTransformer, { maxLength: 2 }), oddValue),
  },
  { requiredKeys: [] },
)
const oddFile = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record(
      {
        sources: fc.oneof(
          {
            weight: 9,
            arbitrary: fc.array(fc.oneof({ weight: 9, arbitrary: oddSource }, oddValue), { maxLength: 3 }),
          },
          oddValue,
        ),
        sinks: fc.oneof(
          {
            weight: 9,
            arbitrary: fc.array(fc.oneof({ weight: 9, arbitrary: oddSink }, oddValue), { maxLength: 3 }),
          },
          oddValue,
        ),
      },
      { requiredKeys: [] },
    ),
  },
  oddValue,
)

describe('loading', () => {
  test('never throws, and gives pipelines or the reasons why there are none', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          oddFile.map((file) => stringify(file)),
          fc.string(),
        ),
        (text) => {
          for (const load of LOADERS) {
            const { pipelines, problems } = load({ file: 'p.yaml', text }, { makePublisher })
            for (const problem of problems)
              expect(describeProblem(problem)).toMatch(/^p\.yaml.*: (?:error|warning): ./)
            const hasErrors = problems.some(({ severity }) => severity === 'error')
            expect(pipelines !== undefined || hasErrors).toBe(true)
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})

const TEXT = `
sources:
  - {name: s, meters: ["*"], sinks: [plain, kept, loose]}
sinks:
  - {name: plain, publishers: ["a://", "b://"]}
  - name: kept
    transformers: [{name: accumulator, parameters: {size: 3}}, {name: unit_conversion}]
    publishers: ["c://"]
  - {name: loose, publishers: ["d://"], delivery: best-effort}
`

describe('publishing again until it succeeds', () => {
  test('brings every sample to every at-least-once publisher exactly once, whatever fails in between', async () => {
    const failing = fc.array(fc.subarray(['a://', 'b://', 'c://', 'd://']), { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(failing, async (attempts) => {
        const receivers = new Receivers()
        const { pipelines } = loadSamplePipelines(
          { file: 'p.yaml', text: TEXT },
          { makePublisher: receivers.make },
        )
        if (pipelines === undefined) throw new Error('the file is refused')
        let turn = 0
        const given = Array.from({ length: 4 }, (_, number) => sample({ volume: number }))
        for (const [index, one] of given.entries()) {
          let isDone = false
          while (!isDone) {
            const down = attempts[turn++] ?? []
            for (const [url, receiver] of receivers.byUrl) {
              if (down.includes(url)) receiver.fail()
              else receiver.failure = undefined
            }
            isDone = await pipelines.publish([one], { key: String(index) }).then(
              () => true,
              () => false,
            )
          }
        }
        for (const receiver of receivers.byUrl.values()) receiver.failure = undefined
        await pipelines.close()
        const volumes = (url: string): readonly number[] =>
          receivers
            .get(url)
            .taken.flat()
            .map(({ volume }) => Number(volume))
            .sort((one, other) => one - other)
        for (const url of ['a://', 'b://', 'c://']) expect(volumes(url)).toEqual([0, 1, 2, 3])
        expect(new Set(volumes('d://')).size).toBe(volumes('d://').length)
      }),
      { numRuns: 200 },
    )
  })
})
