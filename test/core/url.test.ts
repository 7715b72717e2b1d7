/** source: oslo_messaging/tests/test_urls.py, test_transport.py */
import { inspect } from 'node:util'

import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'

import { InvalidTransportURL } from '../../src/core/errors.js'
import { hidePasswords, type TransportHost, TransportURL } from '../../src/core/url.js'

function host(fields: Partial<TransportHost>): TransportHost {
  return { hostname: null, port: null, username: null, password: null, ...fields }
}

describe('parsing', () => {
  const up = { username: 'u', password: 'p' }
  const rows: [string, string | null, Partial<TransportHost>[]][] = [
    ['foo:', null, []],
    ['foo:////', '/', []],
    ['foo:///bar', 'bar', []],
    ['foo://', null, []],
    ['foo:///', '', []],
    ['foo://host', null, [{ hostname: 'host' }]],
    ['foo://host/', '', [{ hostname: 'host' }]],
    ['foo://host/bar', 'bar', [{ hostname: 'host' }]],
    ['foo://[ffff::1]/bar', 'bar', [{ hostname: 'ffff::1' }]],
    ['foo://host:1234/bar', 'bar', [{ hostname: 'host', port: 1234 }]],
    ['foo://[ffff::1]:1234/bar', 'bar', [{ hostname: 'ffff::1', port: 1234 }]],
    ['foo://ffff::1/bar', 'bar', [{ hostname: 'ffff::1' }]],
    ['foo://u@host:1234/bar', 'bar', [{ hostname: 'host', port: 1234, username: 'u' }]],
    ['foo://u:p@host:1234/bar', 'bar', [{ hostname: 'host', port: 1234, ...up }]],
    ['foo://u:p@/bar', 'bar', [up]],
    [
      'foo://u:p@host1:1234,host2:4321/bar',
      'bar',
      [
        { hostname: 'host1', port: 1234, ...up },
        { hostname: 'host2', port: 4321 },
      ],
    ],
    ['foo://u:p@host1,host2/bar', 'bar', [{ hostname: 'host1', ...up }, { hostname: 'host2' }]],
    [
      'foo://u1:p1@host1:1234,u2:p2@host2:4321/bar',
      'bar',
      [
        { hostname: 'host1', port: 1234, username: 'u1', password: 'p1' },
        { hostname: 'host2', port: 4321, username: 'u2', password: 'p2' },
      ],
    ],
    [
      'foo://u1:p1@[ffff::1]:1234,u2:p2@[ffff::2]:4321/bar',
      'bar',
      [
        { hostname: 'ffff::1', port: 1234, username: 'u1', password: 'p1' },
        { hostname: 'ffff::2', port: 4321, username: 'u2', password: 'p2' },
      ],
    ],
    [
      'foo://u%24:p%26@host:1234/%24',
      '$',
      [{ hostname: 'host', port: 1234, username: 'u$', password: 'p&' }],
    ],
    ['foo://u:@host', null, [{ hostname: 'host', username: 'u', password: '' }]],
    ['foo://:p@host', null, [{ hostname: 'host', username: '', password: 'p' }]],
    ['foo://u:p:q@host', null, [{ hostname: 'host', username: 'u', password: 'p:q' }]],
    ['foo://u@x:p@host', null, [{ hostname: 'host', username: 'u@x', password: 'p' }]],
    ['foo://u%40x:p%3A%2F@host', null, [{ hostname: 'host', username: 'u@x', password: 'p:/' }]],
    ['foo://a&=$-_.+!*():b@host', null, [{ hostname: 'host', username: 'a&=$-_.+!*()', password: 'b' }]],
    ['foo://,host,,/', '', [{ hostname: 'host' }]],
    ['foo://host:0/', '', [{ hostname: 'host', port: 0 }]],
    ['foo://Host/Vhost', 'Vhost', [{ hostname: 'Host' }]],
    ['  FOO://host/', '', [{ hostname: 'host' }]],
    ['foo://host/v#fragment', 'v', [{ hostname: 'host' }]],
    ['foo:/host1,host2/', 'host1,host2/', []],
    ['foo://host//', '/', [{ hostname: 'host' }]],
    ['foo://host/a%2Fb', 'a/b', [{ hostname: 'host' }]],
  ]

  test.each(rows)('%s', (text, virtualHost, hosts) => {
    const url = TransportURL.parse(text)
    expect(url.scheme).toBe('foo')
    expect(url.virtualHost).toBe(virtualHost)
    expect(url.hosts).toEqual(hosts.map(host))
    expect(url.query).toEqual({})
  })

  test.each([
    ['foo://h/?', {}],
    ['foo://h/?x=1&y=2&z=3', { x: '1', y: '2', z: '3' }],
    ['foo://h/?l=1&l=2&l=3', { l: '1,2,3' }],
    ['foo://h/?d=x:1&d=y:2', { d: 'x:1,y:2' }],
    ['foo://h/?blank=&a=b+c%20d', { a: 'b c d' }],
    ['foo://h?q=1', { q: '1' }],
    ['foo://h/?__proto__=1&__proto__=2', JSON.parse('{"__proto__":"1,2"}')],
  ])('the query of %s', (text, query) => {
    expect(Object.entries(TransportURL.parse(text).query)).toEqual(Object.entries(query as object))
  })

  test('a host without a port has none, be the query empty', () => {
    expect(TransportURL.parse('fake://noport/?').hosts).toEqual([host({ hostname: 'noport' })])
  })

  test.each([
    ['invalid', 'no scheme'],
    ['', 'no scheme'],
    ['://host', 'no scheme'],
    ['foo://host:', 'a port is a whole number'],
    ['foo://host:x', 'a port is a whole number'],
    ['foo://host:65536', 'a port is a whole number'],
    ['foo://host:-1', 'a port is a whole number'],
    ['foo://[::1', 'an IPv6 host is written'],
    ['foo://[::1]x', 'an IPv6 host is written'],
    ['foo://[]', 'an IPv6 host is written'],
    ['foo://a]::b', 'an IPv6 host is written'],
    ['foo://a:b:c', 'an IPv6 host is written'],
    ['foo://u%@host', 'two hexadecimal digits'],
    ['foo://host/%zz', 'two hexadecimal digits'],
  ])('%j is refused', (text, reason) => {
    expect(() => TransportURL.parse(text)).toThrow(
      expect.objectContaining({ constructor: InvalidTransportURL, url: text }),
    )
    expect(() => TransportURL.parse(text)).toThrow(reason)
  })

  test.each([null, undefined, 7, ['rabbit://'], Buffer.from('rabbit://')])('%p is no text', (value) => {
    expect(() => TransportURL.parse(value as never)).toThrow(InvalidTransportURL)
  })
})

