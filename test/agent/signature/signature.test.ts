import { describe, expect, test } from '@jest/globals'

import type { Event, Sample } from '../../../src/agent/index.js'
import { eventMessage, meteringMessage, sign, verify } from '../../../src/agent/signature/index.js'
import { float, WholeFloat } from '../../../src/agent/values/index.js'
import { readFixture } from '../values/fixture.js'

const secret = 'not-so-secret'

const vectors: [message: string, signature: string][] = [
  ['{}', '0f672afdf102f0bb8625d2153b729831e5ce399a915024ca3371230b38870cc3'],
  ['{"a":"A","b":"B"}', '698a5f64f76b33a057952a573da6f05582f7539f458c7dcf92b03224272514ed'],
  ['{"a":{"z":1,"b":{"c":"x"}},"ab":2}', '8ea61566f6a8b192f2caf2f1a4fe83f946273956d98ca74fdeee7f55562d28a5'],
  ['{"l":["d","é"],"t":["c",1,null]}', '2c4da832e581a532b5aca67e0736b7d5baa2cbe2b12f877a351a7516cc2589a3'],
  ['{"l":[{"k":"v","a":[1,"x"]}]}', 'b67894218c949a6b501206f29784f73ab2eb1015f99a37cc52c663b2716e244d'],
  ['{"e":{},"el":[]}', '7f935de7aa419ba10422bd2cc662e3c203584acc99d15bdaa05b5269e5b8058c'],
  ['{"aéз":"A","b":"Béз"}', '6c8535825324c656192e11cbf0affdd387b8762d8977c91c9e4645aaedbe03be'],
]

const sample: Sample = {
  id: '8f1c9e4a-0000-11e6-8000-000000000001',
  name: 'memory',
  type: 'gauge',
  unit: 'MiB',
  volume: 512,
  user_id: '1e3ce043029547f1a61c1996d1a531a2',
  user_name: null,
  project_id: '7c150a59fe714e6f9263774af9688f0e',
  project_name: null,
  resource_id: '9f9d01b9-4a58-4271-9e27-398b21ab20d1',
  timestamp: '2012-05-08T20:23:48.028195+00:00',
  resource_metadata: { host: 'compute.vagrant-precise', vcpus: 1, tags: ['a', 'b'], nested: { x: null } },
  source: 'openstack',
  monotonic_time: null,
}

const event: Event = {
  message_id: 'dae6f69c-00e0-41c0-b371-41ec3b7f4451',
  event_type: 'compute.instance.create.end',
  generated: '2012-05-08T20:23:48.028195',
  traits: [
    ['service', 1, 'compute.vagrant-precise'],
    ['memory_mb', 2, 512],
    ['launched_at', 4, '2012-05-08T20:23:47.985999'],
    ['ratio', 3, 0.5],
  ],
  raw: {},
}

describe('a signature', () => {
  test.each(vectors)('of %s is the one of the specification', (message, signature) => {
    expect(sign(JSON.parse(message), secret)).toBe(signature)
  })

  test('goes over floats as the peer wrote them where they are known to be floats', () => {
    const message = { a: 1, b: float(1), c: null, d: true, e: false }
    const signature = '617d595ca22edad215276e98643d92538ecee274f1af12f3924158b7356fee2c'
    expect(verify({ ...message, message_signature: signature }, secret)).toBe(true)
    expect(verify({ ...message, b: 1, message_signature: signature }, secret)).toBe(false)
  })

  test('goes over floats as JSON.stringify will write them', () => {
    expect(sign({ a: float(1) }, secret)).toBe(sign({ a: 1 }, secret))
    expect(sign({ a: [float(1), { b: float(2) }] }, secret)).toBe(sign({ a: [1, { b: 2 }] }, secret))
  })

  test('leaves out what JSON leaves out', () => {
    expect(sign({ a: undefined, b: 1 }, secret)).toBe(sign({ b: 1 }, secret))
    expect(sign({ a: [undefined] }, secret)).toBe(sign({ a: [null] }, secret))
  })

  test('does not cover itself', () => {
    expect(sign({ a: 1, message_signature: 'x' }, secret)).toBe(sign({ a: 1 }, secret))
    expect(sign({ a: { message_signature: 'x' } }, secret)).not.toBe(sign({ a: {} }, secret))
  })

  test('of lists with texts differs for peers of 2016', () => {
    const message = { l: ['d', 'é', { z: 'it', a: "it's" }] }
    expect(sign(message, secret, { lists: 'legacy2016' })).not.toBe(sign(message, secret))
    // "l['d', 'é', {'a': \"it's\", 'z': 'it'}]" by Python's hmac.
    expect(sign(message, secret, { lists: 'legacy2016' })).toBe(
      '6926687fe8f155a6cdb2a24531ce7bb9060afeaac8aa1602dfb50424626079fa',
    )
    expect(sign({ a: [1, null], b: 'é' }, secret, { lists: 'legacy2016' })).toBe(
      sign({ a: [1, null], b: 'é' }, secret),
    )
  })
})

