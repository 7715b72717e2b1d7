/** The RabbitMQ driver against the suite of all drivers, on a shared broker, each driver behind a proxy that can cut its connections. */
import { afterAll, test } from '@jest/globals'
import { connect } from 'amqplib'

import { conformance } from '../../../src/conformance/index.js'
import type { Driver } from '../../../src/core/driver.js'
import { silentLogger } from '../../../src/core/logger.js'
import { TransportURL } from '../../../src/core/url.js'
import { rabbitDriverEntry } from '../../../src/drivers/rabbit/driver.js'
import { brokerUrl, TcpProxy } from '../../support/tcp-proxy.js'

const maxBodySize = 2 * 1024 * 1024

const proxies = new Map<Driver, TcpProxy>()

afterAll(async () => {
  for (const proxy of proxies.values()) await proxy.close()
})

async function open(): Promise<Driver> {
  const proxy = await TcpProxy.start()
  const driver = rabbitDriverEntry.create(TransportURL.parse(proxy.url()), {
    logger: silentLogger,
    maxBodySize,
  })
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
    proxies.get(driver)?.cut()
  },
  forget: async ({ topics, pools, exchanges }) => {
    const connection = await connect(brokerUrl)
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
