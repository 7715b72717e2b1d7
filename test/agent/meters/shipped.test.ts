import { expect, test } from '@jest/globals'
import { createMeterConverter } from '../../../src/agent/meters/converter.js'
import { loadMeters } from '../../../src/agent/meters/load.js'
import { SHIPPED_METERS } from '../../../src/agent/meters/shipped.js'
import { VERSIONED_METERS } from '../../../src/agent/meters/shipped-versioned.js'
import type { Sample } from '../../../src/agent/sample.js'
import { golden, goldenCases } from '../golden.js'

function samples(file: string, sources = [VERSIONED_METERS]): readonly Sample[] {
  return createMeterConverter(loadMeters(sources).definitions).samples(golden(file).notification)
}

test('the shipped definitions are the 38 meters of the original', () => {
  const { definitions, problems } = loadMeters([SHIPPED_METERS])
  expect(problems).toEqual([])
  expect(definitions).toHaveLength(38)
})

test('they make the same samples of every public notification as the definitions of the original', () => {
  const converter = createMeterConverter(loadMeters([SHIPPED_METERS]).definitions)
  const readable = goldenCases.filter(
    ({ notification, expected }) =>
      ['info', 'sample'].includes(notification.priority) && expected.error?.['samples'] === undefined,
  )
  const found = readable.map(({ file, notification }) => ({
    file,
    samples: converter.samples(notification).map((sample) => ({ ...sample, id: undefined })),
  }))
  expect(found).toEqual(
    readable.map(({ file, expected, fixed }) => ({
      file,
      samples: (fixed ?? expected).samples?.filter(({ volume }) => volume !== null),
    })),
  )
})

test("nova's versioned notifications give the same meters", () => {
  const found = samples('instance.create.end--nova')
  expect(found.map(({ name, volume, unit }) => [name, volume, unit])).toEqual([
    ['disk.ephemeral.size', 0, 'GiB'],
    ['disk.root.size', 1, 'GiB'],
    ['compute.instance.booting.time', 0, 'sec'],
    ['vcpus', 1, 'vcpu'],
    ['memory', 512, 'MiB'],
  ])
  expect(found[0]).toMatchObject({
    resource_id: '178b0921-8f85-4257-88b6-2e743b5a975c',
    user_id: 'fake',
    project_id: '6f70656e737461636b20342065766572',
    resource_metadata: {
      host: 'compute',
      flavor_name: 'test_flavor',
      image_ref: '155d900f-4e14-4e4c-a73d-069cbf4541e6',
      state: 'active',
    },
  })
})

test('the processors of hosts are measured from versioned notifications, in percent as they come', () => {
  const found = samples('metrics.update--nova')
  expect(found).toHaveLength(10)
  expect(found.find(({ name }) => name === 'compute.node.cpu.idle.percent')).toMatchObject({
    volume: 97,
    resource_id: 'compute_fake-mini',
    timestamp: '2012-10-29T13:42:11+00:00',
    resource_metadata: { event_type: 'metrics.update', source: 'fake.SmallFakeDriver' },
  })
})

test('both files load beside each other', () => {
  const { definitions, problems } = loadMeters([SHIPPED_METERS, VERSIONED_METERS])
  expect(problems).toEqual([])
  expect(definitions).toHaveLength(53)
  const found = samples('instance.delete.end--nova-1', [SHIPPED_METERS, VERSIONED_METERS])
  expect(found.map(({ name }) => name)).toEqual(['disk.ephemeral.size', 'disk.root.size', 'vcpus', 'memory'])
})

test('what is not there yet makes no sample', () => {
  expect(samples('instance.create.start--nova')).toEqual([])
  expect(samples('instance.update--nova-1')).toEqual([])
})
