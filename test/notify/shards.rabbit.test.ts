/** Listeners whose messages come to several threads, each with a connection of its own, on a real broker. */
import { randomUUID } from 'node:crypto'

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { connect } from 'amqplib'

import type {
  BatchListenerOptions,
  Logger,
  MessagingException,
  NotificationListener,
  Notifier,
  Transport,
  WorkerEndpointOptions,
} from '../../src/index.js'
import { tocsin } from '../executors/built.js'
import { until } from '../support/until.js'

const {
  EndpointFailure,
  ExecutorLoadFailure,
  getBatchNotificationListener,
  getNotificationListener,
  getTransport,
  NotificationFilter,
  ServerListenError,
  ShardFailure,
  silentLogger,
  Target,
  workerEndpoint,
} = tocsin

const broker = process.env['TOCSIN_TEST_RABBIT_URL'] ?? 'amqp://guest:guest@127.0.0.1:5672/'
const work = new URL('./worker/sharded.mjs', import.meta.url)
const retry = { limit: 20, delay: 20, backoff: 1, maxDelay: 20, then: 'dead-letter' } as const

type Options = BatchListenerOptions & { readonly endpoint?: WorkerEndpointOptions<never> }

let topic: string
let transport: Transport
let notifier: Notifier
let listeners: NotificationListener[]
let errors: MessagingException[]

beforeEach(() => {
  topic = `shards-${randomUUID()}`
  transport = open()
  notifier = new tocsin.Notifier(transport, { publisherId: 'compute.host1', topics: [topic] })
  listeners = []
  errors = []
})

afterEach(async () => {
  for (const listener of listeners) {
    await listener.stop()
    await listener.wait({ timeout: 1_000 })
  }
  await transport.cleanup()
  const model = await connect(broker)
  const channel = await model.createChannel()
  for (const name of [`${topic}.info`, `${topic}.info.dead`]) await channel.deleteQueue(name)
  await channel.deleteExchange(topic)
  await model.close()
})

function open(logger: Logger = silentLogger): Transport {
  return getTransport(broker, { controlExchange: topic, logger })
}

interface Shared {
  readonly counts: Int32Array
  readonly threads: Int32Array
  readonly options: { readonly counts: SharedArrayBuffer; readonly threads: SharedArrayBuffer }
}

function shared(length: number): Shared {
  const options = { counts: new SharedArrayBuffer(4 * length), threads: new SharedArrayBuffer(4 * 1_024) }
  return { options, counts: new Int32Array(options.counts), threads: new Int32Array(options.threads) }
}

function sharded(memory: Shared, { endpoint = {}, ...options }: Options = {}): NotificationListener {
  const listener = getNotificationListener(
    transport,
    [new Target({ topic })],
    [workerEndpoint(work, { export: 'Work', methods: ['info'], options: memory.options, ...endpoint })],
    { shards: 2, ...options },
  )
  listener.on('error', (error) => errors.push(error))
  listeners.push(listener)
  return listener
}

async function send(types: readonly string[]): Promise<void> {
  await Promise.all(types.map((type, payload) => notifier.info({}, type, payload)))
}

function repeated(types: readonly string[], times: number): string[] {
  return Array.from({ length: times }, () => types).flat()
}

/** How many messages the queue holds when nobody has any in hand. */
async function left(): Promise<number> {
  const model = await connect(broker)
  try {
    const channel = await model.createChannel()
    return (await channel.checkQueue(`${topic}.info`)).messageCount
  } finally {
    await model.close()
  }
}

