/** What is said of a publisher that fails, in all the places where it is said: its URL once, and never its password. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe, expect, test } from '@jest/globals'

import { loadSamplePipelines, makePublisher, type PublisherContext } from '../../../src/agent/index.js'
import { reasonWithout } from '../../../src/agent/publishers/publish-failure.js'
import { HttpReceiver } from './http-receiver.js'
import { RecordingLogger } from './recording-logger.js'
import { sample } from './samples.js'

const folder = mkdtempSync(join(tmpdir(), 'tocsin-words-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Said {
  readonly failure: string
  readonly lines: readonly string[]
  readonly shown: string
}

/** What is said when a sample goes to a sink with that publisher. */
async function saidOf(
  url: string,
  delivery: 'at-least-once' | 'best-effort',
  context: PublisherContext = {},
): Promise<Said> {
  const logger = new RecordingLogger()
  const text = JSON.stringify({
    sources: [{ name: 's', meters: ['*'], sinks: ['k'] }],
    sinks: [{ name: 'k', publishers: [url], delivery }],
  })
  const { pipelines } = loadSamplePipelines(
    { file: 'pipeline.yaml', text },
    { makePublisher: (one) => makePublisher(one, { environment: {}, ...context, logger }), logger },
  )
  const failure = await pipelines?.publish([sample()]).catch((error: unknown) => error)
  const shown = pipelines?.stats.sinks['k']?.failure ?? ''
  await pipelines?.close(100).catch(() => {})
  return { failure: failure instanceof Error ? failure.message : '', lines: logger.lines, shown }
}

/** `PLACE` is where a receiver is. */
const urls: readonly string[] = [
  'http://user:s3cret@PLACE/in?max_retries=1&api_key=s3cret',
  'prometheus://user:s3cret@PLACE/metrics/job/x?max_retries=1',
  'otlp://user:s3cret@PLACE?max_retries=1',
  'opentelemetryhttp://user:s3cret@PLACE/v1/metrics?max_retries=1',
  'gnocchi://user:s3cret@PLACE?auth=basic&max_retries=1',
  'zaqar://user:s3cret@PLACE?queue=q&auth=basic&max_retries=1',
  'zaqar://user:s3cret@other.invalid?queue=q&auth_url=http://u:s3cret@PLACE&project_name=p&max_retries=1',
  'tcp://PLACE?max_retries=1&timeout=1',
  'notifier://user:s3cret@PLACE/?max_retry=1',
  'notifier://user:s3cret@PLACE/?policy=drop',
]

function checkOnce(said: Said, place: string): void {
  for (const text of [said.failure, said.shown, ...said.lines]) {
    // Node names the address of a connection that failed, without a scheme.
    expect(text.match(new RegExp(`//([^/@]*@)?${place}`, 'g')) ?? []).toHaveLength(
      text.includes(`//`) ? 1 : 0,
    )
    expect(text).not.toContain('s3cret')
  }
}

describe.each(['at-least-once', 'best-effort'] as const)('of a sink that is %s', (delivery) => {
  test.each(urls)('%s, where nobody listens', async (url) => {
    const said = await saidOf(url.replace('PLACE', '127.0.0.1:1'), delivery)
    checkOnce(said, '127.0.0.1:1')
    expect(said.lines.filter((line) => /^(error|warn)/.test(line)).length).toBeGreaterThan(0)
  })

  test.each(urls.slice(0, 7).flatMap((url) => [400, 403, 500].map((status) => [url, status] as const)))(
    '%s, with a status of %s',
    async (url, status) => {
      await using receiver = await HttpReceiver.start(() => ({ status }))
      const said = await saidOf(url.replace('PLACE', receiver.place), delivery)
      checkOnce(said, receiver.place)
      expect(said.shown).toContain(`status ${status}`)
    },
  )

  test('a file that can not be written', async () => {
    writeFileSync(join(folder, 'plain'), '')
    const said = await saidOf(`file://${folder}/plain/in`, delivery)
    expect(said.shown).not.toBe('')
    checkOnce(said, folder)
  })

  test('a console that is gone, and a port that is taken', async () => {
    const write = (): Promise<void> => Promise.reject(new Error('it is gone'))
    checkOnce(await saidOf('console://', delivery, { write }), '')
    await using receiver = await HttpReceiver.start()
    const said = await saidOf(`prometheus-scrape://${receiver.place}`, delivery)
    expect(said.shown).toContain(`prometheus-scrape://${receiver.place}/metrics`.replace('/metrics', ''))
    expect(said.shown.split('prometheus-scrape://')).toHaveLength(2)
  })
})

test.each([
  ['htp://user:s3cret@PLACE/', 'there is no publisher'],
  ['http://user:s3cret@PLACE/?timeout=x', `'timeout' wants`],
  ['gnocchi://user:s3cret@PLACE?auth_url=ftp://u:s3cret@k', 'project_name'],
])('of %s, which is left out', (url, wanted) => {
  const text = JSON.stringify({
    sources: [{ name: 's', meters: ['*'], sinks: ['k'] }],
    sinks: [{ name: 'k', publishers: [url.replace('PLACE', 'host:1')] }],
  })
  const { problems } = loadSamplePipelines(
    { file: 'pipeline.yaml', text },
    { makePublisher: (one) => makePublisher(one, { environment: {} }) },
  )
  const [problem] = problems
  expect(problem?.text).toContain(wanted)
  expect(problem?.text.match(/:\/\/[^/ ]*(host|k)/g)).toHaveLength(1)
  expect(problem?.text).not.toContain('s3cret')
})

test.each([
  ['http://u:***@h:8080/in', 'POST http://h:8080/in: status 500', 'POST /in: status 500'],
  ['otlp://collector', 'POST http://collector:4318/v1/metrics: no', 'POST /v1/metrics: no'],
  ['https://h:443/', 'POST https://h/: no', 'POST /: no'],
  ['gnocchi://h:8041', 'POST http://h:5000/v3/auth/tokens: no', 'POST http://h:5000/v3/auth/tokens: no'],
  ['gnocchi://', 'POST http://h:8041/v1/x: no', 'POST http://h:8041/v1/x: no'],
  ['tcp://h:1', 'tcp://h:1: no', 'no'],
])('behind %s the text "%s" is "%s"', (url, text, wanted) => {
  expect(reasonWithout(url, new Error(text))).toBe(wanted)
})
