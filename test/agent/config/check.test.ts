/** Checking a configuration: every mistake of every file at once, each with its place. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'

import { checkConfiguration } from '../../../src/agent/config/check.js'
import { settingsFromCode } from '../../../src/agent/config/settings.js'
import { describeProblem } from '../../../src/agent/problem.js'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-config-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

function write(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** Without the folder's name. */
async function check(text: string): Promise<string[]> {
  const problems = await checkConfiguration(write('agent.yaml', text))
  return problems.map((problem) => describeProblem(problem).replaceAll(`${folder}/`, ''))
}

const PIPELINE = [
  'sources:',
  "  - {name: s, meters: ['*'], sinks: [k]}",
  'sinks:',
  '  - {name: k, publishers: [test://]}',
  '',
].join('\n')

describe('a configuration', () => {
  test('that is right has no problems', async () => {
    write('pipeline.yaml', PIPELINE)
    write('meters.yaml', 'metric: []\n')
    expect(
      await check(
        [
          'messaging:',
          '  urls: memory://',
          '  topics: [notifications, versioned_notifications]',
          '  batchTimeout: null',
          '  retry: {limit: 3, delay: 100}',
          'meters: {files: meters.yaml}',
          'events: false',
          'pipeline: pipeline.yaml',
          'handlers: [metrics, instance]',
          'compatibility: {mode: original, contextFallback: true}',
          'status: {port: 0}',
          '',
        ].join('\n'),
      ),
    ).toEqual([])
  })

  test('as JSON is read as well', async () => {
    write('pipeline.yaml', PIPELINE)
    expect(await check('{"pipeline": "pipeline.yaml",\n "secrets": ""}')).toEqual([
      'agent.yaml:2:2: error: there is no option secrets; did you mean secret?',
    ])
  })

  test('with mistakes in all its files has all of them told at once', async () => {
    write('pipeline.yaml', "sources:\n  - {name: s, meters: ['*'], sinks: [nowhere]}\nsinks: []\n")
    write(
      'meters.yaml',
      'metric:\n  - name: m\n    event_type: x\n    type: wrong\n    unit: u\n    volume: 1\n    resource_id: $.a\n',
    )
    write('events.yaml', '- event_type: x\n  traits:\n    t: {fields: payload.a, type: strange}\n')
    const told = await check(
      [
        'messaging:',
        '  urls: ["no url", memory://]',
        '  batchsize: 10',
        '  concurrency: 0',
        'meters: {files: [meters.yaml, missing.yaml]}',
        'events: {files: events.yaml, storeRaw: [info, warn]}',
        'pipeline: pipeline.yaml',
        'handlers: [memroy]',
        'plugins: [./no-plugin.mjs]',
        'secret: 7',
        '',
      ].join('\n'),
    )
    const places = told.map((line) => line.slice(0, line.indexOf(': error')))
    expect(told.every((line) => line.includes(': error: '))).toBe(true)
    expect(places.sort()).toEqual(
      expect.arrayContaining([
        'agent.yaml:2:10',
        'agent.yaml:3:3',
        'agent.yaml:4:16',
        'missing.yaml',
        'agent.yaml:6:47',
        'agent.yaml:8:12',
        'agent.yaml:10:9',
        './no-plugin.mjs',
        'meters.yaml:4:11',
        'events.yaml:3:34',
        'pipeline.yaml:2:38',
      ]),
    )
    expect(told.find((line) => line.includes(':8:12'))).toContain('did you mean memory?')
    expect(told.find((line) => line.includes(':3:3'))).toContain('did you mean batchSize?')
  })

  test('with definitions and pipelines in place has their mistakes told where they stand', async () => {
    const told = await check(
      [
        'meters:',
        '  definitions:',
        '    metric:',
        '      - {name: m, event_type: x, type: wrong, unit: u, volume: 1, resource_id: $.a}',
        'eventPipeline:',
        '  sources: [{name: s, events: ["*"], sinks: [k]}]',
        '  sinks: [{name: k, publishers: ["nothing://"]}]',
        '',
      ].join('\n'),
    )
    expect(told.map((line) => line.slice(0, line.indexOf(': error')))).toEqual([
      'agent.yaml:4:40',
      'agent.yaml:7:34',
    ])
  })

  test('with a broker that nobody knows, or options that it does not have, is told so', async () => {
    write('pipeline.yaml', PIPELINE)
    const [scheme, option] = await check(
      'messaging: {urls: ["rabbitt://here", "rabbit://here/?heartbeatt=3"]}\npipeline: pipeline.yaml\n',
    )
    expect(scheme).toMatch(/^agent.yaml:1:20: error: .*rabbitt/)
    expect(option).toMatch(/^agent.yaml:1:38: error: .*heartbeatt/s)
  })

  test('without events but with a pipeline of theirs is warned', async () => {
    write('pipeline.yaml', PIPELINE.replace('meters', 'events'))
    expect(await check('events: false\neventPipeline: pipeline.yaml\n')).toEqual([
      "pipeline.yaml: warning: no events come this way, since 'events' is false; leave one of the two out",
    ])
  })

  test('without a pipeline is told that nothing would go anywhere', async () => {
    expect(await check('source: here\n')).toEqual([
      "agent.yaml: error: there is neither 'pipeline' nor 'eventPipeline', so nothing would go anywhere; name a file of one of them",
    ])
  })

  test('that is no YAML, or no map, is told so', async () => {
    expect((await check('a: [1\n'))[0]).toMatch(/^agent.yaml:\d+:\d+: error: /)
    expect((await check('- a\n'))[0]).toContain('the file must be a map, not a list')
  })

  test.each([
    ['golden/ceilometer-pipeline.yaml', 'a pipeline file of samples', 'pipeline: '],
    ['pipelines/56-event-globs.yaml', 'a pipeline file of events', 'eventPipeline: '],
    ['golden/ceilometer-meters.yaml', 'a file of meter definitions', 'meters: {files: '],
    ['golden/ceilometer-event-definitions.yaml', 'a file of event definitions', 'events: {files: '],
  ])(
    "that is one of Ceilometer's files, %s, is told what it is, and nothing else",
    async (name, what, option) => {
      const path = fileURLToPath(new URL(`../../fixtures/agent/${name}`, import.meta.url))
      const told = (await checkConfiguration(path)).map(describeProblem)
      expect(told).toEqual([expect.stringMatching(/:\d+:\d+: error: this is /)])
      expect(told[0]).toContain(`this is ${what}, as Ceilometer has it, not the configuration of an agent`)
      expect(told[0]).toContain(`name it in one: ${option}${path}`)
    },
  )

  test.each(['nowhere.yaml', '.'])(
    'that is not there, or a folder, is told so and no more: %s',
    async (name) => {
      const problems = await checkConfiguration(join(folder, name))
      expect(problems.map(({ code }) => code)).toEqual(['UNREADABLE_FILE'])
    },
  )

  test('that is no YAML is not said to be without a pipeline', async () => {
    expect(await check('messaging: {urls: [memory://\npipeline: p.yaml\n')).not.toContainEqual(
      expect.stringContaining('neither'),
    )
  })

  test('whose pipeline is a folder is told so', async () => {
    expect(await check('pipeline: .\n')).toEqual(['.: error: it is a folder; the path of a file is wanted'])
  })

  test('of folders takes the *.yaml files in order of name, hidden ones aside', async () => {
    write('pipeline.yaml', PIPELINE)
    const meters = join(folder, 'meters.d')
    mkdirSync(meters)
    for (const name of ['b.yaml', 'a.yaml', '.c.yaml', 'd.yml'])
      write(join('meters.d', name), 'metric: nothing\n')
    const told = await check('pipeline: pipeline.yaml\nmeters: {files: meters.d}\n')
    expect(told.map((line) => line.split(':')[0])).toEqual(['meters.d/a.yaml', 'meters.d/b.yaml'])
  })
})

