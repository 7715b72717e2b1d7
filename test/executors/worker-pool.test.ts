import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, describe, expect, test } from '@jest/globals'

import { executorConformance } from '../../src/conformance/index.js'
import type { Executor } from '../../src/core/executor.js'
import { type Logger, silentLogger } from '../../src/core/logger.js'
import { until } from '../support/until.js'
import { makeExecutor, workerEndpoint, workerModule } from './built.js'
import { thrownBy } from './thrown-by.js'

type Method = (...args: readonly unknown[]) => Promise<unknown>
type StandIn = Readonly<Record<string, Method>>
type EndpointOptions = Parameters<typeof workerEndpoint>[1]

const module = workerModule('endpoints.mjs')
const metadata = {
  messageId: 'id-1',
  timestamp: '2026-01-01 00:00:00.000000',
  redelivered: false,
  attempts: 2,
  signal: new AbortController().signal,
}

const open: Executor[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((executor) => executor.close(0)))
})

interface PoolOptions {
  readonly concurrency?: number
  readonly context?: boolean
  readonly logger?: Logger
  readonly [option: string]: unknown
}

function pool({ concurrency, context, logger = silentLogger, ...options }: PoolOptions = {}): Executor {
  const executor = makeExecutor('worker-pool', {
    concurrency,
    context,
    logger,
    options: { threads: 1, ...options },
  })
  open.push(executor)
  return executor
}

async function started(
  options: PoolOptions = {},
  endpoint: EndpointOptions = {},
  url = module,
): Promise<StandIn> {
  const executor = pool(options)
  const standIn = bind(executor, endpoint, url)
  await executor.start?.()
  return standIn
}

function bind(executor: Executor, endpoint: EndpointOptions = {}, url = module): StandIn {
  return executor.bind?.(workerEndpoint(url, endpoint)) as unknown as StandIn
}

/** Calls `info` about an event type of the module's acts. */
function info(
  standIn: StandIn,
  eventType: string,
  payload: unknown = {},
  messageId: string = metadata.messageId,
): Promise<unknown> {
  return call(standIn, 'info', { user: 'u' }, 'compute.h', eventType, payload, { ...metadata, messageId })
}

function call(standIn: StandIn, method: string, ...args: readonly unknown[]): Promise<unknown> {
  return (standIn[method] as Method)(...args)
}

function errorOf(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  return promise.then(
    (value) => {
      throw new Error(`resolved with ${String(value)}`)
    },
    (error) => error,
  )
}

executorConformance({
  name: 'worker-pool',
  make: () => makeExecutor('worker-pool', { logger: silentLogger, options: { threads: 1 } }),
  endpoint: workerEndpoint(module),
  test,
})

