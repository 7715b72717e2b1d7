/** Passwords and tokens stay where they belong: nothing that the library says, throws, tells or shows holds one. */
import { randomUUID } from 'node:crypto'
import { inspect } from 'node:util'

import { afterAll, describe, expect, test } from '@jest/globals'

import {
  getBatchNotificationListener,
  getNotificationListener,
  getTransport,
  type Logger,
  NotificationFilter,
  type NotificationListener,
  Notifier,
  reject,
  Target,
  type Transport,
  TransportURL,
} from '../../src/index.js'
import { brokerUrl } from '../support/tcp-proxy.js'
import { until } from '../support/until.js'

const password = 'open/sesame@1'
const token = `token-${randomUUID()}`
/** As they are, and as a URL, JSON, base64 and a login of AMQP would have them. */
const forms = [password, token].flatMap((secret) => [
  secret,
  encodeURIComponent(secret),
  JSON.stringify(secret).slice(1, -1),
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  Buffer.from(secret).toString('hex'),
])

/** Where secrets are found in what can be reached from the value: properties of any kind, texts, bytes and what it prints. */
function leaksIn(root: unknown): string[] {
  const leaks: string[] = []
  const seen = new Set<unknown>()
  const look = (path: string, text: string): void => {
    if (forms.some((form) => text.includes(form))) leaks.push(`${path}: ${text.slice(0, 200)}`)
  }
  const visit = (path: string, value: unknown): void => {
    if (typeof value === 'string') return look(path, value)
    if (value === null || (typeof value !== 'object' && typeof value !== 'function') || seen.has(value))
      return
    seen.add(value)
    if (value instanceof Uint8Array) return look(path, Buffer.from(value).toString('latin1'))
    // Its hosts hold the passwords, for who asks for them; what it prints is looked at below.
    if (value instanceof TransportURL) return
    if (value instanceof Map || value instanceof Set) {
      for (const [index, member] of [...value].entries()) visit(`${path}<${index}>`, member)
    }
    for (const key of Reflect.ownKeys(value)) {
      const descriptor = Object.getOwnPropertyDescriptor(value, key)
      if (descriptor !== undefined && 'value' in descriptor) visit(`${path}.${String(key)}`, descriptor.value)
    }
  }
  visit('', root)
  look('inspect', inspect(root, { depth: 20, showHidden: true }))
  look('console.log', inspect(root))
  look('JSON', jsonOf(root))
  return leaks
}

function jsonOf(value: unknown): string {
  const within = new Set<unknown>()
  return JSON.stringify(value, (_key, member: unknown) => {
    if (typeof member !== 'object' || member === null)
      return typeof member === 'bigint' ? String(member) : member
    if (within.has(member)) return undefined
    within.add(member)
    return member instanceof Error
      ? Object.assign({}, member, { message: member.message, stack: member.stack })
      : member
  })
}

/** Whatever one transport and what is made with it said. */
class Ear {
  readonly heard: unknown[] = []
  readonly logger: Logger = {
    debug: (...said) => void this.heard.push(said),
    info: (...said) => void this.heard.push(said),
    warn: (...said) => void this.heard.push(said),
    error: (...said) => void this.heard.push(said),
  }

  open(url: string, options: object = {}): Transport {
    const transport = getTransport(url, { logger: this.logger, ...options })
    transport.events.on('link', (...told) => void this.heard.push(told))
    transport.events.on('trouble', (...told) => void this.heard.push(told))
    return transport
  }

  listenTo(listener: NotificationListener): NotificationListener {
    for (const event of ['error', 'started', 'stopped', 'restored'] as const)
      listener.on(event, (...told: unknown[]) => void this.heard.push(told))
    return listener
  }

  async failureOf(work: Promise<unknown> | (() => unknown)): Promise<Error> {
    try {
      await (typeof work === 'function' ? work() : work)
    } catch (error) {
      this.heard.push(error)
      return error as Error
    }
    throw new Error('it did not fail')
  }
}

const { host, username } = new URL(brokerUrl)
const withPassword = (address: string): string =>
  `${username === '' ? 'guest' : username}:${encodeURIComponent(password)}@${address}`

