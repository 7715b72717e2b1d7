/** Laws of transport URLs: the texts are near valid ones, or noise. */
import assert from 'node:assert/strict'

import * as fc from 'fast-check'

import { resetMemoryBrokers } from '../../src/drivers/memory/driver.js'
import { osloOptions, ownOptions, parseRabbitOptions } from '../../src/drivers/rabbit/options.js'
import {
  ConfigurationError,
  DriverLoadFailure,
  getTransport,
  InvalidTransportURL,
  silentLogger,
  type Transport,
  TransportURL,
} from '../../src/index.js'
import { anything, made, textNear } from './exotic.js'
import { deepFrozen, type Law, law, orRefused, seen } from './law.js'

const text = fc.string({ unit: 'binary', maxLength: 8 })

/** Letters that are in no other part of a URL drawn here. */
const secret = 'Zq7Zq8Zq9'

const scheme = textNear(
  'rabbit',
  'rabbits',
  'amqp',
  'amqps',
  'kombu',
  'memory',
  'RABBIT',
  'rabbit+x',
  'rabit',
)
const hostname = fc.oneof(
  fc.constantFrom('h', 'host.example', '10.0.0.1', 'ffff::1', '::', 'xn--a', '_', 'h\u00e9'),
  fc.string({ unit: fc.constantFrom('a', '.', '-', '[', ']', ':', '%', '\u0000', ' '), maxLength: 5 }),
)
const port = textNear('0', '5672', '65535', '65536', '-1', '1e3', '', '05', '\u0661')

const optionNames = [
  ...Object.keys(osloOptions),
  ...Object.keys(ownOptions),
  'maxLength',
  'maxBytes',
  'Preset',
]
// Paths that can be read would make a case depend on the machine.
const optionValue = textNear(
  'true',
  'false',
  '1',
  '0',
  '-1',
  '65535',
  '1e3',
  'oslo',
  'quorum',
  'classic',
  'gzip',
  'PLAIN',
  'EXTERNAL',
  'TLSv1_2',
  'shuffle',
  '/nowhere/x.pem',
  '\u0000',
  '9'.repeat(400),
)
const query = fc
  .array(fc.tuple(textNear(...optionNames), optionValue), { maxLength: 5 })
  .map((pairs) =>
    pairs
      .map(
        ([key, value]) =>
          `${encodeURIComponent(wellFormedText(key))}=${encodeURIComponent(wellFormedText(value))}`,
      )
      .join('&'),
  )

/** Quoted or not: what a person writes by hand. */
const part = text.chain((plain) =>
  fc.boolean().map((isQuoted) => (isQuoted ? encodeURIComponent(wellFormedText(plain)) : plain)),
)
const login = fc.oneof(
  fc.constant(''),
  fc.constant('guest:guest@'),
  part.map((user) => `${user}@`),
  fc.tuple(part, part).map(([user, password]) => `${user}:${password}@`),
)
const host = fc
  .tuple(login, hostname, fc.option(port, { nil: undefined }))
  .map(([before, name, number]) => `${before}${name}${number === undefined ? '' : `:${number}`}`)

/** Near a valid URL. */
const nearUrl = fc
  .tuple(scheme, fc.array(host, { maxLength: 3 }), fc.option(part, { nil: undefined }), query, fc.nat(9))
  .map(([name, hosts, path, options, odd]) =>
    [
      name,
      odd === 0 ? ':' : '://',
      hosts.join(','),
      path === undefined ? '' : `/${path}`,
      options === '' ? '' : `?${options}`,
      odd === 1 ? '#x' : '',
    ].join(''),
  )

