/** source: oslo_messaging/tests/notify/test_notifier.py (TestRoutingNotifier) */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, describe, expect, test } from '@jest/globals'

import { ConfigurationError, MessageDeliveryFailure } from '../../src/core/errors.js'
import { Notifier } from '../../src/notify/notifier.js'
import { registerNotifierDriver } from '../../src/notify/notifier-drivers.js'
import { driversFor, loadRouting, type RoutingConfig } from '../../src/notify/routing.js'
import { recordingLogger, recordingTransport } from './recording.js'

const directories: string[] = []

afterEach(async () => {
  await Promise.all(directories.splice(0).map((path) => rm(path, { recursive: true })))
})

async function fileWith(text: string, name = 'routing.json'): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tocsin-routing-'))
  directories.push(directory)
  await writeFile(join(directory, name), text)
  return join(directory, name)
}

const byEvent: RoutingConfig = { group_1: { rpc: { accepted_events: ['foo.*', 'blah.zoo.*', 'zip'] } } }
const byPriority: RoutingConfig = { group_1: { rpc: { accepted_priorities: ['info', 'error'] } } }
const several: RoutingConfig = {
  group_1: {
    driver_1: { accepted_priorities: ['info'] },
    driver_2: { accepted_events: ['foo.*'] },
  },
  group_2: { driver_3: { accepted_priorities: ['info'], accepted_events: ['foo.*'] } },
}

describe('which drivers accept', () => {
  const rows: [string, RoutingConfig, string, 'info' | 'error' | 'debug' | 'warn', string[]][] = [
    ['an event no glob matches', byEvent, 'unknown', 'info', []],
    ['an event of a glob', byEvent, 'foo.1', 'info', ['rpc']],
    ['the part before the dot alone', byEvent, 'foo', 'info', []],
    ['an event of a longer glob', byEvent, 'blah.zoo.zing', 'info', ['rpc']],
    ['an event named in full', byEvent, 'zip', 'info', ['rpc']],
    ['an event that only begins as one named in full', byEvent, 'zip.1', 'info', []],
    ['an event in other case', byEvent, 'FOO.1', 'info', []],
    ['a priority of the list', byPriority, 'any', 'error', ['rpc']],
    ['a priority beside the list', byPriority, 'any', 'debug', []],
    ['event yes, priority no', several, 'foo.blah', 'debug', ['driver_2']],
    ['event no, priority yes', several, 'unknown', 'info', ['driver_1']],
    ['event and priority', several, 'foo.blah', 'info', ['driver_1', 'driver_2', 'driver_3']],
    ['neither', several, 'unknown', 'debug', []],
    ['a driver without rules', { g: { d: {} } }, 'any', 'warn', ['d']],
    ['a driver whose rules are null', { g: { d: null } }, 'any', 'warn', ['d']],
    ['an empty list', { g: { d: { accepted_events: [] } } }, 'any', 'warn', []],
    ['a driver of two groups', { g: { d: {} }, h: { e: {}, d: {} } }, 'any', 'warn', ['d', 'e']],
    [
      'a driver that only one of its groups lets',
      { g: { d: { accepted_events: ['x'] } }, h: { d: {} } },
      'any',
      'warn',
      ['d'],
    ],
    ['priorities in upper case', { g: { d: { accepted_priorities: ['WARN'] } } }, 'any', 'warn', ['d']],
    ['a question mark and a set', { g: { d: { accepted_events: ['e?[0-9]'] } } }, 'ex7', 'warn', ['d']],
    ['an entry named routing', { g: { routing: {} } }, 'any', 'warn', []],
    ['a group without drivers', { g: null }, 'any', 'warn', []],
  ]

  test.each(rows)('%s', (_what, config, eventType, priority, wanted) => {
    expect(driversFor(loadRouting(config), eventType, priority)).toEqual(wanted)
  })
})

