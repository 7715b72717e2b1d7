import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'

import { describe, expect, test } from '@jest/globals'
import parse from 'parse-prometheus-text-format'

import { makePublisher, type Sample } from '../../../src/agent/index.js'
import type { PrometheusScrapePublisher } from '../../../src/agent/publishers/prometheus-scrape.js'
import { until } from '../../support/until.js'
import { type Answer, HttpReceiver, type Received } from './http-receiver.js'
import { RecordingLogger } from './recording-logger.js'
import { sample } from './samples.js'

const user = '1e3ce043029547f1a61c1996d1a531a2'
const project = '7c150a59fe714e6f9263774af9688f0e'

async function push(
  all: readonly Sample[],
  path: string,
  answer: (index: number) => Answer = () => ({ status: 202 }),
): Promise<{ requests: readonly Received[]; stats: unknown }> {
  await using receiver = await HttpReceiver.start((_, index) => answer(index))
  const publisher = makePublisher(`prometheus://${receiver.place}${path}`)
  await publisher.publishSamples?.(all)
  await publisher.close()
  return { requests: receiver.requests, stats: publisher.stats?.() }
}

/** Label values as a parser has them. */
function series(text: string): readonly (readonly [string, string, string, Record<string, string>])[] {
  return parse(text).flatMap(({ name, type, metrics }) =>
    metrics.map(({ value, labels = {} }) => [name, type, value, labels] as const),
  )
}

describe('prometheus://', () => {
  test('posts one document for all samples when the URL groups them', async () => {
    const { requests } = await push(
      [
        sample({ name: 'disk.root-size', resource_id: 'a' }),
        sample({ name: 'cpu', type: 'cumulative', volume: 1e21, resource_id: 'a' }),
        sample({ name: 'disk.root-size', resource_id: 'b', volume: 1.5 }),
        sample({ name: 'requests', type: 'delta', volume: 3, resource_id: 'a' }),
      ],
      '/metrics/job/openstack/cloud/one?x=1',
    )
    expect(requests).toHaveLength(1)
    const { method, path, headers, body } = requests[0]!
    expect([method, path]).toEqual(['POST', '/metrics/job/openstack/cloud/one?x=1'])
    expect(headers['content-type']).toBe('text/plain; version=0.0.4')
    const ids = `user_id="${user}",project_id="${project}"`
    expect(body).toBe(
      [
        '# TYPE disk_root_size gauge',
        `disk_root_size{resource_id="a",${ids}} 512`,
        `disk_root_size{resource_id="b",${ids}} 1.5`,
        '# TYPE cpu counter',
        `cpu{resource_id="a",${ids}} 1e+21`,
        `requests{resource_id="a",${ids}} 3`,
        '',
      ].join('\n'),
    )
    expect(series(body).map(([name, type, value]) => [name, type, Number(value)])).toEqual([
      ['disk_root_size', 'GAUGE', 512],
      ['disk_root_size', 'GAUGE', 1.5],
      ['cpu', 'COUNTER', 1e21],
      ['requests', 'UNTYPED', 3],
    ])
  })

  test('without grouping posts a document for each resource to a group of its own', async () => {
    const odd = 'host/eth0 é?#'
    const { requests } = await push(
      [
        sample({ resource_id: 'a b' }),
        sample({ resource_id: odd }),
        sample({ name: 'x', resource_id: 'a b' }),
      ],
      '/metrics/job/openstack?x=1',
    )
    expect(requests.map(({ path }) => path)).toEqual([
      '/metrics/job/openstack/resource_id/a%20b?x=1',
      `/metrics/job/openstack/resource_id@base64/${Buffer.from(odd).toString('base64url')}?x=1`,
    ])
    expect(series(requests[0]?.body ?? '').map(([name]) => name)).toEqual(['memory', 'x'])
  })

  test('a label value with quotes, backslashes and line breaks comes back as it was; null has no label', async () => {
    const resource = 'C:\\n "quoted"\nnext\\'
    const { requests } = await push(
      [sample({ resource_id: resource, user_id: null, project_id: null })],
      '/metrics/job/x/a/b',
    )
    expect(series(requests[0]?.body ?? '')).toEqual([['memory', 'GAUGE', '512', { resource_id: resource }]])
  })

  test('names are made legal, and the lines of a name stand together', async () => {
    const { requests } = await push(
      [
        sample({ name: '1st é', resource_id: 'a' }),
        sample({ name: 'b', resource_id: 'a' }),
        sample({ name: '1st.é', resource_id: 'b', type: 'cumulative' }),
      ],
      '/metrics/job/x/a/b',
    )
    const found = series(requests[0]?.body ?? '')
    // Two types for one name: it has none.
    expect(found.map(([name, type]) => [name, type])).toEqual([
      ['_1st__', 'UNTYPED'],
      ['_1st__', 'UNTYPED'],
      ['b', 'GAUGE'],
    ])
  })

  test('of a series that comes twice only the last is sent: a gateway refuses doubles', async () => {
    const { requests } = await push([sample({ volume: 1 }), sample({ volume: 2 })], '/metrics/job/x/a/b')
    expect(series(requests[0]?.body ?? '').map(([, , value]) => value)).toEqual(['2'])
  })

  test('sends what is no finite number as the format writes it, and drops what is no number', async () => {
    const volumes = [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      '2.5',
      2n ** 64n,
      'many',
      '',
    ]
    const all = volumes.map((volume, index) => sample({ volume, resource_id: `r${index}` }))
    const { requests, stats } = await push(all, '/metrics/job/x/a/b')
    expect(series(requests[0]?.body ?? '').map(([, , value]) => value)).toEqual([
      'NaN',
      '+Inf',
      '-Inf',
      '2.5',
      '18446744073709551616',
    ])
    expect(stats).toMatchObject({ published: 5, dropped: 2 })
  })

  test('goes on with the resource that was not taken', async () => {
    const all = ['a', 'b', 'c'].map((resource) => sample({ resource_id: resource }))
    const { requests, stats } = await push(all, '/metrics/job/x', (index) => ({
      status: index === 1 ? 502 : 202,
    }))
    expect(requests.map(({ path }) => path.at(-1))).toEqual(['a', 'b', 'b', 'c'])
    expect(stats).toMatchObject({ published: 3 })
  })

  test('compat=true is the text of the original', async () => {
    const { requests } = await push(
      [
        sample({ name: 'cpu.time-x', type: 'cumulative', user_id: null, resource_id: 'a"' }),
        sample({ name: 'requests', type: 'delta', resource_id: 'a"' }),
      ],
      '/metrics/job/x?compat=true',
    )
    expect(requests).toHaveLength(1)
    expect(requests[0]?.path).toBe('/metrics/job/x/resource_id/a%22')
    expect(requests[0]?.headers['content-type']).toBe('plain/text')
    expect(requests[0]?.body).toBe(
      '# TYPE cpu_time_x counter\n' +
        `cpu_time_x{resource_id="a"", user_id="None", project_id="${project}"} 512\n` +
        `requests{resource_id="a"", user_id="${user}", project_id="${project}"} 512\n`,
    )
  })
})

