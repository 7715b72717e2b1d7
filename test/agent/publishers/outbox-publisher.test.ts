/** What all publishers with an outbox do alike. */
import { describe, expect, test } from '@jest/globals'

import { makePublisher } from '../../../src/agent/index.js'
import { sample } from './samples.js'

const nowhere = '127.0.0.1:1'

describe.each([
  ['console://', 'both'],
  ['file:///nowhere/at/all', 'both'],
  [`gnocchi://admin@${nowhere}?auth=noauth`, 'both'],
  [`http://${nowhere}/`, 'both'],
  [`http://${nowhere}/?raw_only=true`, 'both'],
  [`notifier://guest:guest@${nowhere}/`, 'both'],
  ['notifier://', 'both'],
  [`otlp://${nowhere}`, 'samples'],
  [`prometheus://${nowhere}/metrics/job/x`, 'samples'],
  [`tcp://${nowhere}`, 'samples'],
  [`udp://${nowhere}`, 'samples'],
  [`zaqar://admin@${nowhere}?auth=noauth&queue=q`, 'both'],
])('%s', (url, takes) => {
  test(`takes ${takes}; an empty list asks nobody, and is taken`, async () => {
    const publisher = makePublisher(url)
    expect(publisher.publishEvents === undefined).toBe(takes === 'samples')
    await publisher.publishSamples?.([])
    await publisher.publishEvents?.([])
    expect(publisher.stats?.()).toEqual({ published: 0, failed: 0, retried: 0, dropped: 0, queued: 0 })
    await publisher.close()
  })

  test('takes nothing more once it is closed, and closes again', async () => {
    const publisher = makePublisher(url)
    await publisher.close()
    await publisher.close()
    await expect(publisher.publishSamples?.([sample()])).rejects.toMatchObject({
      outcome: 'failed',
      code: 'CLOSED',
      message: `${publisher.url}: it is closed`,
    })
    expect(publisher.stats?.()).toMatchObject({ failed: 1, queued: 0 })
  })
})
