/** TLS against a RabbitMQ that has it on and wants to know its clients. Needs rabbitmq-server and openssl(1): test/run.mjs. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type TlsOptions } from 'node:tls'
import { inspect } from 'node:util'

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

import { RabbitNode } from '../../scripts/rabbit-node.mjs'
import {
  type ConnectionFailure,
  getNotificationListener,
  getTransport,
  Notifier,
  silentLogger,
  Target,
} from '../../src/index.js'
import { Authority, type Identity } from '../support/certificates.js'
import { until } from '../support/until.js'

const folder = mkdtempSync(join(tmpdir(), 'tocsin-tls-'))
const served = { cert: join(folder, 'served.pem'), key: join(folder, 'served.key') }
let node: RabbitNode
let port: number
let ours: Authority
let server: Identity
let expired: Identity
let client: Identity
let unknown: Identity

beforeAll(async () => {
  ours = await Authority.make(folder, 'ours')
  const others = await Authority.make(folder, 'others')
  server = await ours.issue('localhost')
  expired = await ours.issue('localhost', { file: 'expired', days: -1 })
  client = await ours.issue('billing')
  unknown = await others.issue('mallory')
  show(server)
  port = await freePort()
  node = await RabbitNode.start({
    plugins: ['rabbitmq_auth_mechanism_ssl'],
    config: `
      listeners.ssl.1 = 127.0.0.1:${port}
      ssl_options.cacertfile = ${ours.ca}
      ssl_options.certfile = ${served.cert}
      ssl_options.keyfile = ${served.key}
      ssl_options.verify = verify_peer
      ssl_options.fail_if_no_peer_cert = true
      auth_mechanisms.1 = PLAIN
      auth_mechanisms.2 = EXTERNAL
      ssl_cert_login_from = common_name`,
  })
  await node.ctl('add_user', 'billing', 'never used')
  await node.ctl('clear_password', 'billing')
  await node.ctl('set_permissions', 'billing', '.*', '.*', '.*')
}, 120_000)

afterAll(async () => {
  await node.remove()
  rmSync(folder, { recursive: true })
}, 60_000)

/** One that nothing listens on; a broker's settings can't ask for any. */
async function freePort(): Promise<number> {
  const probe = createTcpServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port: free } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return free
}

/** What the broker shows of itself. */
function show(identity: Identity): void {
  copyFileSync(identity.cert, served.cert)
  copyFileSync(identity.key, served.key)
}

interface Words {
  readonly host?: string
  readonly port?: number
  /** The file that is trusted; none = Node's. */
  readonly ca?: string
  readonly client?: Identity
  readonly login?: string
  readonly more?: Readonly<Record<string, string>>
}

function urlOf({
  host = `localhost:${port}`,
  ca,
  client: shown,
  login = 'guest:guest@',
  more = {},
}: Words): string {
  const query = new URLSearchParams({
    ...(ca === undefined ? {} : { ssl_ca_file: ca }),
    ...(shown === undefined ? {} : { ssl_cert_file: shown.cert, ssl_key_file: shown.key }),
    connectTimeout: '5000',
    ...more,
  })
  return `rabbits://${login}${host}/?${query.toString()}`
}

/** Sends a notification to a listener and back; resolves with its payload. */
async function roundTrip(url: string): Promise<unknown> {
  await using transport = getTransport(url, { logger: silentLogger })
  const heard: unknown[] = []
  const target = new Target({ topic: `tls-${Math.random().toString(36).slice(2)}` })
  await using listener = getNotificationListener(
    transport,
    [target],
    [{ info: (_ctxt, _publisherId, _eventType, payload) => void heard.push(payload) }],
  )
  await listener.start()
  await new Notifier(transport, { topics: [target.topic as string] }).info({}, 'a', { secure: true })
  await until(() => heard.length === 1)
  return heard[0]
}