describe('a call to a worker thread', () => {
  test('gets its arguments as they are, undefined, NaN and bigint too', async () => {
    const endpoint = await started()
    const payload = {
      none: undefined,
      nan: Number.NaN,
      big: 2n ** 70n,
      deep: [{ a: [1, null] }],
      date: new Date(5),
    }
    const [ctxt, publisherId, eventType, echoed, seen] = (await info(endpoint, 'echo', payload)) as unknown[]
    expect([ctxt, publisherId, eventType]).toEqual([{ user: 'u' }, 'compute.h', 'echo'])
    expect(echoed).toStrictEqual(payload)
    const { signal: _, ...crossing } = metadata
    expect(seen).toMatchObject(crossing)
  })

  test('gets exactly the bytes of a view, not the buffer behind it', async () => {
    const endpoint = await started()
    const behind = new Uint8Array(10_000).fill(7)
    const payload = { part: behind.subarray(100, 110), whole: new Uint8Array(3) }
    const [, , , echoed] = (await info(endpoint, 'echo', payload)) as [
      0,
      0,
      0,
      { part: Uint8Array; whole: Uint8Array },
    ]
    expect(echoed.part.buffer.byteLength).toBe(10)
    expect([...echoed.part, ...echoed.whole]).toEqual([7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 0, 0, 0])
    expect(payload.part.buffer.byteLength).toBe(10_000)
  })

  test.each([
    ['nothing', undefined],
    ['requeue', { verb: 'requeue', delay: 250 }],
    ['reject', { verb: 'reject', reason: 'too old' }],
    ['not-cloneable', 'an object (Object)'],
    ['function', 'a function'],
  ])('returns the result of %s', async (eventType, result) => {
    expect(await info(await started(), eventType)).toEqual(result)
  })

  test('runs in another thread, all methods of an endpoint in the same module', async () => {
    const endpoint = await started()
    const threads = [
      await info(endpoint, 'thread'),
      await call(endpoint, 'error', {}, 'p', 'thread', {}, metadata),
    ]
    expect(threads[0]).toBeGreaterThan(0)
    expect(threads[1]).toBe(threads[0])
  })

  test('knows its notification, however many awaits later', async () => {
    const endpoint = await started({ context: true })
    const seen = await Promise.all([1, 2, 3].map((n) => info(endpoint, 'context', { n })))
    expect(seen).toEqual([1, 2, 3].map((n) => ({ priority: 'info', eventType: 'context', payload: { n } })))
  })

  test('to a priority that the module lacks counts as handled', async () => {
    expect(await call(await started(), 'sample', {}, 'p', 'echo', {}, metadata)).toBeUndefined()
  })

  test('that is slow holds no other up, also of the same turn', async () => {
    const endpoint = await started({ concurrentTasksPerThread: 3 })
    let slowEnded = false
    const slow = info(endpoint, 'slow', { ms: 400 }).then(() => {
      slowEnded = true
    })
    await Promise.all([info(endpoint, 'nothing'), info(endpoint, 'slow', { ms: 20 })])
    expect(slowEnded).toBe(false)
    await slow
  })

  test('that blocks its thread does not hold up the results of those before it', async () => {
    const endpoint = await started({ concurrentTasksPerThread: 3 })
    const order: string[] = []
    await Promise.all([
      info(endpoint, 'block', { ms: 50 }).then(() => order.push('first')),
      info(endpoint, 'block', { ms: 300 }).then(() => order.push(`second ${order.length === 1}`)),
    ])
    expect(order).toEqual(['first', 'second true'])
  })

  test('that can not cross rejects and says why, the others of its turn go on', async () => {
    const endpoint = await started()
    const [bad, good] = [info(endpoint, 'echo', { act() {} }), info(endpoint, 'thread')]
    expect(await errorOf(bad)).toMatchObject({ name: 'UnserializableMessage', code: 'NOT_CLONEABLE' })
    expect(await good).toBeGreaterThan(0)
    expect(await info(endpoint, 'thread')).toBe(await good)
  })

  test('whose payload can not even be read rejects', async () => {
    const endpoint = await started()
    const payload = {
      get field(): never {
        throw new Error('not readable')
      },
    }
    expect(await errorOf(info(endpoint, 'echo', payload))).toMatchObject({ message: 'not readable' })
  })

  test('spreads over all threads, no more on one than concurrentTasksPerThread', async () => {
    const endpoint = await started({ threads: 3, concurrentTasksPerThread: 2 })
    const threads = (await Promise.all(
      Array.from({ length: 6 }, () => info(endpoint, 'slow', { ms: 30 })),
    )) as number[]
    const counts = new Map<number, number>()
    for (const thread of threads) counts.set(thread, (counts.get(thread) ?? 0) + 1)
    expect([...counts.values()]).toEqual([2, 2, 2])
  })

  test('waits when all threads have enough, and none is lost', async () => {
    const endpoint = await started({ threads: 2, concurrentTasksPerThread: 1 })
    const results = await Promise.all(Array.from({ length: 200 }, (_, n) => info(endpoint, 'echo', n)))
    expect(results.map((args) => (args as unknown[])[3])).toEqual(Array.from({ length: 200 }, (_, n) => n))
  })
})

