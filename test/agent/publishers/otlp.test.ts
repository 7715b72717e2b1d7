import { describe, expect, test } from '@jest/globals'

import { makePublisher, type Sample } from '../../../src/agent/index.js'
import { unixNanoseconds } from '../../../src/agent/publishers/unix-time.js'
import { type Answer, HttpReceiver } from './http-receiver.js'
import { asCollected } from './otlp-schema.js'
import { RecordingLogger } from './recording-logger.js'
import { sample } from './samples.js'

async function publish(
  all: readonly Sample[],
  options: { readonly scheme?: string; readonly path?: string; readonly answer?: Answer } = {},
): Promise<{ requests: HttpReceiver['requests']; stats: unknown; lines: readonly string[] }> {
  const { scheme = 'otlp', path = '', answer = {} } = options
  await using receiver = await HttpReceiver.start(() => answer)
  const logger = new RecordingLogger()
  const publisher = makePublisher(`${scheme}://${receiver.place}${path}`, { host: 'host-1', logger })
  await publisher.publishSamples?.(all)
  await publisher.close()
  return { requests: receiver.requests, stats: publisher.stats?.(), lines: logger.lines }
}

const attributes = [
  { key: 'resource_id', value: { stringValue: '9f9d01b9-4a58-4271-9e27-398b21ab20d1' } },
  { key: 'user_id', value: { stringValue: '1e3ce043029547f1a61c1996d1a531a2' } },
  { key: 'project_id', value: { stringValue: '7c150a59fe714e6f9263774af9688f0e' } },
]
const timeUnixNano = '1336508628028195000'

