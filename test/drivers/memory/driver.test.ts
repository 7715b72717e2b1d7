/** What the memory driver promises beside the contract of all drivers, which conformance.test.ts holds it to. */
import { randomUUID } from 'node:crypto'

import { afterEach, describe, expect, jest, test } from '@jest/globals'

import type { Driver, DriverEvents, Route } from '../../../src/core/driver.js'
import {
  ConfigurationError,
  MessageDeliveryFailure,
  MessageUndeliverable,
  MessagingTimeout,
} from '../../../src/core/errors.js'
import type { IncomingMessage } from '../../../src/core/message.js'
import { resetMemoryBrokers } from '../../../src/drivers/memory/driver.js'
import { openMemory } from './open.js'

const drivers: Driver[] = []
const brokers: string[] = []

afterEach(async () => {
  for (const name of brokers.splice(0)) resetMemoryBrokers(name)
  await Promise.all(drivers.splice(0).map((driver) => driver.cleanup()))
})

function newBroker(): string {
  const name = `b-${randomUUID()}`
  brokers.push(name)
  return name
}

function open(broker: string, query = ''): Driver {
  const driver = openMemory(`memory://${broker}${query}`)
  drivers.push(driver)
  return driver
}

const route: Route = { exchange: 'nova', topic: 'notifications.info', mode: 'shared' }
const text = (message: { readonly body: Uint8Array }): string => Buffer.from(message.body).toString()

/** Everything waiting in the queue of `route`, left in order and unsettled until the driver is cleaned up. */
async function heard(
  driver: Driver,
  onIncoming: (message: IncomingMessage) => void = () => {},
): Promise<string[]> {
  const texts: string[] = []
  await driver.listen([route], { credit: 1_000, deadLetter: true }, (message) => {
    texts.push(text(message))
    onIncoming(message)
  })
  return texts
}

async function turns(count = 5): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

async function outcome(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'resolved',
    (error: unknown) => error,
  )
}

describe('the broker of a memory URL', () => {
  test('is one per name: drivers of one name share it, those of others do not', async () => {
    const [name, other] = [newBroker(), newBroker()]
    await open(name).send(route, Buffer.from('for one'))
    const strangers = await heard(open(other))
    const texts = await heard(open(name, '/?maxLength=5'))
    await turns()
    expect(texts).toEqual(['for one'])
    expect(strangers).toEqual([])
  })

  test('keeps a backlog after its last driver was cleaned up, until it is reset', async () => {
    const name = newBroker()
    const first = open(name)
    await first.send(route, Buffer.from('kept'))
    await first.cleanup()
    const second = open(name)
    const texts = await heard(second)
    await turns()
    expect(texts).toEqual(['kept'])
    await second.cleanup()
    resetMemoryBrokers(name)
    const after = await heard(open(name))
    await turns()
    expect(after).toEqual([])
  })

  test.each([
    ['?maxLenght=5', /did you mean 'maxLength'/],
    ['?maxLength=0', /'maxLength' wants a whole number of 1 or more; found '0'/],
    ['?maxBytes=lots', /'maxBytes' wants/],
    ['?declareQueues=perhaps', /'declareQueues' wants true or false/],
  ])('refuses the query %s', (query, problem) => {
    expect(() => openMemory(`memory://${query}`)).toThrow(problem)
    expect(() => openMemory(`memory://${query}`)).toThrow(ConfigurationError)
  })

  test('refuses to listen to nothing, and without credit, and says both at once', async () => {
    const error = await outcome(open(newBroker()).listen([], { credit: 0, deadLetter: false }, () => {}))
    expect(error).toBeInstanceOf(ConfigurationError)
    expect((error as ConfigurationError).problems).toHaveLength(2)
  })

  test('makes no queue on a send when declareQueues is false', async () => {
    const name = newBroker()
    const driver = open(name, '?declareQueues=false')
    await driver.send(route, Buffer.from('to nobody'))
    const undeliverable = await outcome(driver.send(route, Buffer.from('to nobody'), { mandatory: true }))
    expect(undeliverable).toBeInstanceOf(MessageUndeliverable)
    const texts = await heard(driver)
    await driver.send(route, Buffer.from('to somebody'), { mandatory: true })
    await turns()
    expect(texts).toEqual(['to somebody'])
  })
})

