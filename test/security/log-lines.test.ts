/** What a sender writes can't forge lines of the default log, or speak to the terminal that shows it. */
import { randomUUID } from 'node:crypto'

import { expect, jest, test } from '@jest/globals'

import { getTransport, Target } from '../../src/index.js'
import { getNotificationListener } from '../../src/notify/listener.js'
import { until } from '../support/until.js'

test('control characters of an event type are written out', async () => {
  const lines: string[] = []
  const standardError = jest
    .spyOn(console, 'error')
    .mockImplementation((line) => void lines.push(String(line)))
  try {
    await using transport = getTransport(`memory://${randomUUID()}`)
    await using listener = getNotificationListener(
      transport,
      [new Target({ topic: 'notifications' })],
      [
        {
          info(_ctxt, _publisherId, eventType) {
            throw new Error(`can't handle ${eventType}`)
          },
        },
      ],
    )
    await listener.start()
    const eventType = 'a\ntocsin: all is well\r\u001b[2J\u009b\u2028'
    const body = JSON.stringify({
      event_type: eventType,
      priority: 'INFO',
      message_id: 'm\u0007',
      payload: {},
    })
    const route = { exchange: 'openstack', topic: 'notifications.info', mode: 'shared' } as const
    await transport.driver.send(route, Buffer.from(body))
    await until(() => lines.length > 0)
  } finally {
    standardError.mockRestore()
  }
  expect(lines.join('')).toContain('a\\u000atocsin: all is well\\u000d\\u001b[2J\\u009b\\u2028')
  expect(lines.join('')).not.toMatch(/[\p{Cc}\u2028]/u)
})
