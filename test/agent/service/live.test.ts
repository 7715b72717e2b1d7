/** The live view: rates, and that it stays small. */
import { describe, expect, test } from '@jest/globals'

import { LiveView, Rates } from '../../../src/agent/service/live.js'
import { LIVE_PAGE, LIVE_SCRIPT } from '../../../src/agent/service/live-page.js'
import { StatusServer } from '../../../src/agent/service/status-server.js'

describe('rates', () => {
  test('come near what happens per second, and fade when nothing does', () => {
    let now = 0
    const rates = new Rates(() => now)
    for (; now < 300; now += 0.1) rates.add('busy')
    expect(rates.top(1)[0]?.rate).toBeCloseTo(10, 0)
    now += 300
    expect(rates.top(1)[0]?.rate).toBeLessThan(0.01)
    expect(rates.top(1)[0]?.total).toBeGreaterThanOrEqual(3_000)
  })

  test('of more names than it keeps are counted together', () => {
    const rates = new Rates(() => 0)
    for (let index = 0; index < 1_000; index += 1) rates.add(`name ${index}`)
    expect(rates.top(10_000)).toHaveLength(501)
    expect(rates.top(1)[0]).toMatchObject({ name: '(others)', total: 500 })
  })
})

test('the latest come first, and few', () => {
  const live = new LiveView()
  for (let index = 0; index < 100; index += 1)
    live.onEvents([{ message_id: null, event_type: `e${index}`, generated: '', traits: [], raw: {} }])
  const { latestEvents } = live.report()
  expect(latestEvents).toHaveLength(30)
  expect(latestEvents[0]).toMatchObject({ event_type: 'e99' })
})

describe('the page', () => {
  const source = {
    metrics: () => '',
    health: () => ({ isHealthy: false, detail: {} }),
    status: () => ({ big: 1n }),
    live: async () => ({ state: 'running' }),
  }

  test('is served with what it needs, and takes nothing from elsewhere', async () => {
    const server = await StatusServer.start(source, { port: 0 })
    try {
      const page = await fetch(server.url)
      expect(await page.text()).toBe(LIVE_PAGE)
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
      for (const path of ['live.js', 'live.css', 'live']) {
        expect(LIVE_PAGE + LIVE_SCRIPT).toContain(path)
        expect((await fetch(`${server.url}/${path}`)).status).toBe(200)
      }
      expect(await (await fetch(`${server.url}/status`)).json()).toEqual({ big: '1' })
      expect((await fetch(`${server.url}/health`)).status).toBe(503)
    } finally {
      await server.close()
    }
  })

  test('shows a table for each part of what it asks for', () => {
    const shown = [...LIVE_SCRIPT.matchAll(/^ {2}(\w+): \[/gm)].map(([, id]) => id)
    expect(shown).toHaveLength(10)
    for (const id of shown) expect(LIVE_PAGE).toContain(`id="${id}"`)
    expect(LIVE_SCRIPT).not.toContain('innerHTML')
  })

  test('is not for a name that somebody else lets point here', async () => {
    const server = await StatusServer.start(source, { port: 0 })
    const { request } = await import('node:http')
    const statusFor = (host: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        request(server.url, { headers: { host }, agent: false }, (response) => {
          response.resume()
          resolve(response.statusCode)
        })
          .on('error', reject)
          .end()
      })
    try {
      expect(await statusFor('evil.example.org')).toBe(403)
      expect(await statusFor('localhost:1')).toBe(200)
      expect(await statusFor('[::1]:1')).toBe(200)
    } finally {
      await server.close()
    }
  })
})