describe('what a thread has in hand where nothing is said', () => {
  /** Runs jobs of one call each. Resolves with how many had begun before the first ended, and with the most that ran at once. */
  async function run(jobs: number, eventType: string, payload: unknown): Promise<Record<string, number>> {
    const executor = pool()
    const endpoint = bind(executor)
    await executor.start?.()
    let [running, most, atFirst, ended] = [0, 0, 0, 0]
    for (let n = 0; n < jobs; n++) {
      executor.execute({
        size: 1,
        subject: undefined,
        run(done) {
          most = Math.max(most, ++running)
          if (ended === 0) atFirst++
          info(endpoint, eventType, payload).then(() => {
            running--
            ended++
            done()
          }, done)
        },
        abandon() {},
      })
    }
    await executor.close()
    return { atFirst, most, ended }
  }

  test('is eight calls while they are slow: a further job does not begin', async () => {
    expect(await run(30, 'slow', { ms: 30 })).toMatchObject({ atFirst: 8, ended: 30 })
  })

  test('is more while they are quick', async () => {
    const { most, ended } = await run(5_000, 'nothing', {})
    expect(most).toBeGreaterThan(16)
    expect(ended).toBe(5_000)
  })
})

describe('a batch', () => {
  const batch = [10, 11, 12].map((payload) => {
    return { priority: 'info', ctxt: {}, publisherId: 'p', eventType: 'e', payload, metadata }
  })

  test('comes back as a Map with the notifications of this thread', async () => {
    const endpoint = await started({}, { export: 'batches' })
    const result = (await call(endpoint, 'info', batch)) as Map<unknown, unknown>
    expect(result.size).toBe(3)
    expect(result.get(batch[2])).toEqual({ verb: 'requeue', delay: 9 })
    expect(result.get(batch[0])).toBe('handled')
    expect(result.has(batch[1])).toBe(false)
  })

  test('crosses as an array, known to currentBatch', async () => {
    const endpoint = await started({}, { export: 'batches' })
    expect(await call(endpoint, 'warn', batch)).toEqual([10, 11, 12])
    expect(await call(endpoint, 'error', batch)).toEqual([10, 3])
  })
})

describe('an error in a worker thread', () => {
  test('crosses whole: class of the language, message, stack, code, fields and causes', async () => {
    const error = await errorOf(info(await started(), 'type_error'))
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({
      name: 'TypeError',
      message: 'no such field',
      code: 'E_FIELD',
      field: { name: 'x', at: 7n },
    })
    expect(error.stack).toContain('worker/endpoints.mjs')
    expect(error.cause).toBeInstanceOf(RangeError)
    expect(error.cause).toMatchObject({ message: 'the disk is full', code: 'ENOSPC', errno: -28 })
  })

  test('of a class of its own keeps its name and the fields that can cross', async () => {
    const error = await errorOf(info(await started(), 'own_error'))
    expect(error).toMatchObject({
      name: 'BillingError',
      message: 'no account',
      retry: true,
      onUndo: 'a function',
    })
    expect(String(error)).toBe('BillingError: no account')
  })

  test('that gathers others keeps them', async () => {
    const error = await errorOf(info(await started(), 'aggregate'))
    expect(error).toMatchObject({ name: 'AggregateError', errors: [{ message: 'one' }, 'two'] })
  })

  test('that is no Error crosses as it is', async () => {
    expect(await errorOf(info(await started(), 'text'))).toBe('just a text')
  })
})

