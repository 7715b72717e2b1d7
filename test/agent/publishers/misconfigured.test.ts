/** Receivers that are elsewhere, or do not let us in: no fault of the data, and not over in a moment. */
import { describe, expect, test } from '@jest/globals'

import { makePublisher, PublishFailure } from '../../../src/agent/index.js'
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