/** A password without a user is printed, and so read, with an empty one. */
function normal({ username, password, ...rest }: TransportHost): TransportHost {
  return host({ ...rest, username: username ?? (password === null ? null : ''), password })
}

describe('formatting', () => {
  const bob = host({ hostname: 'host', port: 10, username: 'bob', password: 'secret' })
  const rows: [string | null, readonly Partial<TransportHost>[], string][] = [
    [null, [], 'testtransport:///'],
    ['', [], 'testtransport:///'],
    ['/vhost', [], 'testtransport:////vhost'],
    ['/', [bob], 'testtransport://bob:secret@host:10//'],
    [
      '',
      [
        { hostname: 'h1', port: 1000, username: 'b1', password: 's1' },
        { hostname: 'h2', port: 2000, username: 'b2', password: 's2' },
      ],
      'testtransport://b1:s1@h1:1000,b2:s2@h2:2000/',
    ],
    ['/$', [{ ...bob, username: 'b$', password: 's&' }], 'testtransport://b%24:s%26@host:10//%24'],
    ['a b', [{ hostname: 'h' }], 'testtransport://h/a%20b'],
    ['v', [{ hostname: 'ffff::1', port: 0 }], 'testtransport://[ffff::1]:0/v'],
    ['v', [{ hostname: 'h', username: 'u' }], 'testtransport://u@h/v'],
    ['v', [{ hostname: 'h', password: "(p')" }], 'testtransport://:%28p%27%29@h/v'],
  ]

  test.each(rows)('the virtual host %j and the hosts %j', (virtualHost, hosts, text) => {
    expect(String(new TransportURL({ scheme: 'testtransport', virtualHost, hosts }))).toBe(text)
  })

  test('a query is written back', () => {
    expect(String(TransportURL.parse('foo://h/?l=1&l=2&a=b+c'))).toBe('foo://h/?l=1%2C2&a=b+c')
  })

  test('what was written parses to an equal URL', () => {
    const text = fc.string({ unit: 'grapheme' })
    const hostArbitrary = fc.record({
      hostname: fc.constantFrom('h', 'host.example', '10.0.0.1', 'ffff::1', '::'),
      port: fc.option(fc.nat(65_535)),
      username: fc.option(text),
      password: fc.option(text),
    })
    fc.assert(
      fc.property(
        fc.array(hostArbitrary),
        text,
        fc.dictionary(
          text.filter((key) => key !== ''),
          text,
        ),
        (hosts, virtualHost, query) => {
          const url = new TransportURL({ scheme: 'foo', hosts: hosts.map(normal), virtualHost, query })
          const again = TransportURL.parse(String(url))
          expect(again.hosts).toEqual(url.hosts)
          expect(again.equals(url)).toBe(true)
          expect(Object.entries(again.query)).toEqual(
            Object.entries(url.query).filter(([, value]) => value !== ''),
          )
        },
      ),
    )
  })
})

