/** What a URL may say, and what is refused at the door. */
import { describe, expect, test } from '@jest/globals'

import { silentLogger } from '../../../src/core/logger.js'
import { TransportURL } from '../../../src/core/url.js'
import { rabbitDriverEntry } from '../../../src/drivers/rabbit/driver.js'
import { osloOptions, ownOptions, parseRabbitOptions } from '../../../src/drivers/rabbit/options.js'
import { getTransport } from '../../../src/transport.js'

function parse(text: string): ReturnType<typeof parseRabbitOptions> {
  return parseRabbitOptions(TransportURL.parse(text))
}

describe('the brokers of a URL', () => {
  const guest = { username: 'guest', password: 'guest' }
  test.each([
    ['rabbit://', [{ hostname: 'localhost', port: 5672, ...guest }], '/'],
    ['rabbit:///', [{ hostname: 'localhost', port: 5672, ...guest }], '/'],
    ['rabbit://h', [{ hostname: 'h', port: 5672, ...guest }], '/'],
    ['rabbit://h:1/', [{ hostname: 'h', port: 1, ...guest }], '/'],
    ['rabbit://h/nova', [{ hostname: 'h', port: 5672, ...guest }], 'nova'],
    ['rabbit://h/%2F', [{ hostname: 'h', port: 5672, ...guest }], '/'],
    ['rabbit://h//nova', [{ hostname: 'h', port: 5672, ...guest }], '/nova'],
    ['rabbit://u%40:p%2F@h/', [{ hostname: 'h', port: 5672, username: 'u@', password: 'p/' }], '/'],
    ['rabbit://u@h/', [{ hostname: 'h', port: 5672, username: 'u', password: '' }], '/'],
    [
      'rabbit://u:p@h1:1,h2/v',
      [
        { hostname: 'h1', port: 1, username: 'u', password: 'p' },
        { hostname: 'h2', port: 5672, ...guest },
      ],
      'v',
    ],
    ['rabbit://[::1]:99/', [{ hostname: '::1', port: 99, ...guest }], '/'],
    ['rabbits://h/', [{ hostname: 'h', port: 5671, ...guest }], '/'],
    ['amqps://h/', [{ hostname: 'h', port: 5671, ...guest }], '/'],
    ['amqp://h/', [{ hostname: 'h', port: 5672, ...guest }], '/'],
    ['kombu://h/', [{ hostname: 'h', port: 5672, ...guest }], '/'],
    ['rabbit://h/?ssl=true', [{ hostname: 'h', port: 5671, ...guest }], '/'],
    ['rabbit://h:1/?ssl=1', [{ hostname: 'h', port: 1, ...guest }], '/'],
  ])('%s', (url, brokers, virtualHost) => {
    expect(parse(url)).toMatchObject({ brokers, virtualHost })
  })
})

describe('what options mean', () => {
  test.each([
    ['', { durable: true, quorum: false, autoDelete: false, declareQueues: true, tls: undefined }],
    ['', { heartbeatSeconds: 60, reconnectDelay: 1_000, reconnectMaxDelay: 5_000, confirmWindow: 1_024 }],
    ['', { bufferMessages: 10_000, bufferBytes: 67_108_864, connectTimeout: 10_000, compression: undefined }],
    ['', { queueArguments: {}, fanoutArguments: { 'x-expires': 1_800_000 }, consumerArguments: {} }],
    ['', { loginMethod: 'PLAIN', shuffle: false, connectionName: `tocsin:${process.pid}` }],
    ['preset=oslo', { durable: false, ownDeadLetterArguments: false }],
    ['preset=oslo&amqp_durable_queues=true', { durable: true }],
    ['amqp_durable_queues=no', { durable: false }],
    ['amqp_auto_delete=on', { autoDelete: true }],
    ['rabbit_quorum_queue=true&amqp_durable_queues=false', { quorum: true, durable: true }],
    ['queueType=quorum', { quorum: true, durable: true, queueArguments: { 'x-queue-type': 'quorum' } }],
    ['rabbit_ha_queues=true', { queueArguments: { 'x-ha-policy': 'all' } }],
    [
      'queueType=quorum&rabbit_quorum_delivery_limit=3&rabbit_quorum_max_memory_length=4&rabbit_quorum_max_memory_bytes=5',
      {
        queueArguments: {
          'x-queue-type': 'quorum',
          'x-delivery-limit': 3,
          'x-max-in-memory-length': 4,
          'x-max-in-memory-bytes': 5,
        },
      },
    ],
    ['queueType=quorum&rabbit_quorum_delivery_limit=0', { queueArguments: { 'x-queue-type': 'quorum' } }],
    ['rabbit_transient_queues_ttl=0', { fanoutArguments: {} }],
    ['rabbit_transient_queues_ttl=7', { fanoutArguments: { 'x-expires': 7_000 } }],
    ['rabbit_transient_quorum_queue=true', { fanoutDurable: true }],
    ['enable_cancel_on_failover=true', { consumerArguments: { 'x-cancel-on-ha-failover': true } }],
    ['rabbit_qos_prefetch_count=7&prefetch=5', { prefetch: 7 }],
    ['rabbit_qos_prefetch_count=0', { prefetch: 0 }],
    ['rabbit_retry_interval=0.5&rabbit_interval_max=2', { reconnectDelay: 500, reconnectMaxDelay: 2_000 }],
    ['heartbeat_timeout_threshold=0', { heartbeatSeconds: 0 }],
    ['kombu_failover_strategy=shuffle', { shuffle: true }],
    ['kombu_compression=gzip', { compression: 'gzip' }],
    ['hostname=h1&processname=nova', { connectionName: `tocsin:h1:nova:${process.pid}` }],
    ['connectionName=billing', { connectionName: 'billing' }],
    ['connectTimeout=5&callTimeout=6', { connectTimeout: 5, callTimeout: 6 }],
  ])('%s', (query, expected) => {
    expect(parse(`rabbit://h/?${query}`)).toMatchObject(expected)
  })

  test('a TLS URL verifies certificate and host name, unless told otherwise', () => {
    expect(parse('rabbits://h/').tls).toEqual({ checkHostname: true })
    expect(parse('rabbits://h/?ssl_enforce_hostname_verification=false').tls).toEqual({
      checkHostname: false,
    })
    expect(parse('rabbits://h/?ssl_version=TLSv1_2').tls).toEqual({
      checkHostname: true,
      minVersion: 'TLSv1.2',
    })
  })
})

