/** The original's table of 1,008 rows. source: oslo_messaging/tests/notify/test_notifier.py (TestMessagingNotifier) */
import { describe, expect, test } from '@jest/globals'

import { Notifier } from '../../src/notify/notifier.js'
import { decode, publicFields, recordingTransport, type Sent, versionOf } from './recording.js'

const driverRows = [[], ['messaging'], ['messagingv2'], ['messaging', 'messagingv2']] as const
const publisherRows = [
  { name: 'of the constructor', constructed: { publisherId: 'test.localhost' }, prepared: undefined },
  { name: 'of prepare', constructed: {}, prepared: { publisherId: 'test.localhost' } },
  {
    name: 'of prepare, which wins',
    constructed: { publisherId: 'overridden' },
    prepared: { publisherId: 'test.localhost' },
  },
] as const
const topicRows = [[], ['notifications'], ['foo', 'bar']] as const
const priorities = ['audit', 'debug', 'info', 'warn', 'error', 'sample', 'critical'] as const
const retryRows = [{}, { retry: null }, { retry: 0 }, { retry: 5 }] as const

const ctxt = { user: 'bob' }
const payload = { a: 'payload' }

describe.each(driverRows.map((drivers) => ({ drivers })))('with the drivers $drivers', ({ drivers }) => {
  describe.each(publisherRows)('and the publisher $name', ({ constructed, prepared }) => {
    describe.each(topicRows.map((topics) => ({ topics })))('and the topics $topics', ({ topics }) => {
      const rows = priorities.flatMap((priority) => retryRows.map((retry) => ({ priority, retry })))

      test.each(rows)('$priority with $retry sends what the original sends', async ({ priority, retry }) => {
        await using recording = recordingTransport()
        const notifier = new Notifier(recording.transport, {
          driver: drivers,
          topics,
          ...constructed,
          ...retry,
        })
        await (prepared === undefined ? notifier : notifier.prepare(prepared))[priority](
          ctxt,
          'test.notify',
          payload,
        )

        const wanted = drivers.flatMap((driver) =>
          topics.map((topic) => ({
            exchange: 'openstack',
            topic: `${topic}.${priority}`,
            mode: 'shared',
            version: driver === 'messaging' ? 1 : 2,
            retry: 'retry' in retry ? retry.retry : -1,
          })),
        )
        expect(recording.sent.map(facts)).toEqual(wanted)
        const messages = recording.sent.map((sent) => decode(sent))
        for (const { message, context } of messages) {
          expect(context).toEqual(ctxt)
          expect(publicFields(message)).toEqual({
            message_id: messages[0]?.message['message_id'],
            publisher_id: 'test.localhost',
            event_type: 'test.notify',
            priority: priority.toUpperCase(),
            payload,
            timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/),
          })
        }
        expect(new Set(messages.map(({ uniqueId }) => uniqueId)).size).toBe(messages.length)
        expect(notifier.isEnabled()).toBe(drivers.length > 0)
      })
    })
  })
})

function facts(sent: Sent): object {
  return { ...sent.route, version: versionOf(sent), retry: sent.options.retry }
}