describe('two shards', () => {
  test('share the load, and their numbers add up', async () => {
    const memory = shared(200)
    const told: string[] = []
    const listener = sharded(memory, { concurrency: 4 })
    for (const event of ['started', 'stopped'] as const) listener.on(event, () => told.push(event))
    await listener.start()
    expect(listener.stats()).toMatchObject({ state: 'listening', received: 0, shards: [{}, {}] })
    await send(repeated(['work.fine'], 200))
    await until(() => memory.counts.every((count) => count === 1))
    await listener.stop()
    await listener.wait()
    const stats = listener.stats()
    expect(stats).toMatchObject({
      state: 'stopped',
      received: 200,
      handled: 200,
      inHand: 0,
      endpoints: { 'sharded.mjs#Work': { received: 200, handled: 200, failed: 0 } },
      driver: { delivered: 200, acknowledged: 200, unsettled: 0 },
    })
    const handled = stats.shards?.map((shard) => shard.handled) ?? []
    expect(handled).toHaveLength(2)
    expect(Math.min(...handled)).toBeGreaterThan(0)
    expect(new Set(memory.threads)).toEqual(new Set([0, ...handled]))
    expect(told).toEqual(['started', 'stopped'])
    expect(await left()).toBe(0)
    expect(errors).toEqual([])
  })

  test('requeue and retry, reject to the dead letters, and hand over what their endpoints threw', async () => {
    const types = repeated(['work.fine', 'work.requeue', 'work.later', 'work.throw', 'work.reject'], 20)
    const memory = shared(types.length)
    const listener = sharded(memory, { retry: { ...retry, limit: 2 } })
    await listener.start()
    await send(types)
    const wanted = types.map((type) => (['work.fine', 'work.reject'].includes(type) ? 1 : 2))
    await until(() => memory.counts.every((count, index) => count === wanted[index]))
    await until(async () => (await listener.deadLetters().list()).length === 20)
    expect(await listener.deadLetters().replay()).toBe(20)
    await until(() => memory.counts.every((count, index) => count === (types[index] === 'work.fine' ? 1 : 2)))
    await listener.stop()
    await listener.wait()
    expect(listener.stats()).toMatchObject({ handled: 100, requeued: 60, rejected: 20 })
    expect(errors).toHaveLength(20)
    for (const { message } of errors) expect(message).toContain('not wanted here')
    expect(await left()).toBe(0)
  })

  test('tell an error with its class, code, text and causes', async () => {
    const memory = shared(1)
    const about: unknown[] = []
    const listener = sharded(memory)
    listener.on('error', (_, subject) => about.push(subject))
    await listener.start()
    await send(['work.throw'])
    await until(() => errors.length === 1)
    expect(errors[0]).toBeInstanceOf(EndpointFailure)
    expect(errors[0]).toMatchObject({
      name: 'EndpointFailure',
      code: 'ENDPOINT_THREW',
      endpoint: 'sharded.mjs#Work',
      cause: { name: 'RangeError', message: 'the first time', code: 'E_FIRST', cause: { message: 'deeper' } },
    })
    expect(about).toMatchObject([{ eventType: 'work.throw', endpoint: 'sharded.mjs#Work' }])
  })

  test.each([
    ['a NotificationFilter', new NotificationFilter({ eventType: '^work[.]fine$', payload: {} })],
    [
      'one of RegExp objects',
      new NotificationFilter({ eventType: /^WORK[.]fine$/i, publisherId: '^compute' }),
    ],
    ['a list of globs', ['work.fi*']],
  ])('judge by %s', async (_, filterRule) => {
    const memory = shared(4)
    const listener = sharded(memory, { endpoint: { filterRule: filterRule as never } })
    await listener.start()
    await send(['work.fine', 'work.other', 'work.fine', 'other.fine'])
    await until(() => listener.stats().handled === 2 && listener.stats().unwanted === 2)
    expect([...memory.counts]).toEqual([1, 0, 1, 0])
  })

  test('call endpoints with batches', async () => {
    const memory = shared(100)
    const listener = getBatchNotificationListener(
      transport,
      [new Target({ topic })],
      [workerEndpoint(work, { export: 'BatchWork', methods: ['info'], options: memory.options })],
      { shards: 2, batchSize: 10, batchTimeout: 50 },
    )
    listeners.push(listener)
    await listener.start()
    await send(repeated(['work.fine'], 100))
    await until(() => memory.counts.every((count) => count === 1))
  })
})

describe('a shard that ends by itself', () => {
  test.each([
    ['calls process.exit', 'work.exit', {}, { message: expect.stringContaining('with exit code 3') }],
    [
      'throws where nobody catches',
      'work.crash',
      {},
      { message: expect.stringContaining('TypeError: thrown by nobody'), cause: { code: 'E_NOBODY' } },
    ],
    [
      'fills its memory',
      'work.fill',
      { executorOptions: { resourceLimits: { maxOldGenerationSizeMb: 24 } } },
      { cause: { code: 'ERR_WORKER_OUT_OF_MEMORY' } },
    ],
  ])('as it %s loses nothing and is started again', async (_, type, options, failure) => {
    const types = repeated(['work.fine'], 100)
    types[30] = type
    types[60] = type
    const memory = shared(types.length)
    const listener = sharded(memory, { ...options, concurrency: 4 })
    let restored = 0
    listener.on('restored', () => (restored += 1))
    await listener.start()
    await send(types)
    const wanted = types.map((one) => (one === type ? 2 : 1))
    await until(() => memory.counts.every((count, index) => count >= (wanted[index] as number)), 25_000)
    await until(() => restored === errors.length && listener.stats().state === 'listening')
    expect(errors.length).toBeGreaterThan(0)
    for (const error of errors) {
      expect(error).toBeInstanceOf(ShardFailure)
      expect(error).toMatchObject({ code: 'SHARD_CRASHED', ...failure })
    }
    const crashes = listener.stats().shards?.map((shard) => shard.crashes) ?? []
    expect(crashes.reduce((one, other) => one + other, 0)).toBe(errors.length)
    await listener.stop()
    await listener.wait()
    expect(await left()).toBe(0)
  })

  test('is not started again once it is to stop', async () => {
    const memory = shared(1)
    const listener = sharded(memory, { shards: 1 })
    const states: unknown[] = []
    listener.on('error', () => {
      states.push(listener.stats().state)
      void listener.stop()
    })
    await listener.start()
    await send(['work.exit'])
    await until(() => errors.length === 1)
    await listener.wait()
    expect(states).toEqual(['restoring'])
    expect([listener.stats().state, memory.counts[0]]).toEqual(['stopped', 1])
    expect(await left()).toBe(1)
  })
})