/** The ConnectionFailure that a send and a start are told. */
async function refusalOf(url: string): Promise<ConnectionFailure> {
  await using transport = getTransport(url, { logger: silentLogger })
  const sent = await thrownBy(new Notifier(transport, { retry: 0 }).info({}, 'a', {}))
  const listener = getNotificationListener(transport, [new Target({ topic: 't' })], [{ info() {} }])
  const started = await thrownBy(listener.start({ timeout: 3_000 }))
  const refusal = sent.cause as ConnectionFailure
  expect(started.cause).toMatchObject({ name: 'ConnectionFailure', code: refusal.code })
  expect(transport.health().lastError).toContain(refusal.message)
  const all = inspect([sent, started, transport.health()], { depth: 20, showHidden: true })
  expect(all).not.toMatch(/PRIVATE KEY/)
  return refusal
}

async function thrownBy(work: Promise<unknown>): Promise<Error> {
  try {
    await work
  } catch (error) {
    return error as Error
  }
  throw new Error('it was not refused')
}

describe('a notification goes', () => {
  test('through a broker of our authority that knows our certificate', async () => {
    expect(await roundTrip(urlOf({ ca: ours.ca, client }))).toEqual({ secure: true })
  })

  test.each(['TLSv1_2', 'TLSv1_3'])('with %s as the least version', async (version) => {
    expect(await roundTrip(urlOf({ ca: ours.ca, client, more: { ssl_version: version } }))).toEqual({
      secure: true,
    })
  })

  test('by its IP address where host names do not count', async () => {
    const more = { ssl_enforce_hostname_verification: 'false' }
    expect(await roundTrip(urlOf({ host: `127.0.0.1:${port}`, ca: ours.ca, client, more }))).toEqual({
      secure: true,
    })
  })

  test('without a password, by EXTERNAL', async () => {
    const more = { rabbit_login_method: 'EXTERNAL' }
    expect(await roundTrip(urlOf({ ca: ours.ca, client, login: '', more }))).toEqual({ secure: true })
  })
})

