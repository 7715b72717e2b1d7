/** Finds a RabbitMQ for the tests, or brings one. */

import { setTimeout as sleep } from 'node:timers/promises'

import { aptInstall, canUseApt } from './apt.mjs'
import { brokerFault, findRabbitServer, RabbitNode } from './rabbit-node.mjs'
import { Advice, freePort, outputOf, say, succeeds } from './step.mjs'

const LOCAL = 'amqp://guest:guest@127.0.0.1:5672/'
const IMAGE = 'rabbitmq:3'
const CHOICES = ['auto', 'none', 'private', 'docker']

const HELP = `The tests need a RabbitMQ and none was found. One of these helps:
  - apt-get install rabbitmq-server (as root; the tests then start a node of their own, the service need not run)
  - a broker that answers at ${LOCAL}
  - TOCSIN_TEST_RABBIT_URL=amqp://user:password@host:5672/vhost npm test
  - a Docker engine that answers (the tests start ${IMAGE})
  - TOCSIN_TEST_BROKER=none npm test, which runs the tests that need no broker only`

/**
 * In this order: TOCSIN_TEST_RABBIT_URL; one that answers on this machine; an installed rabbitmq-server, started privately; one that
 * apt-get can install; Docker. TOCSIN_TEST_BROKER takes `none` (no broker at all), `private` or `docker` (that way only).
 * @returns {Promise<{ url?: string, stop: () => Promise<void> }>} without `url`: no broker was asked for.
 * @throws {Advice} when there is no way to have one.
 */
export async function bringBroker() {
  const choice = process.env.TOCSIN_TEST_BROKER || 'auto'
  if (!CHOICES.includes(choice))
    throw new Advice(`TOCSIN_TEST_BROKER takes ${CHOICES.join(', ')}; found '${choice}'`)
  if (choice === 'none') return there(undefined)
  if (choice === 'docker') return startContainer()
  if (choice === 'auto') {
    const found = await findRunning()
    if (found !== undefined) return found
  }
  const server = findRabbitServer()
  if (server !== undefined) return startPrivate(server)
  if (canUseApt()) {
    await aptInstall('rabbitmq-server')
    return startPrivate(findRabbitServer())
  }
  if (choice === 'auto' && succeeds('docker', ['info'])) return startContainer()
  throw new Advice(HELP)
}

async function findRunning() {
  const given = process.env.TOCSIN_TEST_RABBIT_URL
  if (given) {
    const fault = await brokerFault(given)
    if (fault !== undefined)
      throw new Advice(`The broker of TOCSIN_TEST_RABBIT_URL does not answer: ${fault.message}`)
    say('RabbitMQ: the one of TOCSIN_TEST_RABBIT_URL')
    return there(given)
  }
  if (!(await answers(LOCAL))) return undefined
  say('RabbitMQ: the one that answers on 127.0.0.1:5672')
  return there(LOCAL)
}

async function startPrivate(server) {
  const node = await RabbitNode.start({ server })
  say(`RabbitMQ: a private node of ${server} on port ${node.port}`)
  return { url: node.url, stop: () => node.remove() }
}

async function startContainer() {
  const port = await freePort()
  const id = outputOf('docker', ['run', '-d', '--rm', '-p', `127.0.0.1:${port}:5672`, IMAGE], {
    timeout: 300_000,
  })
  if (id === undefined) throw new Advice(`\`docker run ${IMAGE}\` failed.\n${HELP}`)
  const kill = () => void succeeds('docker', ['rm', '-f', id])
  process.once('exit', kill)
  const url = `amqp://guest:guest@127.0.0.1:${port}/`
  const deadline = Date.now() + 120_000
  while (!(await answers(url))) {
    if (Date.now() > deadline) {
      kill()
      throw new Advice(`The container of ${IMAGE} did not answer within two minutes.\n${HELP}`)
    }
    await sleep(500)
  }
  say(`RabbitMQ: ${IMAGE} in Docker on port ${port}`)
  return {
    url,
    stop: async () => {
      process.off('exit', kill)
      kill()
    },
  }
}

/** One that was there before us, and stays. */
function there(url) {
  return { url, stop: async () => undefined }
}

const answers = async (url) => (await brokerFault(url)) === undefined