describe('a full queue', () => {
  test('makes senders wait, lets them in by order as room comes, and loses nothing', async () => {
    const driver = open(newBroker(), '?maxLength=2')
    const sends = ['a', 'b', 'c', 'd'].map((name) => driver.send(route, Buffer.from(name)))
    const settled: string[] = []
    for (const [index, send] of sends.entries()) void send.then(() => settled.push('abcd'[index] ?? ''))
    await turns()
    expect(settled).toEqual(['a', 'b'])
    expect(driver.health()).toEqual({ state: 'up', pendingSends: 2 })
    const texts = await heard(driver, (message) => message.acknowledge())
    await driver.flush()
    await Promise.all(sends)
    await turns()
    expect(texts).toEqual(['a', 'b', 'c', 'd'])
    expect(driver.health().pendingSends).toBe(0)
  })

  test('counts bytes too, and what is in hand or delayed; an empty queue takes any body', async () => {
    const driver = open(newBroker(), '?maxBytes=10')
    await driver.send(route, new Uint8Array(50))
    const messages: IncomingMessage[] = []
    await heard(driver, (message) => messages.push(message))
    await turns()
    const next = driver.send(route, new Uint8Array(6))
    await turns()
    expect(driver.health().pendingSends).toBe(1)
    messages[0]?.requeue({ delay: 20 })
    await turns()
    expect(driver.health().pendingSends).toBe(1)
    while (messages.length < 2) await turns()
    messages[1]?.acknowledge()
    await next
  })

  test('does not let a small body overtake a large one that waits', async () => {
    const driver = open(newBroker(), '?maxBytes=10')
    const sends = [driver.send(route, Buffer.alloc(8, 'a'))]
    sends.push(driver.send(route, Buffer.alloc(8, 'b')), driver.send(route, Buffer.from('c')))
    const texts = await heard(driver, (message) => message.acknowledge())
    await Promise.all(sends)
    while (texts.length < 3) await turns()
    expect(texts.map((one) => one[0])).toEqual(['a', 'b', 'c'])
  })

  test.each([
    ['a timeout', () => ({ timeout: 20 }), 'TIMEOUT'],
    ['an aborted signal', () => ({ signal: AbortSignal.timeout(20) }), 'ABORTED'],
  ])('frees a sender after %s, and its message does not arrive later', async (_, optionsOf, code) => {
    const driver = open(newBroker(), '?maxLength=1')
    await driver.send(route, Buffer.from('first'))
    const waiting = outcome(driver.send(route, Buffer.from('late'), optionsOf()))
    expect(driver.health().pendingSends).toBe(1)
    const error = await waiting
    expect(error).toBeInstanceOf(MessageDeliveryFailure)
    expect(error).toMatchObject({ code, outcome: 'not-sent' })
    const texts = await heard(driver, (message) => message.acknowledge())
    await turns()
    expect(texts).toEqual(['first'])
  })

  test('makes flush reject after its timeout', async () => {
    const driver = open(newBroker(), '?maxLength=1')
    await driver.send(route, Buffer.from('first'))
    const waiting = driver.send(route, Buffer.from('second'))
    expect(await outcome(driver.flush({ timeout: 10 }))).toBeInstanceOf(MessagingTimeout)
    await heard(driver, (message) => message.acknowledge())
    await waiting
  })
})

describe('cleanup', () => {
  test('lets a waiting send go through when another driver makes room meanwhile', async () => {
    const name = newBroker()
    const sender = open(name, '?maxLength=1')
    await sender.send(route, Buffer.from('first'))
    const waiting = sender.send(route, Buffer.from('second'))
    const cleanup = sender.cleanup()
    const texts = await heard(open(name), (message) => message.acknowledge())
    await Promise.all([cleanup, waiting])
    while (texts.length < 2) await turns()
    expect(texts).toEqual(['first', 'second'])
  })

  test('rejects after 5 seconds what still waits for room', async () => {
    const driver = open(newBroker(), '?maxLength=1')
    await driver.send(route, Buffer.from('first'))
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] })
    try {
      const waiting = outcome(driver.send(route, Buffer.from('second'), { timeout: 0 }))
      const cleanup = driver.cleanup()
      await turns()
      expect(driver.health()).toEqual({ state: 'closed', pendingSends: 1 })
      jest.advanceTimersByTime(5_000)
      await cleanup
      expect(await waiting).toMatchObject({ code: 'NOT_OPEN', outcome: 'not-sent' })
    } finally {
      jest.useRealTimers()
    }
  })
})