describe('is refused, with what to do:', () => {
  test('a broker of an authority that is not known', async () => {
    const refusal = await refusalOf(urlOf({ client }))
    expect(refusal.code).toBe('TLS_FAILURE')
    expect(refusal.message).toContain('ssl_ca_file')
  })

  test('one of another authority than the given one', async () => {
    const refusal = await refusalOf(urlOf({ ca: join(folder, 'others.pem'), client }))
    expect(refusal.code).toBe('TLS_FAILURE')
    expect(refusal.message).toContain('ssl_ca_file')
  })

  test('one whose certificate does not name the host', async () => {
    const refusal = await refusalOf(urlOf({ host: `127.0.0.1:${port}`, ca: ours.ca, client }))
    expect(refusal.code).toBe('TLS_FAILURE')
    expect(refusal.message).toMatch(/127\.0\.0\.1.*localhost/)
    expect(refusal.message).toContain('ssl_enforce_hostname_verification')
  })

  test('one whose certificate has expired, until it has a new one', async () => {
    show(expired)
    await node.ctl('eval', 'ssl:clear_pem_cache().')
    const refusal = await refusalOf(urlOf({ ca: ours.ca, client }))
    expect(refusal.code).toBe('TLS_FAILURE')
    expect(refusal.message).toContain('expired')
    show(server)
    await node.ctl('eval', 'ssl:clear_pem_cache().')
    expect(await roundTrip(urlOf({ ca: ours.ca, client }))).toEqual({ secure: true })
  })

  test('by the broker: a client that shows no certificate', async () => {
    const refusal = await refusalOf(urlOf({ ca: ours.ca }))
    // The alert may come after the reset of the connection.
    expect(['TLS_FAILURE', 'BROKER_UNREACHABLE']).toContain(refusal.code)
    expect(refusal.message).toContain('ssl_cert_file')
  })

  test('by the broker: a client certificate of an authority that it does not know', async () => {
    const refusal = await refusalOf(urlOf({ ca: ours.ca, client: unknown }))
    // The alert may come after the reset of the connection.
    expect(['TLS_FAILURE', 'BROKER_UNREACHABLE']).toContain(refusal.code)
    expect(refusal.message).toContain('ssl_cert_file')
  })

  test('by the broker: EXTERNAL with a certificate that names no user', async () => {
    const more = { rabbit_login_method: 'EXTERNAL' }
    const stranger = await ours.issue('stranger')
    const refusal = await refusalOf(urlOf({ ca: ours.ca, client: stranger, login: '', more }))
    expect(refusal.code).toBe('ACCESS_REFUSED')
    expect(refusal.message).toContain('EXTERNAL')
    expect(refusal.message).toContain('certificate')
  })

  test('by the broker: a wrong password', async () => {
    const refusal = await refusalOf(urlOf({ ca: ours.ca, client, login: 'guest:sesame@' }))
    expect(refusal.code).toBe('ACCESS_REFUSED')
    expect(inspect(refusal, { depth: 20, showHidden: true })).not.toContain('sesame')
  })

  test('a plain connection to the port of TLS', async () => {
    const url = urlOf({}).replace('rabbits:', 'rabbit:')
    const refusal = await refusalOf(url)
    expect(refusal.message).toContain('rabbits://')
  })

  test('TLS to the plain port', async () => {
    const refusal = await refusalOf(urlOf({ host: `localhost:${node.port}`, ca: ours.ca, client }))
    expect(refusal.code).toBe('TLS_FAILURE')
    expect(refusal.message).toContain('rabbit://')
  })

  test.each([
    ['ssl_key_file without ssl_cert_file', { ssl_key_file: served.key }, 'ssl_cert_file'],
    ['ssl_cert_file without ssl_key_file', { ssl_cert_file: served.cert }, 'ssl_key_file'],
    ['a file that is no PEM', { ssl_ca_file: join(folder, 'no.pem') }, 'ssl_ca_file'],
    [
      'a certificate with the key of another',
      { ssl_cert_file: served.cert, ssl_key_file: join(folder, 'billing.key') },
      'ssl_key_file',
    ],
  ])('%s, when the transport is made', (_what, more, option) => {
    writeFileSync(join(folder, 'no.pem'), 'not a certificate')
    expect(() => getTransport(urlOf({ more }))).toThrow(option)
  })
})

describe('a server of the test', () => {
  const servers: { close(done: () => void): unknown }[] = []

  afterAll(async () => {
    for (const one of servers) await new Promise<void>((resolve) => one.close(resolve))
  })

  async function serve(options: TlsOptions): Promise<string> {
    const identity = { cert: readFileSync(server.cert), key: readFileSync(server.key) }
    const one = createServer({ ...identity, ...options }, (socket) => socket.on('error', () => {}))
    servers.push(one)
    await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve))
    return `localhost:${(one.address() as AddressInfo).port}`
  }

  test('that has no version as late as the least one is refused', async () => {
    const host = await serve({ maxVersion: 'TLSv1.2' })
    const refusal = await refusalOf(urlOf({ host, ca: ours.ca, more: { ssl_version: 'TLSv1_3' } }))
    expect(refusal.code).toBe('TLS_FAILURE')
    expect(refusal.message).toContain('ssl_version')
  })

  test('that knows but TLS 1.1 is refused by default', async () => {
    const host = await serve({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })
    expect((await refusalOf(urlOf({ host, ca: ours.ca }))).code).toBe('TLS_FAILURE')
  })

  test('that hangs up within the handshake is told from one that is not there', async () => {
    const one = createTcpServer((socket) => socket.once('data', () => socket.destroy()).on('error', () => {}))
    servers.push(one)
    await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve))
    const refusal = await refusalOf(
      urlOf({ host: `localhost:${(one.address() as AddressInfo).port}`, ca: ours.ca }),
    )
    expect(refusal.message).toMatch(/TLS/)
  })
})
