import { describe, expect, test } from '@jest/globals'

import { makePublisher, type Publisher, type Sample } from '../../../src/agent/index.js'
import { resourceTypeOf } from '../../../src/agent/publishers/gnocchi-resources.js'
import { GnocchiServer, startKeystone } from './gnocchi-server.js'
import { RecordingLogger } from './recording-logger.js'
import { event, sample } from './samples.js'

const batchPath = 'POST /v1/batch/resources/metrics/measures?create_metrics=true'

async function withGnocchi(
  query: string,
  use: (made: {
    readonly server: GnocchiServer
    readonly publisher: Publisher
    readonly logger: RecordingLogger
  }) => Promise<void>,
): Promise<void> {
  await using server = await GnocchiServer.start()
  const logger = new RecordingLogger()
  const publisher = makePublisher(`gnocchi://admin:pw@${server.http.place}?auth=basic${query}`, { logger })
  try {
    await use({ server, publisher, logger })
  } finally {
    await publisher.close()
  }
}

describe('gnocchi://', () => {
  test('sends measures, and makes the resources that it is told are missing, with their attributes', () =>
    withGnocchi('', async ({ server, publisher }) => {
      const metadata = { display_name: 'vm', flavor: { id: '7', name: 'small' }, host: 'h1', unrelated: 1 }
      await publisher.publishSamples?.([
        sample({ resource_id: 'vm-1', name: 'memory', volume: 512, resource_metadata: metadata }),
        sample({
          resource_id: 'vm-1',
          name: 'cpu',
          type: 'cumulative',
          unit: 'ns',
          volume: 10n,
          resource_metadata: metadata,
        }),
        sample({ resource_id: 'vm-1', name: 'memory', volume: '513.5', resource_metadata: metadata }),
        sample({
          resource_id: 'v/1',
          name: 'volume.size',
          unit: 'GiB',
          volume: 2,
          user_id: null,
          resource_metadata: {},
        }),
        sample({ resource_id: 'x', name: 'my.meter', volume: 1, resource_metadata: {} }),
      ])
      const memory = { archive_policy_name: 'ceilometer-low', unit: 'MiB' }
      expect(Object.fromEntries(server.resources)).toEqual({
        'vm-1': {
          type: 'instance',
          attributes: {
            user_id: '1e3ce043029547f1a61c1996d1a531a2',
            project_id: '7c150a59fe714e6f9263774af9688f0e',
            display_name: 'vm',
            flavor_id: '7',
            flavor_name: 'small',
            host: 'h1',
          },
          metrics: { memory, cpu: { archive_policy_name: 'ceilometer-low-rate', unit: 'ns' } },
        },
        v_1: {
          type: 'volume',
          attributes: { project_id: '7c150a59fe714e6f9263774af9688f0e' },
          metrics: { 'volume.size': { ...memory, unit: 'GiB' } },
        },
        x: { type: 'generic', attributes: expect.anything(), metrics: { 'my.meter': memory } },
      })
      expect(Object.fromEntries(server.measures)).toEqual({
        'vm-1/memory': [512, 513.5],
        'vm-1/cpu': [10],
        'v_1/volume.size': [2],
        'x/my.meter': [1],
      })
      const login = Buffer.from('admin:pw').toString('base64')
      expect(server.http.requests[0]?.headers).toMatchObject({
        authorization: `Basic ${login}`,
        accept: 'application/json',
      })
      expect(publisher.stats?.()).toMatchObject({ published: 5, dropped: 0 })
    }))

  test('afterwards sends measures alone, and attributes when they change', () =>
    withGnocchi('', async ({ server, publisher }) => {
      const of = (name: string): Sample => sample({ resource_metadata: { display_name: name } })
      await publisher.publishSamples?.([of('a')])
      const before = server.log.length
      await publisher.publishSamples?.([of('a')])
      await publisher.publishSamples?.([of('b')])
      expect(server.log.slice(before)).toEqual([
        batchPath,
        batchPath,
        'PATCH /v1/resource/instance/9f9d01b9-4a58-4271-9e27-398b21ab20d1',
      ])
      expect(server.resources.get(sample().resource_id ?? '')?.attributes).toMatchObject({
        display_name: 'b',
      })
    }))

  test('makes a generic resource where the type is not known, and says so once', () =>
    withGnocchi('', async ({ server, publisher, logger }) => {
      for (const id of ['i1', 'i2'])
        await publisher.publishSamples?.([sample({ name: 'image.size', resource_id: id })])
      expect([...server.resources.values()].map(({ type }) => type)).toEqual(['generic', 'generic'])
      expect(server.measures.get('i2/image.size')).toEqual([512])
      expect(logger.lines).toEqual([expect.stringContaining(`no resource type 'image'`)])
    }))

  test('attributes that are not taken are told, and the measures count all the same', () =>
    withGnocchi('', async ({ server, publisher, logger }) => {
      await publisher.publishSamples?.([sample({ resource_metadata: { display_name: 'a' } })])
      const answer = server.answer.bind(server)
      server.answer = (request) =>
        request.method === 'PATCH' ? { status: 403, body: 'hands off' } : answer(request)
      await publisher.publishSamples?.([sample({ resource_metadata: { display_name: 'b' } })])
      expect(publisher.stats?.()).toMatchObject({ published: 2, failed: 0 })
      expect(logger.lines).toEqual([
        expect.stringMatching(/attributes of a resource were not taken: .*hands off/),
      ])
    }))

  test('drops what has no resource or no number', () =>
    withGnocchi('&archive_policy=high', async ({ server, publisher }) => {
      await publisher.publishSamples?.([
        sample({ resource_id: null }),
        sample({ volume: 'many' }),
        sample({ volume: Number.NaN }),
      ])
      expect(server.log).toEqual([])
      await publisher.publishSamples?.([sample({ volume: 1 }), sample({ resource_id: null })])
      expect([...server.resources.values()][0]?.metrics['memory']).toMatchObject({
        archive_policy_name: 'high',
      })
      expect(publisher.stats?.()).toMatchObject({ published: 1, dropped: 4 })
    }))

  test('an event that ends a resource sets its ended_at; others are dropped, an unknown resource is fine', () =>
    withGnocchi('', async ({ server, publisher }) => {
      await publisher.publishSamples?.([sample({ resource_id: 'vm-1' })])
      const traits = [['resource_id', 1, 'vm-1']] as const
      await publisher.publishEvents?.([
        event({ event_type: 'compute.instance.delete.start', traits }),
        event({ event_type: 'compute.instance.delete.start', traits: [['resource_id', 1, 'vm-2']] }),
        event(),
      ])
      expect(server.resources.get('vm-1')?.attributes).toMatchObject({
        ended_at: '2012-05-08T20:23:48.028195Z',
      })
      expect(publisher.stats?.()).toMatchObject({ published: 3, dropped: 1 })
    }))

  test.each([
    [400, 'refused'],
    [403, 'failed'],
    [500, 'failed'],
  ])('a status of %s that speaks of nothing else is %s', async (status, outcome) => {
    await using server = await GnocchiServer.start()
    server.answer = () => ({ status, body: 'not like this' })
    const publisher = makePublisher(
      `gnocchi://admin@${server.http.place}?auth=noauth&project_id=p&max_retries=0`,
    )
    await expect(publisher.publishSamples?.([sample()])).rejects.toMatchObject({
      outcome,
      message: expect.stringContaining('not like this'),
    })
    expect(server.http.requests[0]?.headers).toMatchObject({
      'x-user-id': 'admin',
      'x-project-id': 'p',
      'x-roles': 'admin',
    })
    await publisher.close()
  })
})