test('the search finds what it is to find', () => {
  const hidden = Object.defineProperty({}, 'a', { value: [new Map([['k', Buffer.from(token)]])] })
  expect(leaksIn(hidden)).not.toEqual([])
  expect(
    leaksIn(new Error('outer', { cause: new Error(`login with ${encodeURIComponent(password)}`) })),
  ).not.toEqual([])
  expect(leaksIn({ toJSON: () => password })).not.toEqual([])
})

describe.each([
  ['a refused login', `rabbit://${withPassword(host)}/?callTimeout=500`],
  [
    'a refused login, AMQPLAIN',
    `rabbit://${withPassword(host)}/?rabbit_login_method=AMQPLAIN&callTimeout=500`,
  ],
  ['a login that waits to be let in', `rabbit://${withPassword(host)}/?onRefusal=retry&callTimeout=500`],
  [
    'a broker that is not there',
    `rabbit://${withPassword('127.0.0.1:1')},${withPassword('127.0.0.1:2')}/?callTimeout=500`,
  ],
  ['a broker without TLS behind rabbits://', `rabbits://${withPassword(host)}/?callTimeout=500`],
  ['a name that does not resolve', `rabbit://${withPassword('no-such-host.invalid')}/?callTimeout=500`],
])('%s', (_what, url) => {
  test('shows no password, whoever asks', async () => {
    const ear = new Ear()
    const transport = ear.open(url)
    const notifier = new Notifier(transport, { retry: 0, timeout: 1_000 })
    const listener = ear.listenTo(
      getNotificationListener(transport, [new Target({ topic: `secrets-${randomUUID()}` })], [{ info() {} }]),
    )
    await ear.failureOf(notifier.info({ auth_token: token }, 'a.b', { token }))
    await ear.failureOf(listener.start({ timeout: 500 }))
    await new Notifier(transport, { retry: 0, timeout: 500, failures: 'log' }).info(
      { auth_token: token },
      'a.b',
      { token },
    )
    await ear.failureOf(listener.deadLetters().list())
    ear.heard.push(transport.health(), listener.stats(), transport, notifier, listener, transport.driver)
    expect(ear.heard.length).toBeGreaterThan(9)
    expect(leaksIn(ear.heard)).toEqual([])
    await listener.stop()
    await transport.cleanup()
    await ear.failureOf(notifier.info({ auth_token: token }, 'a.b', { token }))
    expect(leaksIn(ear.heard)).toEqual([])
  })
})

test.each([
  `rabbit://u:${password}@h/`,
  `rabbit://u:${encodeURIComponent(password)}@h:port/`,
  `rabbit://u:${encodeURIComponent(password)}@h/?no_such_option=1&ssl_version=x`,
  `rabbit://u:${encodeURIComponent(password)}@[::1/`,
  `rabbit://u:${encodeURIComponent(password)}%zz@h/`,
  `nosuch://u:${encodeURIComponent(password)}@h/`,
  `u:${encodeURIComponent(password)}@h/`,
  `rabbit://h/?password=${encodeURIComponent(password)}`,
  `rabbits://u:${encodeURIComponent(password)}@h/?ssl_key_file=/nowhere`,
  `kombu+memory://u:${encodeURIComponent(password)}@h/`,
])('a URL that is refused is shown without its password: %#', async (url) => {
  const ear = new Ear()
  await ear.failureOf(() => getTransport(url, { logger: ear.logger }))
  expect(leaksIn(ear.heard)).toEqual([])
})

test('a URL shows its password to who asks for it only', () => {
  const url = TransportURL.parse(`rabbit://${withPassword('h')}/?x=1`)
  expect(leaksIn([url, { url }, [[url]]])).toEqual([])
  expect(leaksIn([inspect(url.hosts), inspect({ host: url.hosts[0] }), JSON.stringify(url.hosts)])).toEqual(
    [],
  )
  expect(url.hosts[0]?.password).toBe(password)
  expect(leaksIn(`${url.toSafeString()}${JSON.stringify({ url })}`)).toEqual([])
  expect(String(url)).toContain(encodeURIComponent(password))
})

const closers: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const close of closers) await close()
})

