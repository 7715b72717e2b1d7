/** What happens when the broker can't be reached, or will not let us in. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect as connectTcp, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'

import { ConnectionFailure, MessageDeliveryFailure, ServerListenError } from '../../../src/core/errors.js'
import { getNotificationListener, getTransport, Notifier, Target } from '../../../src/index.js'
import { brokerUrl } from '../../support/tcp-proxy.js'
import { until } from '../../support/until.js'
import { bytes, Corner, failureOf } from './corner.js'

const forMs = 300
let corner: Corner
const closers: (() => Promise<void>)[] = []

beforeEach(async () => {
  corner = await Corner.open()
})

afterEach(async () => {
  for (const close of closers.splice(0)) await close()
  await corner.close()
})

/** A server of the test's own that answers as told; counts its connections. */
async function startServer(
  onSocket: (socket: Socket) => void,
  make: (listener: (socket: Socket) => void) => Server = createServer,
): Promise<{ readonly port: number; readonly accepted: () => number }> {
  const sockets = new Set<Socket>()
  let accepted = 0
  const server = make((socket) => {
    accepted += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // Its other end is the point of the test.
    socket.on('error', () => {})
    onSocket(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return { port: (server.address() as AddressInfo).port, accepted: () => accepted }
}

/** Accepts, and hangs up at once. */
const hangUp = (socket: Socket): void => void socket.destroy()

/** Nothing listens there. */
async function deadPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe('a broker that will not let us in', () => {
  test.each([
    ['a wrong password', { password: 'sesame' }, 'ACCESS_REFUSED'],
    ['no such virtual host', { virtualHost: 'no-such-vhost' }, 'NO_SUCH_VHOST'],
  ])('%s is told at once, by send and by listen, for ever or not', async (_, options, code) => {
    const { driver, lines, states } = corner.driver(options)
    const began = Date.now()
    const sent = await failureOf(driver.send(corner.route(), bytes('a'), { retry: -1 }))
    expect(sent).toMatchObject({ name: 'MessageDeliveryFailure', code, outcome: 'not-sent' })
    expect(sent.cause).toMatchObject({ name: 'ConnectionFailure', code })
    const listened = await failureOf(
      driver.listen([corner.route()], { credit: 1, deadLetter: false }, () => {}),
    )
    expect(listened).toMatchObject({ name: 'ConnectionFailure', code })
    expect(Date.now() - began).toBeLessThan(10_000)
    expect(inspect([sent, listened, lines, states, driver.health()], { depth: 10 })).not.toContain('sesame')
    expect(driver.health()).toMatchObject({ state: 'idle', pendingSends: 0 })
  })

  test('onRefusal=retry asks again, slowly, until the time is up', async () => {
    const { driver, states } = corner.driver({
      password: 'sesame',
      query: 'onRefusal=retry&rabbit_interval_max=1',
    })
    const listening = driver.listen(
      [corner.route()],
      { credit: 1, deadLetter: false, timeout: 8_000 },
      () => {},
    )
    const failure = await failureOf(listening)
    expect(failure).toMatchObject({ code: 'ACCESS_REFUSED' })
    expect(driver.health().lastError).toContain('refused the login')
    // At once, and after six seconds; the next would come after twelve.
    expect(states.filter(({ state }) => state === 'connecting')).toHaveLength(2)
  })

  test('listener.start() and notifier.info() tell the same, with the cause', async () => {
    const transport = getTransport(corner.url({ password: 'sesame' }), {
      logger: { debug() {}, info() {}, warn() {}, error() {} },
    })
    const topic = corner.name('queue')
    const listener = getNotificationListener(transport, [new Target({ topic })], [{ info() {} }])
    const notifier = new Notifier(transport, { publisherId: 'p', driver: 'messagingv2', topics: [topic] })
    const started = await failureOf(listener.start())
    expect(started).toBeInstanceOf(ServerListenError)
    expect(started.cause).toMatchObject({ code: 'ACCESS_REFUSED' })
    const sent = await failureOf(notifier.info({}, 'a.b', {}))
    expect(sent).toBeInstanceOf(MessageDeliveryFailure)
    expect(sent.cause).toBeInstanceOf(Error)
    expect(inspect([started, sent, transport], { depth: 10 })).not.toContain('sesame')
    await transport.cleanup()
  })

  test('one host that refuses does not keep us from another that does not', async () => {
    const base = new URL(brokerUrl)
    const { driver } = corner.driver({
      hosts: `${base.host},${base.username}:${base.password}@${base.host}`,
      password: 'x',
    })
    for (let i = 0; i < 2; i++) await driver.send(corner.route(), bytes('a'), { retry: 0 })
  })
})

describe('a broker that is not there', () => {
  test.each([
    [0, 1],
    [2, 3],
  ])('retry %i means %i connections', async (retry, connections) => {
    const server = await startServer(hangUp)
    const { driver } = corner.driver({
      hosts: `127.0.0.1:${server.port}`,
      query: 'rabbit_retry_interval=0.05',
    })
    const error = await failureOf(driver.send(corner.route(), bytes('a'), { retry }))
    expect(error).toMatchObject({ code: 'RETRIES_EXHAUSTED', outcome: 'not-sent' })
    expect(error.cause).toBeInstanceOf(ConnectionFailure)
    expect(server.accepted()).toBe(connections)
    expect(driver.health().state).toBe('idle')
  })

  test('it is asked with a growing pause, not in a hot loop', async () => {
    const server = await startServer(hangUp)
    const { driver } = corner.driver({ hosts: `127.0.0.1:${server.port}`, query: 'rabbit_retry_interval=1' })
    const error = await failureOf(driver.send(corner.route(), bytes('a'), { timeout: 1_000 }))
    expect(error).toMatchObject({ code: 'TIMEOUT', outcome: 'not-sent' })
    expect(server.accepted()).toBeLessThan(20)
    await until(() => driver.health().state === 'idle')
    // One that was on its way may be accepted only now.
    await new Promise((resolve) => setTimeout(resolve, 100))
    const asked = server.accepted()
    await new Promise((resolve) => setTimeout(resolve, forMs))
    expect(server.accepted()).toBe(asked)
  })

  test('a signal frees the caller, and the link rests', async () => {
    const { driver } = corner.driver({ hosts: `127.0.0.1:${await deadPort()}` })
    const sending = driver.send(corner.route(), bytes('a'), { signal: AbortSignal.timeout(200) })
    expect(await failureOf(sending)).toMatchObject({ code: 'ABORTED', outcome: 'not-sent' })
    const listening = driver.listen(
      [corner.route()],
      { credit: 1, deadLetter: false, signal: AbortSignal.timeout(200) },
      () => {},
    )
    expect(await failureOf(listening)).toMatchObject({
      name: 'ConnectionFailure',
      code: 'ABORTED',
      cause: { name: 'TimeoutError' },
    })
    expect(driver.health()).toMatchObject({ state: 'idle', pendingSends: 0 })
  })

  test('a listener start gives up after its timeout, saying why', async () => {
    const { driver } = corner.driver({ hosts: `127.0.0.1:${await deadPort()}` })
    const listening = driver.listen(
      [corner.route()],
      { credit: 1, deadLetter: false, timeout: 300 },
      () => {},
    )
    expect(await failureOf(listening)).toMatchObject({ code: 'BROKER_UNREACHABLE' })
  })

  test('a broker that comes late is used when it is there', async () => {
    const proxy = await corner.proxy()
    await proxy.refuse()
    const { driver } = corner.driver({ proxy, query: 'rabbit_retry_interval=0.05' })
    const inbox = corner.inbox(driver, corner.route())
    const sending = driver.send(corner.route(), bytes('a'))
    await until(() => driver.health().state === 'down')
    await proxy.listen()
    await Promise.all([inbox, sending])
    expect(driver.health()).toMatchObject({ state: 'up', pendingSends: 0 })
  })

  test('of several hosts the dead one is passed over within one attempt', async () => {
    const base = new URL(brokerUrl)
    const login = `${base.username}:${base.password}@`
    for (let i = 0; i < 4; i++) {
      const { driver } = corner.driver({ hosts: `127.0.0.1:${await deadPort()},${login}${base.host}` })
      await driver.send(corner.route(), bytes('a'), { retry: 0 })
    }
  })

  test('one that accepts and never answers is given up after the connect timeout', async () => {
    const server = await startServer(() => {})
    const { driver } = corner.driver({ hosts: `127.0.0.1:${server.port}`, query: 'connectTimeout=200' })
    const error = await failureOf(driver.send(corner.route(), bytes('a'), { retry: 0 }))
    expect(error.cause).toMatchObject({ code: 'BROKER_UNREACHABLE' })
  })

  test('one that stops answering after the link is up does not hold up a listener start', async () => {
    const proxy = await corner.proxy()
    const { driver } = corner.driver({ proxy })
    await corner.inbox(driver, corner.route())
    proxy.hold()
    const began = Date.now()
    const listening = driver.listen(
      [corner.route()],
      { credit: 1, deadLetter: false, timeout: 300 },
      () => {},
    )
    expect(await failureOf(listening)).toMatchObject({ code: 'TIMEOUT' })
    expect(Date.now() - began).toBeLessThan(8_000)
    proxy.release()
  })
})

describe('TLS', () => {
  const pem = (name: string): string => fileURLToPath(new URL(`../../fixtures/tls/${name}`, import.meta.url))

  async function tlsProxy(): Promise<number> {
    const { hostname, port } = new URL(brokerUrl)
    const identity = { key: readFileSync(pem('broker.key')), cert: readFileSync(pem('broker.pem')) }
    const server = await startServer(
      (near) => {
        const far = connectTcp(Number(port === '' ? 5672 : port), hostname)
        far.on('error', () => near.destroy())
        near.on('close', () => far.destroy())
        near.pipe(far).pipe(near)
      },
      (listener) => createTlsServer(identity, listener),
    )
    return server.port
  }

  test.each([
    ['a certificate of the given authority for this host is taken', 'localhost', 'ssl_ca_file', undefined],
    ['one of an unknown authority is not', 'localhost', undefined, 'TLS_FAILURE'],
    ['one for another host is not', '127.0.0.1', 'ssl_ca_file', 'TLS_FAILURE'],
    [
      'one for another host is taken when host names do not count',
      '127.0.0.1',
      'ssl_enforce_hostname_verification=false&ssl_ca_file',
      undefined,
    ],
  ])('%s', async (_, host, query, code) => {
    const port = await tlsProxy()
    const { driver } = corner.driver({
      scheme: 'rabbits',
      hosts: `${host}:${port}`,
      query: query === undefined ? 'ssl_version=TLSv1_2' : `${query}=${pem('ca.pem')}`,
    })
    const found = await driver.send(corner.route(), bytes('a'), { retry: 0 }).then(
      () => undefined,
      (error: unknown) => ((error as Error).cause as ConnectionFailure).code,
    )
    expect(found).toBe(code)
    await driver.cleanup()
  })

  test('a plain broker behind rabbits:// is told apart from one that is not there', async () => {
    const { driver } = corner.driver({ scheme: 'rabbits', hosts: new URL(brokerUrl).host })
    const error = await failureOf(driver.send(corner.route(), bytes('a'), { retry: 0 }))
    expect(error.cause).toMatchObject({ name: 'ConnectionFailure' })
  })
})

describe('a process', () => {
  const root = fileURLToPath(new URL('../../../', import.meta.url))

  /** Runs a script with the front door's names in scope; resolves with what it printed when it has ended by itself. */
  function run(script: string, url: string): Promise<string> {
    const source = `import { getTransport, getNotificationListener, Notifier, Target } from ${JSON.stringify(`file://${root}src/index.ts`)}
      const transport = getTransport(${JSON.stringify(url)}, { logger: { debug() {}, info() {}, warn() {}, error() {} } })
      ${script}`
    const child = spawn(
      process.execPath,
      ['--import', `file://${root}scripts/strip-types.mjs`, '--input-type=module', '-e', source],
      { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    let printed = ''
    child.stdout.on('data', (data: Buffer) => (printed += data.toString()))
    child.stderr.on('data', (data: Buffer) => (printed += data.toString()))
    const limit = setTimeout(() => child.kill('SIGKILL'), 15_000)
    return new Promise((resolve) =>
      child.on('close', (code, signal) => {
        clearTimeout(limit)
        resolve(`${printed.trim()} ${signal ?? code}`)
      }),
    )
  }

  test('ends by itself after cleanup', async () => {
    const topic = corner.name('queue')
    const exchange = corner.name('exchange')
    const script = `
      const listener = getNotificationListener(transport, [new Target({ topic: '${topic}', exchange: '${exchange}' })], [{ info() { console.log('heard') } }])
      await listener.start()
      await listener.stop()
      await listener.wait()
      await transport.cleanup()
      console.log('done')`
    expect(await run(script, corner.url())).toBe('done 0')
    await corner.with((channel) => channel.deleteQueue(`${topic}.info`))
  })

  test('ends by itself when nothing could be reached and nobody waits any more', async () => {
    const script = `
      const listener = getNotificationListener(transport, [new Target({ topic: 't' })], [{ info() {} }])
      await listener.start({ timeout: 200 }).catch((error) => console.log(error.code))
      const notifier = new Notifier(transport, { publisherId: 'p', driver: 'messagingv2', topics: ['t'], retry: 0 })
      await notifier.info({}, 'a', {}).catch((error) => console.log(error.code))`
    const silent = await startServer(() => {})
    expect(await run(script, corner.url({ hosts: `127.0.0.1:${await deadPort()}` }))).toMatch(/\n.* 0$/s)
    const began = Date.now()
    const printed = await run(
      `await getNotificationListener(transport, [new Target({ topic: 't' })], [{ info() {} }]).start({ timeout: 200 }).catch((error) => console.log(error.code))`,
      corner.url({ hosts: `127.0.0.1:${silent.port}` }),
    )
    expect(printed).toBe('LISTEN_FAILURE 0')
    expect(Date.now() - began).toBeLessThan(8_000)
  })
})