describe('otlp://', () => {
  test('sends a batch as one request that a collector reads as it was meant', async () => {
    const { requests } = await publish([
      sample({ name: 'memory', volume: 512 }),
      sample({ name: 'cpu', type: 'cumulative', unit: 'ns', volume: 2n ** 60n }),
      sample({ name: 'memory', volume: 0.5, user_id: null }),
      sample({ name: 'http.request', type: 'delta', unit: 'request', volume: -1 }),
    ])
    expect(requests).toHaveLength(1)
    const { path, headers, body } = requests[0]!
    expect([path, headers['content-type']]).toEqual(['/v1/metrics', 'application/json'])
    const resource = {
      attributes: [
        { key: 'service.name', value: { stringValue: 'tocsin-agent' } },
        { key: 'host.name', value: { stringValue: 'host-1' } },
      ],
    }
    const metrics = [
      {
        name: 'memory',
        description: 'memory unit:MiB',
        unit: 'MiB',
        gauge: {
          dataPoints: [
            { attributes, timeUnixNano, asDouble: 512 },
            { attributes: attributes.filter(({ key }) => key !== 'user_id'), timeUnixNano, asDouble: 0.5 },
          ],
        },
      },
      {
        name: 'cpu',
        description: 'cpu unit:ns',
        unit: 'ns',
        sum: {
          dataPoints: [{ attributes, timeUnixNano, asInt: '1152921504606846976' }],
          aggregationTemporality: 2,
          isMonotonic: true,
        },
      },
      {
        name: 'http.request',
        description: 'http.request unit:request',
        unit: 'request',
        sum: {
          dataPoints: [{ attributes, timeUnixNano, asDouble: -1 }],
          aggregationTemporality: 1,
          isMonotonic: false,
        },
      },
    ]
    const wanted = {
      resourceMetrics: [{ resource, scopeMetrics: [{ scope: { name: 'tocsin/agent' }, metrics }] }],
    }
    expect(JSON.parse(body)).toEqual(wanted)
    expect(asCollected(body)).toEqual(wanted)
  })

  test('writes numbers that JSON has not as its mapping says, and drops what is no number or has no time', async () => {
    const { requests, stats, lines } = await publish([
      sample({ volume: Number.NaN }),
      sample({ volume: Number.NEGATIVE_INFINITY }),
      sample({ volume: '1.5' }),
      sample({ volume: 2n ** 70n }),
      sample({ volume: 'many' }),
      sample({ timestamp: 'yesterday' }),
    ])
    const points = JSON.parse(requests[0]?.body ?? '').resourceMetrics[0].scopeMetrics[0].metrics[0].gauge
      .dataPoints
    expect(points.map(({ asDouble }: { asDouble: unknown }) => asDouble)).toEqual([
      'NaN',
      '-Infinity',
      1.5,
      2 ** 70,
    ])
    expect(stats).toMatchObject({ published: 4, dropped: 2 })
    expect(lines).toEqual([expect.stringContaining('2 samples dropped')])
  })

  test('asks nobody when nothing is left to send', async () => {
    const { requests, stats } = await publish([sample({ volume: 'many' })])
    expect(requests).toHaveLength(0)
    expect(stats).toMatchObject({ published: 0, dropped: 1 })
  })

  test.each([
    [400, 1, 'refused'],
    [500, 1, 'refused'],
    [501, 1, 'refused'],
    [429, 2, 'failed'],
    [503, 2, 'failed'],
  ])('a status of %s is tried %s times: OTLP says which may be', async (status, attempts, outcome) => {
    await using receiver = await HttpReceiver.start(() => ({ status }))
    const publisher = makePublisher(`otlp://${receiver.place}?max_retries=1`)
    await expect(publisher.publishSamples?.([sample()])).rejects.toMatchObject({ outcome })
    expect(receiver.requests).toHaveLength(attempts)
    await publisher.close()
  })

  test('counts what a collector did not take, and does not send it again', async () => {
    const body = JSON.stringify({ partialSuccess: { rejectedDataPoints: '2', errorMessage: 'too old' } })
    const { requests, stats, lines } = await publish([sample(), sample(), sample()], { answer: { body } })
    expect(requests).toHaveLength(1)
    expect(stats).toMatchObject({ published: 1, dropped: 2 })
    expect(lines).toEqual([expect.stringContaining('2 data points not taken: too old')])
  })

  test('the old scheme does the same, at the path of its URL', async () => {
    const { requests } = await publish([sample()], {
      scheme: 'opentelemetryhttp',
      path: '/otlp/v1/metrics?tenant=a',
    })
    expect(requests[0]?.path).toBe('/otlp/v1/metrics?tenant=a')
    expect(asCollected(requests[0]?.body ?? '')).toEqual(JSON.parse(requests[0]?.body ?? ''))
  })

  test('compat=true is the form of the original, a request for each sample', async () => {
    const { requests } = await publish([sample({ name: 'disk.root.size' }), sample({ type: 'cumulative' })], {
      scheme: 'opentelemetryhttp',
      path: '/v1/metrics?compat=true',
    })
    const seconds = new Date(2012, 4, 8, 20, 23, 48).getTime() / 1_000
    expect(requests).toHaveLength(2)
    const [first, second] = requests.map(({ body }) => JSON.parse(body).resource_metrics[0].scope_metrics[0])
    expect(first).toEqual({
      scope: { name: 'ceilometer', version: 'v1' },
      metrics: [
        {
          name: 'disk_root_size',
          description: 'disk.root.size unit:MiB',
          unit: 'MiB',
          gauge: {
            data_points: [
              {
                attributes: attributes.map(({ key, value }) => ({
                  key,
                  value: { string_value: value.stringValue },
                })),
                start_time_unix_nano: seconds,
                time_unix_nano: seconds,
                as_double: 512,
                flags: 0,
              },
            ],
          },
        },
      ],
    })
    expect(Object.keys(second.metrics[0])).toContain('counter')
  })
})

test.each([
  ['2012-05-08T20:23:48.028195+00:00', '1336508628028195000'],
  ['2012-05-08T22:23:48.028195+02:00', '1336508628028195000'],
  ['2012-05-08T20:23:48Z', '1336508628000000000'],
  ['2012-05-08 20:23:48.5', '1336508628500000000'],
  ['2012-05-08T20:23:48,123456789-0030', '1336510428123456789'],
  ['1970-01-01T00:00:00.5Z', '500000000'],
  ['1969-12-31T23:59:59Z', undefined],
  ['2012-13-08T20:23:48Z', undefined],
  ['', undefined],
])('%s is %s nanoseconds', (text, wanted) => {
  expect(unixNanoseconds(text)).toBe(wanted)
})
