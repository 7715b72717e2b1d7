import { describe, expect, test } from '@jest/globals'

import { ConfigurationError } from '../../src/core/errors.js'
import { workerEndpoint } from '../../src/executors/worker-endpoint.js'
import { PRIORITIES } from '../../src/notify/endpoint.js'
import { thrownBy } from './thrown-by.js'

const url = new URL('file:///srv/billing.js')

describe('workerEndpoint', () => {
  test('has the seven priorities unless told otherwise', () => {
    expect(workerEndpoint(url).methods).toEqual(PRIORITIES)
    expect(workerEndpoint(url, { methods: ['info'] }).methods).toEqual(['info'])
  })

  test('is named by its file and export', () => {
    expect(workerEndpoint(url).name).toBe('billing.js')
    expect(workerEndpoint(url.href, { export: 'Rates' }).name).toBe('billing.js#Rates')
    expect(workerEndpoint(url, { name: 'billing' }).name).toBe('billing')
  })

  test('carries its filter rule', () => {
    const filterRule = { eventType: /^compute/ }
    expect(workerEndpoint(url, { filterRule }).filterRule).toBe(filterRule)
    expect(workerEndpoint(url).filterRule).toBeNull()
  })

  test.each(['./billing.js', 'https://x.test/billing.js', 42, undefined, {}])(
    'refuses the module %p',
    (module) => {
      const error = thrownBy(() => workerEndpoint(module as string))
      expect(error).toBeInstanceOf(ConfigurationError)
      expect(error.message).toContain('wants the file URL of a module')
    },
  )

  test.each([
    [{ methods: [] }, "'methods' wants a list of method names, each once"],
    [{ methods: ['info', 'info'] }, "'methods' wants a list of method names, each once"],
    [{ export: '' }, "'export' wants the name of an export"],
    [{ filterrule: {} }, "did you mean 'filterRule'?"],
    [{ options: { act() {} } }, "'options' wants a value that structured clone can copy"],
  ])('refuses the options %p', (options, text) => {
    expect(() => workerEndpoint(url, options as object)).toThrow(text)
  })
})
