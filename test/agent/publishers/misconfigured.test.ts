/** Receivers that are elsewhere, or do not let us in: no fault of the data, and not over in a moment. */
import { describe, expect, test } from '@jest/globals'

import { loadSamplePipelines, makePublisher, PublishFailure } from '../../../src/agent/index.js'
import { type Answer, HttpReceiver } from './http-receiver.js'
import { event, sample, samples } from './samples.js'

const statuses: readonly (readonly [number, string])[] = [
  [301, 'use http://elsewhere.example:81/new'],
  [302, 'use http://elsewhere.example:81/new'],
  [308, 'use http://elsewhere.example:81/new'],
  [401, 'check user and password'],
  [403, 'give it the right, or use another'],
  [404, 'check host, port and path'],
  [405, 'this address takes no POST'],
  [407, 'name the receiver itself'],
  [410, 'check host, port and path'],
]

const receivers: readonly (readonly [string, (place: string) => string])[] = [
  ['http', (place) => `http://user:s3cret@${place}/in?max_retries=5&api_key=s3cret`],
  ['http, one by one', (place) => `http://user:s3cret@${place}/in?batch=false`],
  ['prometheus', (place) => `prometheus://user:s3cret@${place}/metrics/job/x`],
  ['otlp', (place) => `otlp://user:s3cret@${place}`],
  ['gnocchi', (place) => `gnocchi://user:s3cret@${place}?auth=basic`],
  ['zaqar', (place) => `zaqar://user:s3cret@${place}?queue=q&auth=basic`],
  [
    'gnocchi, at the login',
    (place) => `gnocchi://user:s3cret@127.0.0.1:1?auth_url=http://${place}&project_name=p`,
  ],
  [
    'zaqar, at the login',
    (place) => `zaqar://user:s3cret@127.0.0.1:1?queue=q&auth_url=http://${place}&project_name=p`,
  ],
]

function answerWith(status: number): Answer {
  const isElsewhere = status < 400
  return {
    status,
    body: 'said so',
    ...(isElsewhere ? { headers: { Location: 'http://elsewhere.example:81/new' } } : {}),
  }
}

describe.each(receivers)('%s', (_, urlOf) => {
  test.each(statuses)('fails after one attempt at a status of %s', async (status, advice) => {
    await using receiver = await HttpReceiver.start(() => answerWith(status))
    const publisher = makePublisher(urlOf(receiver.place), { environment: {} })
    const failure = await publisher.publishSamples?.(samples(2)).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(PublishFailure)
    expect(failure).toMatchObject({ outcome: 'failed', code: 'MISCONFIGURED' })
    const { message } = failure as PublishFailure
    expect(message).toContain(`status ${status} (`)
    expect(message).toContain(advice)
    expect(message).toMatch(/: said so$/)
    expect(message.split(receiver.place)).toHaveLength(2)
    expect(message).not.toContain('s3cret')
    expect(receiver.requests).toHaveLength(1)
    expect(publisher.stats?.()).toMatchObject({ published: 0, failed: 2, retried: 0, dropped: 0 })
    await publisher.close(100)
  })
})

test.each([
  ['http', (place: string) => `http://${place}/in`],
  ['gnocchi', (place: string) => `gnocchi://user@${place}?auth=noauth`],
  ['zaqar', (place: string) => `zaqar://user@${place}?queue=q&auth=noauth`],
])('%s: events alike', async (_, urlOf) => {
  await using receiver = await HttpReceiver.start(() => ({ status: 403 }))
  const publisher = makePublisher(urlOf(receiver.place), { environment: {} })
  const trait = ['resource_id', 1, 'vm-1'] as const
  const deleted = event({ event_type: 'compute.instance.delete.start', traits: [trait] })
  await expect(publisher.publishEvents?.([deleted])).rejects.toMatchObject({
    outcome: 'failed',
    code: 'MISCONFIGURED',
  })
  expect(receiver.requests).toHaveLength(1)
  await publisher.close(100)
})

test('the same data are taken once it is mended', async () => {
  let status = 403
  await using receiver = await HttpReceiver.start(() => ({ status }))
  const publisher = makePublisher(`http://${receiver.place}/in`)
  const sent = [sample()]
  await expect(publisher.publishSamples?.(sent)).rejects.toMatchObject({ code: 'MISCONFIGURED' })
  status = 200
  await publisher.publishSamples?.(sent)
  expect(receiver.bodies[1]).toEqual(receiver.bodies[0])
  await publisher.close()
})

test.each([
  [undefined, 'use another address, which it does not tell'],
  ['/new/', 'use http://HOST/new/'],
  ['http://user:pw@new.example/', 'use http://***@new.example/'],
  ['http://[', 'use another address, which it does not tell'],
])('says where a redirect to %s leads', async (location, wanted) => {
  const headers: Record<string, string> = location === undefined ? {} : { Location: location }
  await using receiver = await HttpReceiver.start(() => ({ status: 301, headers }))
  const publisher = makePublisher(`http://${receiver.place}/in`)
  await expect(publisher.publishSamples?.([sample()])).rejects.toThrow(
    `POST http://${receiver.place}/in: status 301 (it is elsewhere: ${wanted.replace('HOST', receiver.place)})`,
  )
  await publisher.close(100)
})

describe('what its sink makes of it', () => {
  function pipelinesTo(
    url: string,
    delivery: string,
  ): NonNullable<ReturnType<typeof loadSamplePipelines>['pipelines']> {
    const text = JSON.stringify({
      sources: [{ name: 's', meters: ['*'], sinks: ['k'] }],
      sinks: [{ name: 'k', publishers: [url], delivery }],
    })
    const { pipelines } = loadSamplePipelines({ file: 'pipeline.yaml', text }, { makePublisher })
    if (pipelines === undefined) throw new Error('the file is refused')
    return pipelines
  }

  test('at-least-once: one request, no refusal, and the same again when it is mended', async () => {
    let status = 401
    await using receiver = await HttpReceiver.start(() => ({ status }))
    const pipelines = pipelinesTo(`http://${receiver.place}/in`, 'at-least-once')
    await expect(pipelines.publish(samples(8), { key: '1' })).rejects.toMatchObject({
      refused: false,
      lost: [{ count: 8 }],
    })
    expect(receiver.requests).toHaveLength(1)
    status = 200
    await pipelines.publish([], { key: '1' })
    expect(receiver.bodies[1]).toEqual(receiver.bodies[0])
    expect(pipelines.stats).toMatchObject({ owed: 0, sinks: { k: { published: 8, failed: 8 } } })
    await pipelines.close()
  })

  test('best-effort: one request, counted as failed', async () => {
    await using receiver = await HttpReceiver.start(() => ({ status: 401 }))
    const pipelines = pipelinesTo(`http://${receiver.place}/in`, 'best-effort')
    await pipelines.publish(samples(8))
    expect(receiver.requests).toHaveLength(1)
    expect(pipelines.stats).toMatchObject({ owed: 0, sinks: { k: { published: 0, failed: 8 } } })
    await pipelines.close()
  })
})
