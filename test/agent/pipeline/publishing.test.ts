import { describe, expect, test } from '@jest/globals'

import type { Event } from '../../../src/agent/event.js'
import {
  loadEventPipelines,
  loadSamplePipelines,
  type PipelineOptions,
} from '../../../src/agent/pipeline/load.js'
import type { Pipelines } from '../../../src/agent/pipeline/pipelines.js'
import { SinkFailure } from '../../../src/agent/pipeline/sink-failure.js'
import type { Sample } from '../../../src/agent/sample.js'
import { event, sample } from './support/data.js'
import { Receivers } from './support/receiver.js'

const TWO_SINKS = `
sources:
  - {name: all, meters: ["*"], sinks: [first, second]}
sinks:
  - {name: first, publishers: ["a://", "b://"]}
  - {name: second, publishers: ["c://"]}
`

function samples(
  text: string,
  receivers: Receivers,
  options: Partial<PipelineOptions> = {},
): Pipelines<Sample> {
  const { pipelines, problems } = loadSamplePipelines(
    { file: 'pipeline.yaml', text },
    { makePublisher: receivers.make, ...options },
  )
  if (pipelines === undefined) throw new Error(problems.map((problem) => problem.text).join('\n'))
  return pipelines
}

function events(text: string, receivers: Receivers): Pipelines<Event> {
  const { pipelines } = loadEventPipelines(
    { file: 'event_pipeline.yaml', text },
    { makePublisher: receivers.make },
  )
  if (pipelines === undefined) throw new Error('the file is refused')
  return pipelines
}

describe('publishing', () => {
  test('each publisher is called once per pipeline with what is left', async () => {
    const receivers = new Receivers()
    const pipelines = samples(
      `
sources:
  - {name: disks, meters: ["disk.*"], sinks: [k]}
  - {name: rest, meters: ["!disk.*"], sinks: [k]}
sinks: [{name: k, publishers: ["a://"]}]
`,
      receivers,
    )
    await pipelines.publish(['cpu', 'disk.size', 'memory', 'disk.rate'].map((name) => sample({ name })))
    expect(receivers.get('a://').names).toEqual([
      ['disk.size', 'disk.rate'],
      ['cpu', 'memory'],
    ])
    expect(pipelines.stats).toMatchObject({
      sources: { disks: { accepted: 2 }, rest: { accepted: 2 } },
      pipelines: { 'disks:k': { accepted: 2, dropped: {} }, 'rest:k': { accepted: 2, dropped: {} } },
      sinks: { k: { published: 4, failed: 0 } },
      publishers: { 'a://': { calls: 2, published: 4, failed: 0 } },
    })
    await pipelines.close()
  })

  test('a publisher is not called without data', async () => {
    const receivers = new Receivers()
    const pipelines = samples(
      'sources: [{name: s, meters: [cpu], sinks: [k]}]\nsinks: [{name: k, publishers: ["a://"]}]',
      receivers,
    )
    await pipelines.publish([])
    await pipelines.publish([sample({ name: 'memory' })])
    expect(receivers.get('a://').calls).toBe(0)
    await pipelines.close()
  })

  test.each<[unknown, unknown]>([
    [1, 1],
    [1.5, 1.5],
    [0, 0],
    ['5', 5],
    ['5.5', 5.5],
    [' 6 ', 6],
    ['1e3', 1_000],
    ['1_0', 10],
    ['-7', -7],
    ['+7', 7],
    ['١٢', 12],
    ['9007199254740993', 9_007_199_254_740_993n],
    [9_007_199_254_740_993n, 9_007_199_254_740_993n],
    [true, 1],
    [false, 0],
    [null, 'no-volume'],
    [undefined, 'no-volume'],
    ['', 'not-a-number'],
    ['0x10', 'not-a-number'],
    ['many', 'not-a-number'],
    ['not-a-number', 'not-a-number'],
    [[], 'not-a-number'],
    [[1], 'not-a-number'],
    [{}, 'not-a-number'],
    ['inf', 'not-finite'],
    ['nan', 'not-finite'],
    [Number.NaN, 'not-finite'],
    [Number.POSITIVE_INFINITY, 'not-finite'],
    ['1e999', 'not-finite'],
  ])('the volume %p goes on as %p, or is dropped for it', async (volume, expected) => {
    const receivers = new Receivers()
    const pipelines = samples(TWO_SINKS, receivers)
    const given = [sample({ volume: volume as number }), sample({ volume: 3 })]
    expect(pipelines.indexesOf(given)).toEqual(isFault(expected) ? [1] : [0, 1])
    await pipelines.publish(given)
    const got = receivers
      .get('c://')
      .taken.flat()
      .map((one) => one.volume)
    expect(got).toEqual(isFault(expected) ? [3] : [expected, 3])
    expect(pipelines.stats.pipelines['all:second']?.dropped).toEqual(
      isFault(expected) ? { [expected]: 1 } : {},
    )
    await pipelines.close()
  })

  test('each kind of dropping is logged once per meter', async () => {
    const lines: string[] = []
    const note = (line: string): void => void lines.push(line)
    const logger = { debug: note, info: note, warn: note, error: note }
    const pipelines = samples(TWO_SINKS, new Receivers(), { logger })
    for (const name of ['cpu', 'cpu', 'memory'])
      await pipelines.publish([sample({ name, volume: null as unknown as number })])
    expect(lines.filter((line) => line.startsWith('pipeline all:second'))).toEqual([
      'pipeline all:second: cpu dropped: no-volume; further ones are counted only',
      'pipeline all:second: memory dropped: no-volume; further ones are counted only',
    ])
    await pipelines.close()
  })

  test('events go by their type, with nothing changed', async () => {
    const receivers = new Receivers()
    const pipelines = events(
      'sources: [{name: s, events: ["compute.*"], sinks: [k]}]\nsinks: [{name: k, publishers: ["a://"]}]',
      receivers,
    )
    const compute = event({ event_type: 'compute.x' })
    await pipelines.publish([compute, event({ event_type: 'image.x' })])
    expect(receivers.get('a://').events).toEqual([[compute]])
    expect(pipelines.pipelines[0]?.name).toBe('event:s:k')
    await pipelines.close()
  })
})