describe.each([
  ['memory://', `memory://${randomUUID()}`],
  ['rabbit://', brokerUrl.replace(/^amqp:/, 'rabbit:')],
])('a token in context and payload, over %s', (_scheme, url) => {
  test('is handed to endpoints, and told to nobody else', async () => {
    const ear = new Ear()
    const transport = ear.open(url, { maxDepth: 10, maxBodySize: 100_000 })
    closers.push(() => transport.cleanup())
    const topic = `secrets-${randomUUID()}`
    const target = new Target({ topic, exchange: topic })
    const options = { retry: { limit: 0 }, validate: { invalid: refusing } }
    const listener = ear.listenTo(
      getNotificationListener(
        transport,
        [target],
        [
          {
            name: 'picky',
            filterRule: new NotificationFilter({ context: { auth_token: '^token-' } }),
            info(_ctxt, _publisherId, eventType) {
              if (eventType === 'throws') throw new Error('no')
              return eventType === 'rejected' ? reject('not today') : undefined
            },
          },
          {
            name: 'filtered',
            filterRule: ({ eventType }) => {
              if (eventType === 'filter-throws') throw new Error('no')
              return false
            },
            info() {},
          },
        ],
        options,
      ),
    )
    await listener.start()
    const batch = ear.listenTo(
      getBatchNotificationListener(transport, [target], [{ info: () => reject('no batch') }], {
        pool: `${topic}-pool`,
        batchTimeout: 10,
        deadLetter: true,
      }),
    )
    await batch.start()
    const notifier = new Notifier(transport, {
      topics: [topic],
      exchange: topic,
      driver: ['messagingv2', 'log'],
    })
    const ctxt = { auth_token: token, user: 'bob' }
    const secret = { password: token, headers: [{ 'X-Auth-Token': token }], url: `https://h/?token=${token}` }
    const types = ['fine', 'throws', 'rejected', 'invalid', 'filter-throws']
    for (const eventType of types) await notifier.info(ctxt, eventType, secret)
    const route = { exchange: topic, topic: `${topic}.info`, mode: 'shared' as const }
    const broken = [
      `{"_context_auth_token": "${token}"`,
      `{"_context_auth_token": ${token}}`,
      `{"payload": "${token}\u0001"}`,
      token,
      `{"oslo.version": {"a": "${token}"}, "oslo.message": "{}"}`,
      `{"oslo.version": "2.0", "oslo.message": ${JSON.stringify(`{"token": ${token}}`)}}`,
      `["${token}"]`,
      `{"priority": "INFO", "payload": ${'['.repeat(50)}"${token}"${']'.repeat(50)}}`,
    ]
    for (const body of broken) await transport.driver.send(route, Buffer.from(body))
    await ear.failureOf(notifier.info(ctxt, 'cycle', cycleWith(token)))
    await ear.failureOf(notifier.info(ctxt, 'large', { token, large: 'x'.repeat(100_000) }))
    await ear.failureOf(notifier.info(ctxt, 'deep', deepWith(token)))
    await until(() => listener.stats().received === types.length + broken.length)
    await until(() => batch.stats().rejected === types.length + broken.length)
    await until(() => listener.stats().inHand === 0 && listener.stats().driver.unsettled === 0)
    expect(listener.stats()).toMatchObject({ undecodable: broken.length, handled: 1 })
    const letters = await listener.deadLetters().list()
    expect(letters.length).toBeGreaterThan(broken.length)
    ear.heard.push(letters.map(({ body: _body, ...told }) => told))
    ear.heard.push(transport.health(), listener.stats(), batch.stats(), transport, notifier, listener, batch)
    expect(leaksIn(ear.heard)).toEqual([])
    await listener.deadLetters().purge()
    await batch.deadLetters().purge()
    await listener.stop()
    await batch.stop()
  })
})

const refusing = {
  '~standard': {
    version: 1 as const,
    vendor: 'test',
    validate: () => ({ issues: [{ message: 'is not wanted' }] }),
  },
}

function cycleWith(secret: string): object {
  const cycle: Record<string, unknown> = { secret }
  cycle['self'] = cycle
  return cycle
}

function deepWith(secret: string): unknown {
  let value: unknown = { token: secret }
  for (let level = 0; level < 20; level++) value = { value }
  return value
}