test('what is not said has its default', () => {
  const { settings, problems } = settingsFromCode({ pipeline: { sources: [], sinks: [] } })
  expect(problems).toEqual([])
  expect(settings).toMatchObject({
    messaging: { topics: ['notifications'], batchSize: 100, batchTimeout: 1_000, concurrency: undefined },
    source: 'openstack',
    pipeline: 'inline',
    eventPipeline: undefined,
    watch: true,
    lenient: false,
    status: undefined,
  })
  expect(settings.messaging.exchanges).toHaveLength(14)
})

describe('what publishers are told, and the time to stop', () => {
  const DRIVERS = 'must be one of messagingv2, messaging, log, test, noop'
  const SECONDS = 'stopTimeout must be a number from 0 to 86400'

  test.each([
    ['publishing: 7', '1:13', 'publishing must be a map, not 7'],
    ['publishing: [host]', '1:13', 'publishing must be a map'],
    ['publishing: {host: 7}', '1:20', 'publishing.host must be a text, not 7'],
    ["publishing: {host: ''}", '1:20', 'publishing.host must be a text that is not empty'],
    ['publishing: {meteringTopic: [a]}', '1:29', 'publishing.meteringTopic must be a text'],
    ['publishing: {eventTopic: null}', '1:26', 'publishing.eventTopic must be a text'],
    ['publishing: {controlExchange: true}', '1:31', 'publishing.controlExchange must be a text'],
    ['publishing: {telemetryDriver: rabbit}', '1:31', `publishing.telemetryDriver ${DRIVERS}, not "rabbit"`],
    ['publishing: {telemetryDriver: 2}', '1:31', `publishing.telemetryDriver ${DRIVERS}, not 2`],
    [
      'publishing: {metringTopic: a}',
      '1:14',
      'there is no option publishing.metringTopic; did you mean meteringTopic?',
    ],
    ['publishing:\n  host: a\n  secret: b', '3:3', 'there is no option publishing.secret'],
    ['publisher: {}', '1:1', 'there is no option publisher; known here: messaging, meters,'],
    ['stopTimeout: -1', '1:14', `${SECONDS}, not -1`],
    ["stopTimeout: '20'", '1:14', `${SECONDS}, not "20"`],
    ['stopTimeout: 20s', '1:14', `${SECONDS}, not "20s"`],
    ['stopTimeout: 86401', '1:14', `${SECONDS}, not 86401`],
    ['stopTimeout: .inf', '1:14', SECONDS],
    ['stopTimeout: .nan', '1:14', SECONDS],
    ['stopTimeout: null', '1:14', SECONDS],
    ['stopTimeout: {seconds: 1}', '1:14', SECONDS],
    ['stoptimeout: 1', '1:1', 'there is no option stoptimeout; did you mean stopTimeout?'],
  ])('%s is told with its place', async (text, place, wanted) => {
    const told = (await check(`${text}\nmeters: {definitions: {metric: []}}\n`)).filter((line) =>
      line.startsWith(`agent.yaml:${place}: error: `),
    )
    expect(told).toEqual([expect.stringContaining(wanted)])
  })

  test.each(['stopTimeout: 0', 'stopTimeout: 0.5', 'publishing: {}', 'publishing: {telemetryDriver: log}'])(
    '%s is right',
    async (text) => {
      const told = await check(`${text}\npipeline: {sources: [], sinks: []}\n`)
      expect(told.filter((line) => line.startsWith('agent.yaml:1:'))).toEqual([])
    },
  )

  test('all at once', async () => {
    const told = await check('publishing: {host: 1, hots: 2, telemetryDriver: 3}\nstopTimeout: x\n')
    const places = told.map((line) => line.slice(0, line.indexOf(': error')))
    expect(places).toEqual(
      expect.arrayContaining(['agent.yaml:1:20', 'agent.yaml:1:23', 'agent.yaml:1:49', 'agent.yaml:2:14']),
    )
  })
})