describe('a worker thread that dies', () => {
  test.each([
    ['exit', 'worker exited with code: 7'],
    ['uncaught', 'nobody catches this'],
    ['memory', 'memory limit'],
  ])('by %s fails its own calls with WORKER_CRASHED and is replaced', async (eventType, why) => {
    const endpoint = await started({
      threads: 2,
      concurrentTasksPerThread: 2,
      resourceLimits: { maxOldGenerationSizeMb: 40 },
    })
    const calls = [
      info(endpoint, eventType),
      info(endpoint, 'slow', { ms: 500 }),
      info(endpoint, 'slow', { ms: 20_000 }),
      info(endpoint, 'slow', { ms: 500 }),
    ] as const
    const errors = await Promise.all([errorOf(calls[0]), errorOf(calls[2])])
    for (const error of errors) {
      expect(error).toMatchObject({
        name: 'EndpointFailure',
        code: 'WORKER_CRASHED',
        endpoint: 'endpoints.mjs',
      })
      expect(error.message).toContain(why)
    }
    const [survivor, same] = await Promise.all([calls[1], calls[3]])
    expect(same).toBe(survivor)
    // The replacement takes a while to start on a busy machine; until then the survivor does the work.
    const threads = new Set<unknown>()
    await until(async () => {
      const round = await Promise.all([0, 1, 2, 3].map(() => info(endpoint, 'slow', { ms: 50 })))
      for (const thread of round) threads.add(thread)
      return threads.size === 2
    })
    expect(threads).toContain(survivor)
  })

  test.each([1, 2])(
    'takes the others in its hand with it only once: of %d threads one is left to each of them',
    async (threads) => {
      const endpoint = await started({ threads, concurrentTasksPerThread: 4 })
      const all = (): Promise<unknown[]> => {
        const fine = Array.from({ length: 8 }, (_, n) => info(endpoint, 'slow', { ms: 10 }, `fine-${n}`))
        const calls = [info(endpoint, 'exit', {}, 'bad'), ...fine]
        return Promise.all(
          calls.map((one) =>
            one.then(
              () => 'fine',
              ({ code }) => code,
            ),
          ),
        )
      }
      expect(await all()).toContain('WORKER_CRASHED')
      for (let round = 0; round < 3; round++)
        expect(await all()).toEqual(['WORKER_CRASHED', ...Array.from({ length: 8 }, () => 'fine')])
    },
  )
})