describe('the configuration', () => {
  test.each(['', '{}', ' {"group_1": null}'])('the text %j has no rules', (text) => {
    expect(loadRouting(text)).toEqual([])
  })

  test('a file of JSON is read, an empty one has no rules', async () => {
    expect(loadRouting(await fileWith(''))).toEqual([])
    expect(driversFor(loadRouting(await fileWith(JSON.stringify(byEvent))), 'foo.1', 'info')).toEqual(['rpc'])
  })

  test('a YAML file is refused with what to do', async () => {
    const path = await fileWith('group_1:\n  rpc: {}\n', 'routing.yaml')
    expect(() => loadRouting(path)).toThrow('parse it yourself and give the object')
  })

  test('a file that is not there is a ConfigurationError', () => {
    expect(() => loadRouting('/nowhere/routing.json')).toThrow(ConfigurationError)
  })

  test('all problems are listed at once', () => {
    const wrong = {
      g: { d: { accepted_event: ['a'] }, e: { accepted_priorities: 'info' } },
      h: 7,
      i: { g: { accepted_events: [7] } },
    } as never
    const load = (): unknown => loadRouting(wrong)
    expect(load).toThrow(
      "driver 'd' of group 'g': there is no option 'accepted_event'; did you mean 'accepted_events'?",
    )
    expect(load).toThrow(
      "driver 'e' of group 'g': 'accepted_priorities' wants a list of globs or null; found 'info'",
    )
    expect(load).toThrow("group 'h' is an object; found 7")
    expect(load).toThrow("driver 'g' of group 'i': 'accepted_events' wants a list of globs; found an array")
  })
})

describe('the driver routing', () => {
  test("calls the accepting drivers of all groups, made with the notifier's transport and topics", async () => {
    await using recording = recordingTransport()
    const calls: string[] = []
    const names = ['one', 'two'].map((label) => {
      const name = `${label}-${randomUUID()}`
      registerNotifierDriver(name, () => ({
        notify: (_ctxt, { event_type }) => void calls.push(`${label} ${event_type}`),
      }))
      return name
    })
    const [one = '', two = ''] = names
    const notifier = new Notifier(recording.transport, {
      driver: 'routing',
      topics: ['t'],
      routing: {
        g: { [one]: { accepted_events: ['a.*'] }, messagingv2: { accepted_priorities: ['error'] } },
        h: { [two]: {}, [one]: {} },
      },
    })
    await notifier.info(null, 'a.1', {})
    await notifier.error(null, 'b.1', {})
    expect(calls).toEqual(['one a.1', 'two a.1', 'two b.1', 'one b.1'])
    expect(recording.sent.map(({ route }) => route.topic)).toEqual(['t.error'])
  })

  test('a failing driver does not stop the others', async () => {
    const failing = `failing-${randomUUID()}`
    registerNotifierDriver(failing, () => ({ notify: () => Promise.reject(new Error('no')) }))
    await using recording = recordingTransport()
    const notifier = new Notifier(recording.transport, {
      driver: 'routing',
      routing: { g: { [failing]: {}, messaging: {} } },
    })
    await expect(notifier.info(null, 'e', {})).rejects.toThrow(MessageDeliveryFailure)
    expect(recording.sent).toHaveLength(1)
  })

  test('an unknown driver is refused when the notifier is made', async () => {
    await using recording = recordingTransport()
    const make = (): unknown =>
      new Notifier(recording.transport, { driver: 'routing', routing: { g: { massaging: {} } } })
    expect(make).toThrow("did you mean 'messaging'?")
  })

  test('without rules it sends nothing, and a warning says so', async () => {
    const { logger, lines } = recordingLogger()
    await using recording = recordingTransport()
    await new Notifier(recording.transport, { driver: 'routing', logger }).info(null, 'e', {})
    expect(recording.sent).toEqual([])
    expect(lines).toEqual([{ level: 'warn', message: expect.stringContaining('no `routing` option') }])
  })
})
