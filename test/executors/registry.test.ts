import { describe, expect, test } from '@jest/globals'

import { ConfigurationError, ExecutorLoadFailure } from '../../src/core/errors.js'
import type { Executor, ExecutorOptions } from '../../src/core/executor.js'
import { silentLogger } from '../../src/core/logger.js'
import { makeExecutor, registerExecutor } from '../../src/executors/registry.js'
import { thrownBy } from './thrown-by.js'

const plain: ExecutorOptions = { logger: silentLogger, options: {} }
const ownExecutor: Executor = { concurrency: 1, execute: (job) => job.run(() => {}), close: async () => {} }

describe('an executor by name', () => {
  test.each(['async-loop', 'keyed', 'worker-pool'])('%s is there', (name) => {
    const options = name === 'keyed' ? { key: () => 1 } : {}
    expect(makeExecutor(name, { ...plain, options }).concurrency).toBeGreaterThanOrEqual(1)
  })

  test.each([
    [
      'async_lop',
      "there is no executor 'async_lop'; did you mean 'async-loop'? Known: async-loop, keyed, worker-pool",
    ],
    ['workerpool', "did you mean 'worker-pool'?"],
    ['eventlet', "there is no executor 'eventlet'. Known: async-loop"],
  ])('%s is unknown', (name, text) => {
    const error = thrownBy(() => makeExecutor(name, plain))
    expect(error).toBeInstanceOf(ExecutorLoadFailure)
    expect(error).toMatchObject({ code: 'EXECUTOR_LOAD_FAILURE', executor: name })
    expect(error.message).toContain(text)
  })

  test('can be added, once, and gets the options of its listener', () => {
    let got: ExecutorOptions | undefined
    registerExecutor('own-one', (options) => {
      got = options
      return ownExecutor
    })
    const given = { ...plain, concurrency: 3, options: { lanes: 2 } }
    expect(makeExecutor('own-one', given)).toBe(ownExecutor)
    expect(got).toBe(given)
    expect(thrownBy(() => registerExecutor('own-one', () => ownExecutor))).toBeInstanceOf(ConfigurationError)
    expect(() => registerExecutor('async-loop', () => ownExecutor)).toThrow('choose another name')
  })

  test.each(['', 'Own', '1st', 'a b', 'a_b'])('can not be named %p', (name) => {
    const error = thrownBy(() => registerExecutor(name, () => ownExecutor))
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error.message).toContain(`found '${name}'`)
  })

  test('is refused when its factory throws or makes something else', () => {
    const cause = new Error('no licence')
    registerExecutor('throws', () => {
      throw cause
    })
    expect(thrownBy(() => makeExecutor('throws', plain))).toMatchObject({ executor: 'throws', cause })
    registerExecutor('makes-nothing', () => ({ concurrency: 0 }) as unknown as Executor)
    expect(thrownBy(() => makeExecutor('makes-nothing', plain))).toBeInstanceOf(ExecutorLoadFailure)
  })
})

describe('an Executor that is given', () => {
  test('is used as it is', () => {
    expect(makeExecutor(ownExecutor, plain)).toBe(ownExecutor)
  })

  test('takes neither concurrency nor executorOptions from the listener', () => {
    const error = thrownBy(() => makeExecutor(ownExecutor, { ...plain, concurrency: 2, options: { a: 1 } }))
    expect(error).toBeInstanceOf(ConfigurationError)
    expect((error as ConfigurationError).problems).toHaveLength(2)
  })

  test.each([[42], [null], [{ concurrency: 1 }]])('%p is none', (value) => {
    const error = thrownBy(() => makeExecutor(value as unknown as Executor, plain))
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error.message).toContain('wants the name of an executor (async-loop')
  })
})
