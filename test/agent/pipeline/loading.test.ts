import { describe, expect, test } from '@jest/globals'

import {
  loadEventPipelines,
  loadSamplePipelines,
  type PipelineOptions,
} from '../../../src/agent/pipeline/load.js'
import { describeProblem } from '../../../src/agent/problem.js'
import type { Publisher } from '../../../src/agent/publishers/publisher.js'
import { makePublisher } from '../../../src/agent/publishers/registry.js'
import { sample } from './support/data.js'
import { Receiver, Receivers } from './support/receiver.js'

function load(text: string, options: Partial<PipelineOptions> = {}) {
  const receivers = new Receivers()
  const loaded = loadSamplePipelines({ file: 'p.yaml', text }, { makePublisher: receivers.make, ...options })
  return { ...loaded, receivers, lines: loaded.problems.map((problem) => describeProblem(problem)) }
}

describe('a pipeline file', () => {
  test('has all its mistakes told at once, each with its place', () => {
    const { pipelines, lines } = load(`sources:
  - meters: [cpu, "!disk"]
    sinks: [k]
  - name: s
    meters: ["*"]
    sinks: [k, nowhere]
  - name: s
    sinks: [k]
sinks:
  - name: k
    publishers: ["broken://host"]
    delivery: sometimes
    transformers:
      - {name: nosuch}
      - name: delta
        parameters: {growth_only: 1}
  - {name: l}
`)
    expect(pipelines).toBeUndefined()
    expect(lines).toEqual([
      "p.yaml:2:5: error: Required field name not specified; add 'name'",
      "p.yaml:2:13: error: Both included and excluded meters specified; use either names or '!' exclusions, the latter alone or with '*'",
      'p.yaml:7:11: error: Duplicated source names: s; give each a name of its own',
      "p.yaml:7:5: error: Missing meters value; list meters under 'meters', or '*' for all",
      "p.yaml:12:15: error: 'delivery' is at-least-once or best-effort; found 'sometimes'",
      "p.yaml:17:5: error: No publisher specified; list the URLs of publishers under 'publishers'",
      'p.yaml:14:16: error: No transformer named nosuch loaded; there are accumulator, aggregator, arithmetic, delta, rate_of_change, unit_conversion',
      "p.yaml:16:35: error: transformer 'delta': growth_only must be true or false; found the number 1",
      'p.yaml:11:18: error: Unable to load publisher broken://host; it is left out: there is no such receiver',
      "p.yaml:6:16: error: Dangling sink nowhere from source s; define it under 'sinks' or take it out",
    ])
  })

  test.each([
    ['', 'p.yaml: error: a pipeline file is a map; found nothing; write two lists'],
    ['sources: [', 'p.yaml:1:'],
    ['- a', 'p.yaml:1:1: error: Both sources & sinks are required; write two lists'],
    ['sources: []\nsinks: 5', "p.yaml:2:8: error: 'sinks' must be a list; found the number 5"],
    [
      'sources: [{name: s, meters: [""], sinks: [k]}]\nsinks: []',
      "p.yaml:1:30: error: the entries of 'meters' must be names or globs; found an empty text",
    ],
    [
      'sources: [{name: a, meters: [x], sinks: [k, k]}]\nsinks: [{name: k, publishers: [a]}]',
      'p.yaml:1:45: error: Duplicate pipeline name: a:k. Ensure pipeline names are unique. (name is the source and sink names combined); name the sink once, or rename one of the two',
    ],
  ])('%j is refused: %s', (text, line) => {
    const { pipelines, lines } = load(text)
    expect(pipelines).toBeUndefined()
    expect(lines[0]).toContain(line)
  })

  test('that loads may have warnings', () => {
    const { pipelines, lines } = load(`sources: [{name: s, meters: cpu, sinks: [k]}]
sinks:
  - {name: k, publishers: ["a://"]}
  - {name: l, publishers: ["b://"]}
`)
    expect(pipelines?.pipelines.map(({ name }) => name)).toEqual(['s:k'])
    expect(lines).toEqual([
      "p.yaml:1:29: warning: 'meters' is a text, so each of its signs is a name; write a list: ['cpu']",
      'p.yaml:4:5: warning: no source names the sink l',
    ])
    expect(pipelines?.publishers.map(({ url }) => url)).toEqual(['a://', 'b://'])
  })

  test('shares one publisher between the sinks that have its URL', async () => {
    const { pipelines, receivers } = load(`sources: [{name: s, meters: ["*"], sinks: [k, l]}]
sinks:
  - {name: k, publishers: ["a://", a]}
  - {name: l, publishers: ["a://"]}
`)
    expect([...receivers.byUrl.keys()]).toEqual(['a://'])
    await pipelines?.close()
    expect(receivers.get('a://').closes).toBe(1)
  })

  test('goes without a publisher that cannot be made or takes no samples, and names it', () => {
    const makeOne = (url: string): Publisher => {
      if (url.startsWith('broken')) throw new Error('no')
      const receiver: Publisher = new Receiver(url)
      if (url.startsWith('events')) Object.defineProperty(receiver, 'publishSamples', { value: undefined })
      return receiver
    }
    const { pipelines, problems } = load(
      'sources: [{name: s, meters: ["*"], sinks: [k]}]\nsinks: [{name: k, publishers: ["broken://u:secret@h", "events://", "a://"]}]',
      { makePublisher: makeOne },
    )
    expect(pipelines?.publishers.map(({ url }) => url)).toEqual(['a://'])
    expect(problems.map(({ code, text, original }) => [code, text, original])).toEqual([
      ['PUBLISHER_FAILED', 'Unable to load publisher broken://***@h; it is left out: no', undefined],
      [
        'PUBLISHER_MISMATCH',
        'Unable to load publisher events://; it is left out: it takes no samples',
        undefined,
      ],
    ])
  })

  test('closes the publishers that it made in vain', () => {
    const { receivers } = load(
      'sources: [{name: s, meters: ["*"], sinks: [z]}]\nsinks: [{name: k, publishers: ["a://"]}]',
    )
    expect(receivers.get('a://').closes).toBe(1)
  })

  test('of events has no transformers, and says so', () => {
    const { pipelines, problems } = loadEventPipelines(
      {
        file: 'e.yaml',
        text: 'sources: [{name: s, events: ["*"], sinks: [k]}]\nsinks: [{name: k, transformers: [{name: delta}], publishers: ["test://"]}]',
      },
      { makePublisher },
    )
    expect(pipelines?.pipelines[0]?.sink.transforms).toBe(false)
    expect(problems.map(describeProblem)).toEqual([
      'e.yaml:2:33: warning: events have no transformers; these are ignored',
    ])
  })

  test('may name transformers of your own', async () => {
    const { pipelines, receivers } = load(
      'sources: [{name: s, meters: ["*"], sinks: [k]}]\nsinks: [{name: k, transformers: [{name: mine, parameters: {by: 3}}], publishers: ["a://"]}]',
      {
        customTransformers: {
          mine: (parameters) => {
            const by = parameters.number('by') ?? 1
            return {
              held: 0,
              flush: () => [],
              handle: (one) => ({ ...one, volume: Number(one.volume) * by }),
            }
          },
        },
      },
    )
    await pipelines?.publish([sample({ volume: 2 })])
    expect(
      receivers
        .get('a://')
        .taken.flat()
        .map(({ volume }) => volume),
    ).toEqual([6])
    await pipelines?.close()
  })

  test('may have names such as __proto__', async () => {
    const { pipelines } = load(
      'sources: [{name: __proto__, meters: ["*"], sinks: [constructor]}]\nsinks: [{name: constructor, publishers: ["a://"]}]',
    )
    expect(pipelines?.pipelines.map(({ name }) => name)).toEqual(['__proto__:constructor'])
    expect(Object.keys(pipelines?.stats.sources ?? {})).toEqual(['__proto__'])
    await pipelines?.close()
  })
})