describe('a name that is no text', () => {
  test.each([[null], [['a', 'list']], [{ a: 'map' }], [7]])(
    '%j comes through no pipeline, and is counted',
    async (name) => {
      const receivers = new Receivers()
      const text = `
sources:
  - {name: all, meters: ["*"], sinks: [k]}
  - {name: some, meters: ["cpu*", "c?t"], sinks: [k]}
  - {name: rest, meters: ["!disk.*"], sinks: [k]}
sinks: [{name: k, publishers: ["a://"]}]
`
      const pipelines = samples(text, receivers)
      await pipelines.publish([sample({ name } as unknown as Partial<Sample>)])
      expect(receivers.get('a://').calls).toBe(0)
      for (const pipeline of ['all:k', 'some:k', 'rest:k'])
        expect(pipelines.stats.pipelines[pipeline]).toEqual({ accepted: 0, dropped: { 'no-name': 1 } })
      await pipelines.close()
    },
  )
})

describe('a publisher that fails', () => {
  test('keeps no other from its data, and makes publishing reject', async () => {
    const receivers = new Receivers()
    const pipelines = samples(TWO_SINKS, receivers)
    receivers.get('a://').fail()
    const failure = await pipelines.publish([sample()], { key: '1' }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(SinkFailure)
    expect(failure).toMatchObject({
      code: 'SINK_FAILED',
      message: 'sink first: a:// did not take 1: nobody is there',
      refused: false,
      lost: [{ sink: 'first', outlet: 'a://', count: 1 }],
    })
    expect([receivers.get('b://').calls, receivers.get('c://').calls]).toEqual([1, 1])
    expect(pipelines.stats).toMatchObject({
      sinks: { first: { published: 1, failed: 1 }, second: { published: 1, failed: 0 } },
      publishers: { 'a://': { published: 0, failed: 1 } },
      owed: 1,
    })
    await pipelines.close()
  })

  test('gets only what it missed when the notification comes again, under the same ids', async () => {
    const receivers = new Receivers()
    const pipelines = samples(TWO_SINKS, receivers)
    const [a, b, c] = ['a://', 'b://', 'c://'].map((url) => receivers.get(url))
    a?.fail()
    const first = sample()
    await expect(pipelines.publish([first], { key: '1' })).rejects.toThrow(SinkFailure)
    await expect(pipelines.publish([sample()], { key: '1' })).rejects.toThrow(SinkFailure)
    if (a !== undefined) a.failure = undefined
    await pipelines.publish([sample()], { key: '1' })
    expect(a?.ids).toEqual([first.id])
    expect([b?.ids, c?.ids]).toEqual([[first.id], [first.id]])
    expect([pipelines.stats.owed, pipelines.owes('1')]).toEqual([0, false])
    // Now it is another notification.
    await pipelines.publish([sample()], { key: '1' })
    expect([a?.calls, b?.calls, c?.calls]).toEqual([4, 2, 2])
    await pipelines.close()
  })

  test('gets everything again without a key', async () => {
    const receivers = new Receivers()
    const pipelines = samples(TWO_SINKS, receivers)
    receivers.get('a://').fail()
    await expect(pipelines.publish([sample()])).rejects.toThrow(SinkFailure)
    receivers.get('a://').failure = undefined
    await pipelines.publish([sample()])
    expect(receivers.get('c://').calls).toBe(2)
    await pipelines.close()
  })

  test('is known as hopeless when every receiver refuses', async () => {
    const receivers = new Receivers()
    const pipelines = samples(TWO_SINKS, receivers)
    receivers.get('a://').fail('refused')
    await expect(pipelines.publish([sample()])).rejects.toMatchObject({ refused: true })
    receivers.get('c://').fail('failed')
    await expect(pipelines.publish([sample()])).rejects.toMatchObject({ refused: false })
    await pipelines.close()
  })

  test('is logged and counted in a best-effort sink, and nothing else', async () => {
    const lines: string[] = []
    const note = (line: string): void => void lines.push(line)
    const receivers = new Receivers()
    const pipelines = samples(
      TWO_SINKS.replace('{name: first,', '{name: first, delivery: best-effort,'),
      receivers,
      { logger: { debug: note, info: note, warn: note, error: note } },
    )
    receivers.get('a://').fail()
    await pipelines.publish([sample()], { key: '1' })
    await pipelines.publish([sample()], { key: '2' })
    receivers.get('a://').failure = undefined
    await pipelines.publish([sample()], { key: '3' })
    expect(lines).toEqual([
      'sink first: publisher a:// did not take 1; they are lost; further failures are counted only: nobody is there',
      'publisher a:// takes data again',
    ])
    expect(pipelines.stats).toMatchObject({ sinks: { first: { published: 4, failed: 2 } }, owed: 0 })
    await pipelines.close()
  })

  test('that is slow holds up no other', async () => {
    const receivers = new Receivers()
    const pipelines = samples(TWO_SINKS, receivers)
    let open = (): void => undefined
    receivers.get('a://').gate = new Promise((resolve) => {
      open = resolve
    })
    const publishing = pipelines.publish([sample()])
    await Promise.resolve()
    expect([receivers.get('a://').calls, receivers.get('c://').calls]).toEqual([1, 1])
    expect(receivers.get('a://').taken).toEqual([])
    open()
    await publishing
    expect(receivers.get('a://').taken).toHaveLength(1)
    await pipelines.close()
  })

  test('is remembered for the last 1,024 notifications', async () => {
    const receivers = new Receivers()
    const pipelines = samples(TWO_SINKS, receivers)
    receivers.get('a://').fail()
    for (let key = 0; key < 1_030; key += 1)
      await expect(pipelines.publish([sample()], { key: String(key) })).rejects.toThrow(SinkFailure)
    expect(pipelines.stats).toMatchObject({ owed: 1_024, forgotten: 6 })
    await pipelines.close()
  })
})

describe('transformers in a sink', () => {
  const ACCUMULATOR = `
sources: [{name: s, meters: ["*"], sinks: [k]}]
sinks:
  - name: k
    transformers:
      - {name: accumulator, parameters: {size: 3}}
      - {name: unit_conversion, parameters: {target: {name: doubled, scale: volume * 2}}}
    publishers: ["a://"]
`

  test('let go at the end of publishing what is due', async () => {
    const receivers = new Receivers()
    const pipelines = samples(ACCUMULATOR, receivers)
    for (const volume of [1, 2]) await pipelines.publish([sample({ volume })])
    expect(receivers.get('a://').calls).toBe(0)
    expect(pipelines.stats.sinks['k']?.held).toBe(2)
    await pipelines.publish([sample({ volume: 3 })])
    expect(receivers.get('a://').taken.map((list) => list.map(({ name, volume }) => [name, volume]))).toEqual(
      [
        [
          ['doubled', 2],
          ['doubled', 4],
          ['doubled', 6],
        ],
      ],
    )
    await pipelines.close()
  })

  test('do not see a notification twice that comes again', async () => {
    const receivers = new Receivers()
    const pipelines = samples(ACCUMULATOR.replace('size: 3', 'size: 1'), receivers)
    receivers.get('a://').fail()
    await expect(pipelines.publish([sample({ volume: 1 })], { key: '1' })).rejects.toThrow(SinkFailure)
    receivers.get('a://').failure = undefined
    await pipelines.publish([sample({ volume: 1 })], { key: '1' })
    expect(
      receivers
        .get('a://')
        .taken.flat()
        .map(({ volume }) => volume),
    ).toEqual([2])
    await pipelines.close()
  })

  test('release by time when the pipelines are flushed', async () => {
    const receivers = new Receivers()
    let now = Date.parse('2026-11-24T12:00:00Z')
    const pipelines = samples(
      `
sources: [{name: s, meters: ["*"], sinks: [k]}]
sinks:
  - name: k
    transformers: [{name: aggregator, parameters: {size: 100, retention_time: 60}}]
    publishers: ["a://"]
`,
      receivers,
      { now: () => now },
    )
    await pipelines.publish([sample({ volume: 1 }), sample({ volume: 3 })])
    await pipelines.flush()
    expect(receivers.get('a://').calls).toBe(0)
    now += 60_001
    await pipelines.flush()
    expect(
      receivers
        .get('a://')
        .taken.flat()
        .map(({ volume }) => volume),
    ).toEqual([2])
    expect(receivers.get('a://').flushes).toBe(2)
    await pipelines.close()
  })

  test('keep what a flush could not send for the next one', async () => {
    const receivers = new Receivers()
    let now = Date.parse('2026-11-24T12:00:00Z')
    const pipelines = samples(
      ACCUMULATOR.replace(
        'accumulator, parameters: {size: 3}',
        'aggregator, parameters: {size: 9, retention_time: 1}',
      ),
      receivers,
      { now: () => now },
    )
    await pipelines.publish([sample({ volume: 1 })])
    now += 1_001
    receivers.get('a://').fail()
    await expect(pipelines.flush()).rejects.toThrow(SinkFailure)
    await expect(pipelines.flush()).rejects.toThrow(SinkFailure)
    receivers.get('a://').failure = undefined
    await pipelines.flush()
    await pipelines.flush()
    expect(
      receivers
        .get('a://')
        .taken.flat()
        .map(({ volume }) => volume),
    ).toEqual([2])
    await pipelines.close()
  })

  test('release all they have when the pipelines are closed', async () => {
    const receivers = new Receivers()
    const pipelines = samples(ACCUMULATOR, receivers)
    await pipelines.publish([sample({ volume: 1 })])
    await Promise.all([pipelines.close(), pipelines.close()])
    expect(
      receivers
        .get('a://')
        .taken.flat()
        .map(({ volume }) => volume),
    ).toEqual([2])
    expect(receivers.get('a://').closes).toBe(1)
  })

  test('close all the same when the last cannot be sent', async () => {
    const receivers = new Receivers()
    const pipelines = samples(ACCUMULATOR, receivers)
    await pipelines.publish([sample({ volume: 1 })])
    receivers.get('a://').fail()
    await expect(pipelines.close()).rejects.toThrow(SinkFailure)
    expect(receivers.get('a://').closes).toBe(1)
    expect(pipelines.stats.abandoned).toBe(1)
  })
})

function isFault(expected: unknown): expected is string {
  return typeof expected === 'string'
}