describe('the life of shards', () => {
  test('a stop under load leaves nothing unsettled, and each start goes on where the last ended', async () => {
    const memory = shared(600)
    const listener = sharded(memory, { concurrency: 8 })
    const sends = send(repeated(['work.fine'], 600))
    const handled = (): number => memory.counts.reduce((one, other) => one + other, 0)
    for (const count of [50, 150, 300]) {
      await listener.start()
      await until(() => handled() > count)
      await listener.stop()
      await listener.wait()
      expect(listener.stats()).toMatchObject({ state: 'stopped', inHand: 0, handled: handled() })
      expect(listener.stats().driver.unsettled).toBe(0)
    }
    await sends
    expect(await left()).toBe(600 - handled())
    await listener.start()
    await until(() => handled() >= 600)
    expect(memory.counts.every((count) => count === 1)).toBe(true)
  }, 60_000)

  test('what is still in hand at the deadline is given back, and its signal aborts', async () => {
    const memory = shared(1)
    const listener = sharded(memory)
    await listener.start()
    await send(['work.wait'])
    await until(() => memory.counts[0] === 1)
    await listener.stop()
    await listener.wait({ timeout: 100 })
    expect(await left()).toBe(1)
  })

  test('a thread that hears nothing is ended soon after the deadline, and its message comes again', async () => {
    const memory = shared(1)
    const listener = sharded(memory, { shards: 1 })
    await listener.start()
    await send(['work.hang'])
    await until(() => memory.counts[0] === 1)
    const begun = performance.now()
    const stopped = listener.stop()
    await listener.wait({ timeout: 100 })
    await stopped
    expect(performance.now() - begun).toBeLessThan(8_000)
    await until(async () => (await left()) === 1)
  })

  test('the clean-up of the transport ends them', async () => {
    const memory = shared(20)
    const listener = sharded(memory)
    await listener.start()
    await send(repeated(['work.fine'], 20))
    await transport.cleanup()
    expect(listener.stats()).toMatchObject({ state: 'stopped', inHand: 0 })
    expect(await left()).toBe(20 - memory.counts.reduce((one, other) => one + other, 0))
  })

  test('their log lines come to the logger of the listener, with what they are about', async () => {
    const lines: (readonly [string, object | undefined])[] = []
    const logger: Logger = { ...silentLogger, warn: (text, details) => lines.push([text, details]) }
    const memory = shared(1)
    const listener = sharded(memory, { logger, shards: 1 })
    await listener.start()
    await send(['work.wait'])
    await until(() => memory.counts[0] === 1)
    await listener.stop()
    await listener.wait({ timeout: 50 })
    expect(lines).toMatchObject([[expect.stringContaining('1 messages were still in hand'), { shard: 0 }]])
  })
})

describe('a start that fails', () => {
  test('because a module does not load ends all threads, and says which module and why', async () => {
    const listener = sharded(shared(1), { endpoint: { methods: ['info', 'warn'] } })
    const failed = await listener.start().catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(ExecutorLoadFailure)
    expect(failed).toMatchObject({
      message: expect.stringContaining('sharded.mjs did not load'),
      cause: { code: 'CONFIGURATION', message: expect.stringContaining('missing: warn') },
    })
    expect(listener.stats().state).toBe('stopped')
  })

  test('because the broker is not there rejects with what the shard heard, and may be repeated', async () => {
    await using nowhere = getTransport('rabbit://guest:guest@127.0.0.1:1/', { logger: silentLogger })
    const listener = getNotificationListener(
      nowhere,
      [new Target({ topic })],
      [workerEndpoint(work, { export: 'Work', methods: ['info'], options: shared(1).options })],
      { shards: 2 },
    )
    for (let round = 0; round < 2; round++) {
      const failed = await listener.start({ timeout: 200 }).catch((error: unknown) => error)
      expect(failed).toBeInstanceOf(ServerListenError)
      expect(failed).toMatchObject({
        code: 'LISTEN_FAILURE',
        cause: { code: expect.stringMatching(/TIMEOUT|UNREACHABLE/) },
      })
      expect(String(failed)).not.toContain('guest:guest')
    }
  })

  test('because it was stopped rejects with NotOpen', async () => {
    await using nowhere = getTransport('rabbit://guest:guest@127.0.0.1:1/', { logger: silentLogger })
    const listener = getNotificationListener(
      nowhere,
      [new Target({ topic })],
      [workerEndpoint(work, { export: 'Work', methods: ['info'], options: shared(1).options })],
      { shards: 2 },
    )
    const started = listener.start().catch((error: unknown) => error)
    await listener.stop()
    await listener.wait()
    expect(await started).toMatchObject({ name: 'NotOpen', code: 'STOPPED' })
  })
})