describe('prometheus-scrape://', () => {
  async function withScrape(
    query: string,
    use: (publisher: PrometheusScrapePublisher, logger: RecordingLogger) => Promise<void>,
  ): Promise<void> {
    const logger = new RecordingLogger()
    const publisher = makePublisher(`prometheus-scrape://127.0.0.1:0/metrics${query}`, {
      logger,
    }) as PrometheusScrapePublisher
    try {
      await publisher.open()
      await use(publisher, logger)
    } finally {
      await publisher.close()
    }
  }

  async function scrape(publisher: PrometheusScrapePublisher): Promise<string> {
    const response = await fetch(publisher.address ?? '')
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4')
    return response.text()
  }

  test('serves the latest value of each series', () =>
    withScrape('', async (publisher) => {
      expect(await scrape(publisher)).toBe('')
      await publisher.publishSamples([sample({ volume: 1 }), sample({ volume: 2, resource_id: 'b' })])
      await publisher.publishSamples([sample({ volume: 3 })])
      const found = series(await scrape(publisher)).map(([, , value, labels]) => [
        labels['resource_id'],
        value,
      ])
      expect(found).toEqual([
        ['b', '2'],
        ['9f9d01b9-4a58-4271-9e27-398b21ab20d1', '3'],
      ])
      expect(publisher.stats()).toMatchObject({ published: 3, dropped: 0 })
    }))

  test('is bounded: the series renewed longest ago goes, and that is told once', () =>
    withScrape('?max_series=2', async (publisher, logger) => {
      for (const id of ['a', 'b', 'a', 'c', 'd'])
        await publisher.publishSamples([sample({ resource_id: id })])
      expect(series(await scrape(publisher)).map(([, , , labels]) => labels['resource_id'])).toEqual([
        'c',
        'd',
      ])
      expect(publisher.stats()).toMatchObject({ published: 5, dropped: 2 })
      expect(logger.lines).toEqual([expect.stringContaining('max_series')])
    }))

  test('drops what is no number', () =>
    withScrape('', async (publisher) => {
      await publisher.publishSamples([sample({ volume: 'many' }), sample()])
      expect(series(await scrape(publisher))).toHaveLength(1)
      expect(publisher.stats()).toMatchObject({ published: 1, dropped: 1 })
    }))

  test('forgets a series that is not renewed', () =>
    withScrape('?max_age=0.05', async (publisher) => {
      await publisher.publishSamples([sample()])
      await until(async () => (await scrape(publisher)) === '')
    }))

  test('has one page, to be read only', () =>
    withScrape('', async (publisher) => {
      const address = publisher.address ?? ''
      expect((await fetch(address.replace('/metrics', '/'))).status).toBe(404)
      expect((await fetch(address, { method: 'POST' })).status).toBe(405)
      expect((await fetch(`${address}?name=x`)).status).toBe(200)
    }))

  test('says that it can not listen, and can once the place is free', async () => {
    const other = createServer()
    other.listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const publisher = makePublisher(`prometheus-scrape://127.0.0.1:${port}/metrics`)
    await expect(publisher.open?.()).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('EADDRINUSE'),
    })
    await expect(publisher.publishSamples?.([sample()])).rejects.toThrow(/can't listen/)
    expect(publisher.stats?.()).toMatchObject({ failed: 1 })
    other.close()
    await once(other, 'close')
    await publisher.publishSamples?.([sample()])
    await publisher.close()
    await expect(publisher.publishSamples?.([sample()])).rejects.toMatchObject({ code: 'CLOSED' })
  })
})