describe('what is refused', () => {
  test.each([
    ['prefech=1', "did you mean 'prefetch'"],
    ['prefetch=0', 'a whole number from 1 to 65535'],
    ['prefetch=65536', 'a whole number from 1 to 65535'],
    ['amqp_durable_queues=maybe', 'true or false'],
    ['heartbeat_timeout_threshold=-1', "'heartbeat_timeout_threshold' wants"],
    ['heartbeat_timeout_threshold=1.5', "'heartbeat_timeout_threshold' wants"],
    ['kombu_reconnect_delay=5', "'kombu_reconnect_delay' wants"],
    ['kombu_compression=bz2', 'one of gzip, zlib, brotli'],
    ['rabbit_login_method=RABBIT-CR-DEMO', 'one of PLAIN, AMQPLAIN, EXTERNAL'],
    ['kombu_failover_strategy=random', 'one of round-robin, shuffle'],
    ['preset=kolla', 'one of oslo'],
    ['queueType=stream', 'one of classic, quorum'],
    ['confirmWindow=0', "'confirmWindow' wants"],
    ['rabbit_quorum_queue=true&rabbit_ha_queues=true', 'exclude each other'],
    ['rabbit_quorum_queue=true&amqp_auto_delete=true', 'exclude each other'],
    ['rabbit_quorum_queue=true&queueType=classic', 'contradicts'],
    ['ssl=true&ssl_version=SSLv9', "'ssl_version' wants one of"],
    ['ssl=true&ssl_ca_file=/nowhere/ca.pem', "'ssl_ca_file' wants a PEM file that can be read"],
    ['ssl=true&ssl_key_file=/nowhere/key.pem', "'ssl_key_file' wants a PEM file that can be read"],
    ['ssl=true&ssl_cert_file=/nowhere/cert.pem', "'ssl_cert_file' wants a PEM file that can be read"],
  ])('%s', (query, text) => {
    expect(() => parse(`rabbit://u:sesame@h/?${query}`)).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', message: expect.stringContaining(text) }),
    )
    expect(() => parse(`rabbit://u:sesame@h/?${query}`)).not.toThrow(/sesame/)
  })

  test('everything that is wrong is told at once', () => {
    const query =
      'prefech=1&confirmWindow=x&rabbit_quorum_queue=1&rabbit_ha_queues=1&ssl=1&ssl_ca_file=/nowhere/ca.pem'
    expect(() => parse(`rabbit://h/?${query}`)).toThrow(
      expect.objectContaining({
        problems: [
          expect.stringContaining('prefech'),
          expect.stringContaining('confirmWindow'),
          expect.stringContaining('rabbit_ha_queues'),
          expect.stringContaining('ssl_ca_file'),
        ],
      }),
    )
  })

  test("an engine of kombu's is refused when the transport is made", () => {
    expect(() => getTransport('kombu+memory:////')).toThrow(
      expect.objectContaining({ code: 'DRIVER_LOAD_FAILURE', message: expect.stringContaining('memory://') }),
    )
  })

  test('TLS files without TLS, unless that is said, as passwords would go in the clear', () => {
    expect(() => parse('rabbit://h/?ssl_ca_file=/nowhere/ca.pem')).toThrow(
      "'ssl_ca_file' is of TLS, which this URL does not ask for; write 'rabbits://' (or ssl=false)",
    )
    expect(parse('rabbit://h/?ssl=false&ssl_ca_file=/nowhere/ca.pem').tls).toBeUndefined()
  })
})

test('each option of the table says what it is for, and making a driver does no I/O', async () => {
  for (const [name, { about }] of Object.entries({ ...osloOptions, ...ownOptions })) {
    expect([name, about]).toEqual([name, expect.stringMatching(/\w.*\.$/s)])
  }
  const driver = rabbitDriverEntry.create(TransportURL.parse('rabbit://127.0.0.1:1/'), {
    logger: silentLogger,
    maxBodySize: 1,
  })
  expect(driver.health()).toEqual({
    state: 'idle',
    links: { publish: 'idle', consume: 'idle' },
    consumers: { wanted: 0, live: 0 },
    pendingSends: 0,
  })
  await driver.cleanup()
})
