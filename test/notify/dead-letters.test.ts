import { expect, test } from '@jest/globals'

import { getNotificationListener, getTransport, Notifier, reject, Target } from '../../src/index.js'
import { until } from '../support/until.js'

test('dead letters of a listener can be listed, replayed and purged, of all its priorities at once', async () => {
  const transport = getTransport('memory://notify-dead-letters')
  let refuse = true
  const seen: string[] = []
  const handle = (...[, , eventType]: unknown[]): ReturnType<typeof reject> | undefined => {
    if (refuse) return reject('not today')
    seen.push(String(eventType))
    return undefined
  }
  const listener = getNotificationListener(
    transport,
    [new Target({ topic: 'orders' })],
    [{ info: handle, error: handle }],
    { deadLetter: true },
  )
  listener.on('error', () => {})
  const notifier = new Notifier(transport, { publisherId: 'shop', topics: ['orders'] })
  try {
    await listener.start()
    await notifier.info(null, 'order.paid', {})
    await notifier.error(null, 'order.lost', {})
    await notifier.error(null, 'order.broken', {})
    await until(() => listener.stats().rejected === 3)

    const letters = await listener.deadLetters().list()
    expect(letters.map(({ reason }) => reason)).toEqual(['not today', 'not today', 'not today'])
    expect(await listener.deadLetters().list({ limit: 2 })).toHaveLength(2)
    expect(await listener.deadLetters().purge({ ids: [letters[2]?.id ?? ''] })).toBe(1)
    refuse = false
    expect(await listener.deadLetters().replay()).toBe(2)
    await until(() => seen.length === 2)
    expect(await listener.deadLetters().list()).toEqual([])
  } finally {
    await listener.stop()
    await listener.wait()
    await transport.cleanup()
  }
})