const anyUrl = fc.oneof(
  { weight: 8, arbitrary: nearUrl },
  { weight: 1, arbitrary: fc.webUrl({ withQueryParameters: true, withFragments: true }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc.string({
      unit: fc.constantFrom('rabbit', ':', '/', '@', '?', '#', '%', ',', '=', '&', '['),
      maxLength: 12,
    }),
  },
)

/** What a program may put together. */
const parts = fc.record({
  scheme: fc.constantFrom('rabbit', 'rabbits', 'memory', 'a+b.c-9'),
  hosts: fc.array(
    fc.record({
      hostname: fc.constantFrom(null, 'h', 'host.example', '10.0.0.1', 'ffff::1', '::'),
      port: fc.option(fc.nat(65_535)),
      username: fc.option(text),
      password: fc.option(text),
    }),
    { maxLength: 4 },
  ),
  virtualHost: fc.option(text),
  query: fc.dictionary(
    text.filter((key) => key !== ''),
    text.filter((value) => value !== ''),
    { maxKeys: 4 },
  ),
})

/** Where the password stands, and what stands around it. */
const withSecret = fc
  .tuple(
    scheme,
    fc.constantFrom('', 'user', 'us%65r', 'a b', 'a:b', 'a/b', '@'),
    fc.constantFrom('', '/', '?', '#', ',', '@', ':', '%', '%zz', '//', ' ', '[', '?a=b', '\u00e9', '\n'),
    hostname,
    fc.oneof(
      fc.constant(''),
      port.map((number) => `:${number}`),
    ),
    query,
    fc.nat(3),
  )
  .map(([name, user, odd, address, number, options, place]) => {
    if (place === 0) return `${name}://h,${user}:${secret}${odd}@${address}${number}/?${options}`
    if (place === 1) return `${name}://${user}:${odd}${secret}@${address}${number},${user}:x${secret}@h/`
    if (place === 2) return `${name}://h/?password=${secret}&${options}`
    return `${name}://${user}:${secret.slice(0, 6)}${odd}${secret}@${address}${number}/v?${options}`
  })

export const urlLaws: readonly Law[] = [
  law(
    'made of its parts is the same after printing and parsing',
    3,
    fc.property(parts, (drawn) => {
      const given = deepFrozen(wellFormed(drawn) as typeof drawn)
      const url = new TransportURL(given)
      const again = TransportURL.parse(String(url))
      assert.deepEqual(again.hosts, printable(url))
      assert.equal(again.virtualHost, url.virtualHost ?? '')
      assert.deepEqual({ ...again.query }, { ...url.query })
      assert.equal(again.scheme, url.scheme)
    }),
  ),
  law(
    'that can be parsed is the same after printing and parsing, and its printing is final',
    4,
    fc.property(anyUrl, (drawn) => {
      const url = typedUrl(drawn)
      if (url === undefined) return
      const printed = String(url)
      const again = TransportURL.parse(printed)
      assert.equal(String(again), printed)
      assert.deepEqual({ ...again.query }, { ...url.query })
      assert.equal(again.virtualHost, url.virtualHost ?? '')
      assert.deepEqual(again.hosts, printable(url))
    }),
  ),
  law(
    'never shows its password, be it right or wrong',
    3,
    fc.asyncProperty(withSecret, async (drawn) => {
      await transportOf(drawn, (found) => {
        assert.ok(!leaks(seen(found)), `the password is in ${seen(found)}`)
      })
    }),
  ),
  law(
    'makes a transport that has not connected, or is refused by a typed error',
    8,
    fc.asyncProperty(anyUrl, async (drawn) => {
      await transportOf(drawn, (found) => {
        if (found instanceof Error) return
        const { state, pendingSends } = found.health()
        assert.ok(state === 'idle' || (state === 'up' && found.url.scheme.startsWith('memory')), state)
        assert.equal(pendingSends, 0)
      })
    }),
  ),
  law(
    'of whatever type is refused by a typed error',
    1,
    fc.property(anything, (drawn) => {
      const url = made(drawn)
      if (typeof url !== 'string' && url !== undefined)
        orRefused(() => getTransport(url as string, { logger: silentLogger }))
    }),
  ),
  law(
    'gives options within their bounds, or every fault at once',
    4,
    fc.property(query, fc.constantFrom('rabbit', 'rabbits'), (drawn, name) => {
      const url = deepFrozen(TransportURL.parse(`${name}://h/?${drawn}`))
      const options = orRefused(() => parseRabbitOptions(url))
      if (options === undefined) return
      assert.ok(options.brokers.length > 0)
      for (const [option, value] of Object.entries(options))
        if (typeof value === 'number') assert.ok(value >= 0 && Number.isFinite(value), `${option}=${value}`)
    }),
  ),
]

/** The hosts that a URL can say: not one without any part, and a password only behind a user, be it an empty one. */
function printable({ hosts }: TransportURL): TransportURL['hosts'] {
  return hosts
    .filter((each) => Object.values(each).some((value) => value !== null))
    .map((each) => (each.password === null ? each : { ...each, username: each.username ?? '' }))
}

/** Tells what came of it, and frees it. */
async function transportOf(url: string, look: (found: Transport | Error) => void): Promise<void> {
  let found: Transport | Error
  try {
    found = getTransport(url, { logger: silentLogger })
  } catch (error) {
    const isTyped =
      error instanceof InvalidTransportURL ||
      error instanceof ConfigurationError ||
      error instanceof DriverLoadFailure
    if (!isTyped) throw error
    found = error
  }
  try {
    look(found)
  } finally {
    if (!(found instanceof Error)) await found.cleanup()
    resetMemoryBrokers()
  }
}

function typedUrl(drawn: string): TransportURL | undefined {
  return orRefused(() => TransportURL.parse(drawn))
}

function leaks(shown: string): boolean {
  return /Zq[789]/i.test(shown)
}

/** A lone surrogate can't be written in UTF-8, and so in no URL. */
function wellFormedText(value: string): string {
  return Buffer.from(value).toString()
}

function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return wellFormedText(value)
  if (Array.isArray(value)) return value.map(wellFormed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [wellFormedText(key), wellFormed(member)]),
  )
}