describe('a replacement', () => {
  test.each([
    [
      'load its modules',
      'moody.mjs',
      undefined,
      /moody\.mjs did not load in a worker thread: Error: not in the mood/,
    ],
    ['even start', 'endpoints.mjs', 'preload.mjs', /crashed without a call in hand: Error: not in the mood/],
  ])('that can not %s is replaced until one can, and its calls wait', async (_, file, preload, text) => {
    const folder = mkdtempSync(join(tmpdir(), 'tocsin-'))
    const marker = join(folder, 'marker')
    let logger = silentLogger
    const trouble = new Promise<string>((resolve) => {
      logger = { ...silentLogger, error: resolve }
    })
    const execArgv = preload === undefined ? [] : ['--import', `${workerModule(preload).href}?${marker}`]
    try {
      const endpoint = await started({ logger, execArgv }, { options: { marker } }, workerModule(file))
      writeFileSync(marker, '')
      expect(await errorOf(info(endpoint, 'exit'))).toMatchObject({ code: 'WORKER_CRASHED' })
      const waiting = info(endpoint, 'thread')
      expect(await trouble).toMatch(text)
      rmSync(marker)
      expect(await waiting).toBeGreaterThan(0)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('the module of a worker endpoint', () => {
  test.each([
    ['a class', { export: 'Configured' }, { rate: 2 }],
    ['a function', { export: 'made' }, ['made with', { rate: 2 }]],
    ['an asynchronous function', { export: 'madeLater' }, ['made later with', { rate: 2 }]],
  ])('exports %s, which gets the options', async (_, endpoint, result) => {
    const standIn = await started({}, { ...endpoint, options: { rate: 2 }, methods: ['info'] })
    expect(await info(standIn, 'any')).toEqual(result)
  })

  test('may have been compiled to CommonJS', async () => {
    expect(await info(await started({}, {}, workerModule('compiled.cjs')), 'any')).toBe('compiled')
  })

  test.each([
    ['throws.mjs', {}, /throws\.mjs did not load in a worker thread: .*nowhere\.mjs/],
    ['nowhere.mjs', {}, /nowhere\.mjs did not load in a worker thread/],
    ['exits.mjs', {}, /a worker thread ended while it loaded its modules/],
    ['crashes.mjs', {}, /a worker thread crashed without a call in hand: Error: crashed while loading/],
    ['hangs.mjs', {}, /1 of 1 worker threads had not loaded their modules after 300 ms/],
    ['endpoints.mjs', { export: 'nope' }, /there is no export 'nope'; found Configured, batches, default/],
    ['endpoints.mjs', { export: 'number' }, /is an endpoint object, a class or a function .* found 42/],
    ['endpoints.mjs', { methods: ['info', 'debug'] }, /has the methods info, debug; missing: debug/],
    ['compiled.cjs', { export: '__esModule' }, /found true/],
  ])('%s with %j fails the start', async (file, endpoint, text) => {
    const loadTimeout = file === 'hangs.mjs' ? 300 : 20_000
    const error = await errorOf(started({ loadTimeout }, endpoint, workerModule(file)))
    expect(error).toMatchObject({
      name: 'ExecutorLoadFailure',
      code: 'EXECUTOR_LOAD_FAILURE',
      executor: 'worker-pool',
    })
    expect(error.message).toMatch(text)
  })
})

describe('closing', () => {
  test('after the deadline aborts the signal of calls in hand, then ends their threads', async () => {
    const executor = pool()
    const endpoint = bind(executor)
    await executor.start?.()
    const [heeding, deaf] = [errorOf(info(endpoint, 'signal')), errorOf(info(endpoint, 'never'))]
    await executor.close(10)
    expect(await heeding).toMatchObject({ name: 'Error', message: 'aborted' })
    expect(await deaf).toMatchObject({ code: 'WORKER_CRASHED' })
  })

  test('and starting again gives new threads', async () => {
    const executor = pool()
    const endpoint = bind(executor)
    await executor.start?.()
    const first = await info(endpoint, 'thread')
    await executor.close()
    expect(await errorOf(info(endpoint, 'thread'))).toMatchObject({ code: 'EXECUTOR_NOT_STARTED' })
    await executor.start?.()
    expect(await info(endpoint, 'thread')).not.toBe(first)
  })

  test('while it starts leaves no thread behind', async () => {
    const executor = pool()
    const endpoint = bind(executor)
    const starting = executor.start?.()
    await executor.close()
    await starting
    expect(await errorOf(info(endpoint, 'thread'))).toMatchObject({ code: 'EXECUTOR_NOT_STARTED' })
  })
})

describe('worker-pool refuses', () => {
  test('endpoints that are no modules, and says what to give', () => {
    const error = thrownBy(() => pool().bind?.({ info: () => undefined }))
    expect(error).toMatchObject({ name: 'InvalidEndpoint', code: 'NOT_A_MODULE' })
    expect(error.message).toContain("workerEndpoint(new URL('./endpoint.js', import.meta.url))")
  })

  test.each([
    [{ threads: 0 }, "'threads' wants a whole number from 1 to 256"],
    [{ execArgv: [1] }, "'execArgv' wants a list of arguments"],
    [{ thread: 2 }, "did you mean 'threads'?"],
    [
      { threads: 2, concurrentTasksPerThread: 1, concurrency: 3 },
      "concurrency 3 is more than 2 threads with 'concurrentTasksPerThread' 1 can do",
    ],
  ])('the options %j', (options, text) => {
    expect(() => pool(options)).toThrow(text)
  })
})

test.each([
  [{ threads: 3 }, 192],
  [{ threads: 3, concurrentTasksPerThread: 2 }, 6],
  [{ threads: 3, concurrency: 10 }, 10],
])('with %j the concurrency of worker-pool is %d', (options, concurrency) => {
  expect(pool(options).concurrency).toBe(concurrency)
})
