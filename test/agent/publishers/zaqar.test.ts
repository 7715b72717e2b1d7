import { describe, expect, test } from '@jest/globals'

import { makePublisher } from '../../../src/agent/index.js'
import { startKeystone } from './gnocchi-server.js'
import { HttpReceiver } from './http-receiver.js'
import { event, sample, samples } from './samples.js'

describe('zaqar://', () => {
  test('posts messages to the queue, no more in a request than Zaqar takes', async () => {
    await using receiver = await HttpReceiver.start((_, index) => ({ status: index === 1 ? 503 : 201 }))
    const publisher = makePublisher(
      `zaqar://user@${receiver.place}?queue=my%2Fqueue&ttl=60&auth=noauth&project_id=p`,
    )
    const sent = samples(45)
    await publisher.publishSamples?.(sent)
    await publisher.publishEvents?.([event()])
    expect(receiver.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(
      Array.from({ length: 5 }, () => 'POST /v2/queues/my%2Fqueue/messages'),
    )
    expect(receiver.requests[0]?.headers).toMatchObject({
      'x-project-id': 'p',
      'client-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    const [first, refused, again, last, events] = receiver.bodies.map(({ messages }) => messages)
    expect([first.length, again.length, last.length]).toEqual([20, 20, 5])
    expect(again).toEqual(refused)
    expect([...first, ...again, ...last]).toEqual(sent.map((body) => ({ ttl: 60, body })))
    expect(events).toEqual([{ ttl: 60, body: event() }])
    expect(publisher.stats?.()).toMatchObject({ published: 46, failed: 0 })
    await publisher.close()
  })

  test('logs in with Keystone, though Zaqar is not where its catalogue says', async () => {
    await using receiver = await HttpReceiver.start(() => ({ status: 201 }))
    await using keystone = await startKeystone('http://127.0.0.1:1')
    const environment = {
      OS_AUTH_URL: keystone.url,
      OS_USERNAME: 'ceilometer',
      OS_PASSWORD: 'pa$s',
      OS_PROJECT_NAME: 'service',
    }
    const publisher = makePublisher(`zaqar://${receiver.place}?queue=q`, { environment })
    await publisher.publishSamples?.([sample()])
    expect(receiver.requests[0]?.headers['x-auth-token']).toBe('token-1')
    await publisher.close()
    const lost = makePublisher('zaqar://?queue=q&max_retries=0', { environment })
    await expect(lost.publishSamples?.([sample()])).rejects.toThrow(/has no service of type 'messaging'/)
    await lost.close()
  })
})