describe('gnocchi:// with Keystone', () => {
  const environment = {
    OS_USERNAME: 'ceilometer',
    OS_PASSWORD: 'pa$s',
    OS_PROJECT_NAME: 'service',
    OS_USER_DOMAIN_NAME: 'Default',
    OS_REGION_NAME: 'one',
  }

  test('finds Gnocchi in the catalogue and keeps its token', async () => {
    await using server = await GnocchiServer.start()
    await using keystone = await startKeystone(`http://${server.http.place}`)
    const publisher = makePublisher('gnocchi://', {
      environment: { ...environment, OS_AUTH_URL: keystone.url },
    })
    await publisher.publishSamples?.([
      sample({ resource_id: 'a' }),
      sample({ resource_id: 'b', project_id: 'own-project' }),
    ])
    await publisher.publishSamples?.([sample({ resource_id: 'a' })])
    expect(new Set(server.http.requests.map(({ headers }) => headers['x-auth-token']))).toEqual(
      new Set(['token-1']),
    )
    expect(keystone.http.requests).toHaveLength(1)
    // Gnocchi's own project: to store its samples would make more of them.
    expect([...server.resources.keys()]).toEqual(['a'])
    expect(publisher.stats?.()).toMatchObject({ published: 2, dropped: 1 })
    await publisher.close()
  })

  test('takes another token when one is no longer taken', async () => {
    await using server = await GnocchiServer.start()
    await using keystone = await startKeystone('http://127.0.0.1:1')
    server.letsIn = ({ headers }) => headers['x-auth-token'] === 'token-2'
    const login = `ceilometer:pa%24s@${server.http.place}?auth_url=${keystone.url}/v3/&project_name=other`
    const publisher = makePublisher(`gnocchi://${login}`, { environment: {} })
    await publisher.publishSamples?.([sample()])
    expect(server.measures.size).toBe(1)
    expect(publisher.stats?.()).toMatchObject({ published: 1, retried: 0 })
    await publisher.close()
  })

  test('rejects a login that is wrong, and says no password', async () => {
    await using keystone = await startKeystone('http://127.0.0.1:1')
    const wrong = { ...environment, OS_AUTH_URL: keystone.url, OS_PASSWORD: 'wr0ng' }
    const publisher = makePublisher('gnocchi://', { environment: wrong })
    const failure = await publisher.publishSamples?.([sample()]).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'MISCONFIGURED', message: expect.stringContaining('status 401') })
    expect(String(failure)).not.toContain('wr0ng')
    await publisher.close()
  })
})

test.each([
  ['cpu', 'instance'],
  ['memory.usage', 'instance'],
  ['disk.device.read.bytes', 'instance_disk'],
  ['network.incoming.bytes', 'instance_network_interface'],
  ['network.services.lb.pool', 'loadbalancer'],
  ['network.create', 'network'],
  ['image.download', 'image'],
  ['hardware.ipmi.temperature', 'ipmi_sensor'],
  ['something.else', 'generic'],
  ['constructor', 'generic'],
])('the meter %s belongs to a resource of type %s', (meter, type) => {
  expect(resourceTypeOf(meter).type).toBe(type)
})