describe('delivery', () => {
  test('is never on the stack of the sender', async () => {
    const driver = open(newBroker())
    const texts = await heard(driver)
    await turns()
    const sending = driver.send(route, Buffer.from('later'))
    expect(texts).toEqual([])
    await sending
    await turns()
    expect(texts).toEqual(['later'])
  })

  test('starves no timer, neither by a sender that never rests nor by a message that is requeued for ever', async () => {
    const driver = open(newBroker())
    const rest = AbortSignal.timeout(10)
    await heard(driver, (message) => (rest.aborted ? message.acknowledge() : message.requeue()))
    let sent = 0
    while (!rest.aborted && sent < 5_000_000) {
      await driver.send(route, Buffer.from('again'))
      sent++
    }
    expect(rest.aborted).toBe(true)
  })

  test('of what was given back comes before the rest, in the old order', async () => {
    const driver = open(newBroker())
    for (const name of 'abcdef') await driver.send(route, Buffer.from(name))
    const listener = await driver.listen([route], { credit: 3, deadLetter: false }, () => {})
    await turns()
    expect(listener.stats().unsettled).toBe(3)
    await listener.close()
    const texts = await heard(driver)
    await turns()
    expect(texts.join('')).toBe('abcdef')
  })

  test('of a delayed message does not keep the process alive', async () => {
    const driver = open(newBroker())
    const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    await heard(driver, (message) => message.requeue({ delay: 60_000 }))
    await driver.send(route, Buffer.from('much later'))
    await turns()
    expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout')).toHaveLength(before)
  })
})

describe('trouble', () => {
  test('in onIncoming is told as an event with its cause', async () => {
    const driver = open(newBroker())
    const told: Error[] = []
    const onTrouble: DriverEvents['trouble'] = (error) => told.push(error)
    driver.events.on('trouble', onTrouble)
    await heard(driver, () => {
      throw new RangeError('a fault of the library')
    })
    await driver.send(route, Buffer.from('x'))
    await turns()
    expect(told).toHaveLength(1)
    expect(told[0]?.cause).toBeInstanceOf(RangeError)
  })

  test('dead letters are bounded as the queue is: the oldest goes, and an event says so', async () => {
    const driver = open(newBroker(), '?maxLength=2')
    const told: Error[] = []
    driver.events.on('trouble', (error) => told.push(error))
    await heard(driver, (message) => message.reject())
    for (const name of 'abc') await driver.send(route, Buffer.from(name))
    await turns()
    expect((await driver.deadLetters(route).list()).map(text)).toEqual(['b', 'c'])
    expect(told.map((error) => error.message)).toEqual([expect.stringContaining('1 of the oldest')])
  })

  test('a replay fills the queue up to its bound and leaves the rest', async () => {
    const name = newBroker()
    const driver = open(name)
    const listener = await driver.listen([route], { credit: 10, deadLetter: true }, (message) =>
      message.reject(),
    )
    for (const each of 'abc') await driver.send(route, Buffer.from(each))
    await turns()
    await listener.close()
    const letters = open(name, '?maxLength=2').deadLetters(route)
    expect(await letters.replay()).toBe(2)
    expect((await letters.list()).map(text)).toEqual(['c'])
  })

  test('cleanup tells that the link is closed, once', async () => {
    const driver = open(newBroker())
    const states: string[] = []
    driver.events.on('link', ({ link, state }) => states.push(`${link} ${state}`))
    await Promise.all([driver.cleanup(), driver.cleanup()])
    expect(states).toEqual(['memory closed'])
  })
})