describe('equality', () => {
  test('scheme, virtual host and hosts count, the query does not', () => {
    const [a, b] = ['foo://h/v?x=1', 'foo://h/v?x=2'].map((text) => TransportURL.parse(text))
    expect(a?.equals(b)).toBe(true)
    for (const other of ['bar://h/v', 'foo://h/w', 'foo://i/v', 'foo://h,h/v', 'foo:///v', 'foo://h']) {
      expect(a?.equals(TransportURL.parse(other))).toBe(false)
    }
  })

  test('no path and an empty one differ', () => {
    expect(TransportURL.parse('foo://h').equals(TransportURL.parse('foo://h/'))).toBe(false)
  })

  test('hosts count with each of their fields', () => {
    const hosts = [{}, { hostname: 'a' }, { port: 1 }, { username: 'u' }, { password: 'p' }, {}]
    const urls = hosts.map((fields) => new TransportURL({ scheme: 'foo', hosts: [fields] }))
    const distinct = urls.filter((url, index) => urls.findIndex((other) => other.equals(url)) === index)
    expect(distinct).toHaveLength(5)
  })
})

describe('passwords', () => {
  test.each([
    ['rabbit://u:hunter2@h/v', 'rabbit://u:***@h/v'],
    ['rabbit://u:hunter2@h1,v:hunter2@h2:5672/v', 'rabbit://u:***@h1,v:***@h2:5672/v'],
    ['rabbit://h0:5672,u:hunter2@[::1]:1/v', 'rabbit://h0:5672,u:***@[::1]:1/v'],
    ['rabbit://u@x:hunter2@h', 'rabbit://u@x:***@h'],
    ['rabbit://u:a:hunter2@h', 'rabbit://u:***@h'],
    ['rabbit://:hunter2@h', 'rabbit://:***@h'],
    ['rabbit://u:@h', 'rabbit://u:***@h'],
    ['rabbit://u:a/hunter2@h', 'rabbit://***@h'],
    ['rabbit://u:hunter2/@h', 'rabbit://***@h'],
    ['rabbit://u:a#hunter2@h', 'rabbit://***@h'],
    ['rabbit://u:a?hunter2@h', 'rabbit://***@h'],
    ['rabbit://u:a,hunter2@h', 'rabbit://***@h'],
    ['rabbit://u:a hunter2@h', 'rabbit://***@h'],
    ['u:hunter2@h', 'u:***@h'],
    ['rabbit://h/?ssl_key_password=hunter2&x=1', 'rabbit://h/?ssl_key_password=***&x=1'],
    ['rabbit://h/v', 'rabbit://h/v'],
    ['nothing', 'nothing'],
  ])('are hidden in %s', (text, hidden) => {
    expect(hidePasswords(text)).toBe(hidden)
  })

  test.each([
    'rabbit://u:hunter2@h:5672x/v',
    'rabbit://u:hunter2/@h/v',
    'rabbit://u:/hunter2@h/v',
    'rabbit://u:hunter2#@h/v',
    'rabbit://u:hunter2?@h/v',
    'rabbit://u:%hunter2@h/v',
    'rabbit://u:hunter2@[::1/v',
    '//u:hunter2@h',
    'rabbit://u:12/hunter2@h',
    'rabbit://u:12?hunter2@h',
    'rabbit://u:12?a=hunter2@h',
    'rabbit://u:12#hunter2@h',
    'rabbit://a/u:hunter2@h',
    'rabbit://x:y@g,u:12?a=hunter2@h',
    'rabbit://u:a:hunter2,@h',
    'rabbit://:,hunter2@h,v:p@h',
    'rabbit://@:hunter2,@h',
  ])('are in no error about %s', (text) => {
    let error: unknown
    try {
      TransportURL.parse(text)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(InvalidTransportURL)
    expect(inspect(error)).not.toContain('hunter2')
  })

  test("a value of the query may hold an '@' where it can't be a part of a password", () => {
    expect(TransportURL.parse('rabbit://u:p@h/?a=b@c').query).toMatchObject({ a: 'b@c' })
    expect(TransportURL.parse('rabbit://h/v%40w?a=b%40c')).toMatchObject({
      virtualHost: 'v@w',
      query: { a: 'b@c' },
    })
  })

  test('are in no other form than String(url)', () => {
    const url = TransportURL.parse('rabbit://u:hunter2@h/v?sasl_password=hunter2')
    expect(String(url)).toContain('u:hunter2@h')
    for (const shown of [inspect(url), inspect({ url }), JSON.stringify({ url }), url.toSafeString()]) {
      expect(shown).not.toContain('hunter2')
    }
  })
})