interface Row {
  message: Record<string, unknown>
  secret: string
  signature: string
}

describe('what Ceilometer signed', () => {
  const rows: Row[] = readFixture('python/signatures.json').rows

  test.each(rows)('$secret, $message', (row) => {
    expect(verify({ ...row.message, message_signature: row.signature }, row.secret)).toBe(true)
    if (hasWholeFloat(row.message)) return
    expect(sign(row.message, row.secret)).toBe(row.signature)
  })

  // What our JSON writes as an integer is signed as one.
  function hasWholeFloat(value: unknown): boolean {
    if (typeof value !== 'object' || value === null) return false
    return value instanceof WholeFloat || Object.values(value).some(hasWholeFloat)
  }
})

describe('verifying', () => {
  const signed = { a: 1, b: ['x'], message_signature: sign({ a: 1, b: ['x'] }, secret) }

  test.each<[string, object, string, boolean]>([
    ['what was signed', signed, secret, true],
    ['after a round trip through JSON', JSON.parse(JSON.stringify(signed)), secret, true],
    ['a changed value', { ...signed, a: 2 }, secret, false],
    ['a changed key', { c: 1, b: ['x'], message_signature: signed.message_signature }, secret, false],
    ['another secret', signed, 'other', false],
    ['no signature', { a: 1, b: ['x'] }, secret, false],
    ['an empty signature', { ...signed, message_signature: '' }, secret, false],
    ['a signature that is no text', { ...signed, message_signature: 5 }, secret, false],
    ['a signature that is no digest', { ...signed, message_signature: 'é'.repeat(64) }, secret, false],
    ['without a secret', { a: 1 }, '', true],
  ])('%s', (_, message, key, isValid) => {
    expect(verify(message, key)).toBe(isValid)
  })

  test('takes a volume that was a whole float', () => {
    // Ceilometer's own, over 512.0 and 7.0.
    const peers = {
      source: 'openstack',
      counter_name: 'memory',
      counter_volume: 512,
      monotonic_time: 7,
      message_signature: 'd4169ab9e26a733828129da4b404e1503c3b53fd49ec4e70866641a95b04fc1d',
    }
    expect(verify(peers, secret)).toBe(true)
    expect(verify({ ...peers, counter_volume: 513 }, secret)).toBe(false)
  })
})

describe('a message', () => {
  test('of a sample is signed as the original signs it', () => {
    const message = meteringMessage(sample, secret)
    expect(message.message_signature).toBe('6751547ff38ced438c86f1dd12236d782d1bcb01f38829915acf088520aeb77e')
    expect(verify(JSON.parse(JSON.stringify(message)), secret)).toBe(true)
    expect(Object.keys(message)).toEqual([
      'source',
      'counter_name',
      'counter_type',
      'counter_unit',
      'counter_volume',
      'user_id',
      'user_name',
      'project_id',
      'project_name',
      'resource_id',
      'timestamp',
      'resource_metadata',
      'message_id',
      'monotonic_time',
      'message_signature',
    ])
  })

  test('of a sample may say which host sends it', () => {
    const message = meteringMessage(sample, secret, { publisherId: 'host-1' })
    expect(message.publisher_id).toBe('host-1')
    expect(message.message_signature).toBe('dcd65de39525421a3272214f68f9d2064fedd76656ee0583cb0d23825c46f3da')
  })

  test('of an event is signed as the original signs it', () => {
    const message = eventMessage(event, secret)
    expect(message.message_signature).toBe('9dde9cab38ea8a8bf25444836d1f2607dc82e63f65baad74ee408f4f035c0234')
    expect(Object.keys(message)).toEqual([
      'message_id',
      'event_type',
      'generated',
      'traits',
      'raw',
      'message_signature',
    ])
  })

  test('without a secret has an empty signature', () => {
    expect(meteringMessage(sample, '').message_signature).toBe('')
    expect(eventMessage(event, '').message_signature).toBe('')
  })
})
