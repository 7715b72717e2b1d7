/** The RabbitMQ driver against the suite of all drivers, on a shared broker, each driver behind a proxy that can cut its connections. */
import { connect as connectTo, createServer, type Server, type Socket } from 'node:net'

import { afterAll, test } from '@jest/globals'
import { connect } from 'amqplib'

import { conformance } from '../../../src/conformance/index.js'
import type { Driver } from '../../../src/core/driver.js'
import { silentLogger } from '../../../src/core/logger.js'
import { TransportURL } from '../../../src/core/url.js'
import { rabbitDriverEntry } from '../../../src/drivers/rabbit/driver.js'

const broker = process.env['TOCSIN_TEST_RABBIT_URL'] ?? 'amqp://guest:guest@127.0.0.1:5672/'
const maxBodySize = 2 * 1024 * 1024

interface Proxy {
  readonly server: Server
  readonly sockets: Set<Socket>
  readonly port: number
}

const proxies = new Map<Driver, Proxy>()

afterAll(() => {
  for (const { server, sockets } of proxies.values()) {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
})

async function startProxy(): Promise<Proxy> {
  const { hostname, port } = new URL(broker)
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connectTo(Number(port === '' ? 5672 : port), hostname)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one.pipe(other)
      // A cut is the point of this proxy: the error is the other end's.
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, sockets, port: (server.address() as { port: number }).port }
}

async function open(): Promise<Driver> {
  const proxy = await startProxy()
  const url = new URL(broker)
  url.hostname = '127.0.0.1'
  url.port = String(proxy.port)
  const driver = rabbitDriverEntry.create(TransportURL.parse(url.href), { logger: silentLogger, maxBodySize })
  proxies.set(driver, proxy)
  return driver
}

conformance({
  name: 'rabbit',
  open,
  features: {
    requeue: true,
    pools: true,
    fanout: true,
    direct: true,
    ordered: true,
    delay: true,
    deadLetter: true,
  },
  maxBodySize,
  breakLink: (driver) => {
    for (const socket of proxies.get(driver)?.sockets ?? []) socket.destroy()
  },
  forget: async ({ topics, pools, exchanges }) => {
    const connection = await connect(broker)
    const channel = await connection.createChannel()
    for (const queue of [...topics, ...pools]) {
      await channel.deleteQueue(queue)
      await channel.deleteQueue(`${queue}.dead`)
    }
    for (const exchange of [...exchanges, ...topics.map((topic) => `${topic}_fanout`)]) {
      await channel.deleteExchange(exchange)
    }
    await connection.close()
  },
  test: (name, run) => test(name, run, 60_000),
})
