/**
 * The query of a rabbit:// URL: oslo.messaging's own option names in oslo's units (seconds), and ours in milliseconds. The table is what the
 * documentation lists and what a URL is checked by.
 */
import { ConfigurationError } from '../../core/errors.js'
import { type OptionRule, type OptionRules, readQueryOptions } from '../../core/options.js'
import type { TransportURL } from '../../core/url.js'
import { forgottenTls, type TlsOptions, tlsOptions } from './tls.js'

/** A row of the table: a rule, and what the option is for. */
export interface UrlOption extends OptionRule {
  readonly about: string
}

const osloOnly = 'Accepted for compatibility; has no meaning here.'

/** oslo.messaging's options under their own names. source: oslo_messaging/_drivers/impl_rabbit.py, amqp.py, pool.py */
export const osloOptions: Readonly<Record<string, UrlOption>> = {
  amqp_durable_queues: {
    type: 'boolean',
    about: 'Durable exchanges and queues. Default true, with preset=oslo false.',
  },
  amqp_auto_delete: {
    type: 'boolean',
    about: 'Exchanges and queues go with their last user. Default false.',
  },
  rabbit_quorum_queue: {
    type: 'boolean',
    about: "Quorum queues exactly as oslo's; implies durable. A delivery limit drops: see queueType.",
  },
  rabbit_transient_quorum_queue: { type: 'boolean', about: 'Quorum queues for fanout.' },
  rabbit_quorum_delivery_limit: {
    type: 'integer',
    min: 0,
    about: 'x-delivery-limit of quorum queues; 0 = unset.',
  },
  rabbit_quorum_max_memory_length: {
    type: 'integer',
    min: 0,
    about: 'x-max-in-memory-length of quorum queues; 0 = unset.',
  },
  rabbit_quorum_max_memory_bytes: {
    type: 'integer',
    min: 0,
    about: 'x-max-in-memory-bytes of quorum queues; 0 = unset.',
  },
  rabbit_quroum_max_memory_length: {
    type: 'integer',
    min: 0,
    about: 'rabbit_quorum_max_memory_length as earlier releases misspell it.',
  },
  rabbit_quroum_max_memory_bytes: {
    type: 'integer',
    min: 0,
    about: 'rabbit_quorum_max_memory_bytes as earlier releases misspell it.',
  },
  rabbit_ha_queues: { type: 'boolean', about: "x-ha-policy 'all'; RabbitMQ 3 and later ignore it." },
  rabbit_transient_queues_ttl: {
    type: 'integer',
    min: 0,
    about: 'Seconds until an unused fanout queue expires, or what is in a stream. Default 1800; 0 = never.',
  },
  rabbit_qos_prefetch_count: {
    type: 'integer',
    min: 0,
    max: 65_535,
    about: 'Least prefetch; 0 = derived from the executor.',
  },
  rabbit_stream_fanout: {
    type: 'boolean',
    about:
      'A stream for each fanout topic instead of a queue for each listener; implies a durable exchange. Its messages cannot be requeued.',
  },
  enable_cancel_on_failover: { type: 'boolean', about: 'Consumer argument x-cancel-on-ha-failover.' },
  heartbeat_timeout_threshold: {
    type: 'integer',
    min: 0,
    max: 65_535,
    about: 'AMQP heartbeat in seconds. Default 60; 0 = none.',
  },
  heartbeat_rate: { type: 'integer', min: 1, about: osloOnly },
  heartbeat_in_pthread: { type: 'boolean', about: osloOnly },
  kombu_compression: {
    type: 'string',
    choices: ['gzip', 'zlib', 'brotli'],
    about: 'Compresses what is sent. `gzip` and `zlib` are zlib data, as in kombu.',
  },
  kombu_reconnect_delay: { type: 'number', min: 0, max: 4.5, about: osloOnly },
  kombu_reconnect_splay: { type: 'number', min: 0, about: osloOnly },
  kombu_missing_consumer_retry_timeout: { type: 'integer', min: 0, about: osloOnly },
  kombu_failover_strategy: {
    type: 'string',
    choices: ['round-robin', 'shuffle'],
    about: 'Order in which the hosts are tried. Default round-robin, from a random first one.',
  },
  rabbit_login_method: {
    type: 'string',
    choices: ['PLAIN', 'AMQPLAIN', 'EXTERNAL'],
    about: 'Default PLAIN.',
  },
  rabbit_retry_interval: { type: 'number', min: 0, about: 'Seconds of the first reconnect step. Default 1.' },
  rabbit_retry_backoff: {
    type: 'number',
    min: 0,
    about: `${osloOnly} The backoff is exponential with full jitter.`,
  },
  rabbit_interval_max: {
    type: 'number',
    min: 1,
    about: 'Longest reconnect step in seconds. Default 5, well below the time a send waits; oslo has 30.',
  },
  ssl: { type: 'boolean', about: 'TLS; `rabbits://` says the same.' },
  ssl_version: { type: 'string', about: 'TLSv1_2 and the like: the least version.' },
  ssl_key_file: { type: 'string', about: 'PEM file of the client key.' },
  ssl_cert_file: { type: 'string', about: 'PEM file of the client certificate.' },
  ssl_ca_file: { type: 'string', about: "PEM file of the CA; default: Node's." },
  ssl_enforce_hostname_verification: {
    type: 'boolean',
    about: 'Whether the certificate must name the host. Default true.',
  },
  ssl_enforce_fips_mode: { type: 'boolean', about: osloOnly },
  direct_mandatory_flag: { type: 'boolean', about: osloOnly },
  rpc_conn_pool_size: { type: 'integer', min: 1, about: osloOnly },
  conn_pool_min_size: { type: 'integer', min: 0, about: osloOnly },
  conn_pool_ttl: { type: 'integer', min: 0, about: osloOnly },
  use_queue_manager: { type: 'boolean', about: osloOnly },
  hostname: { type: 'string', about: 'Part of the connection name.' },
  processname: { type: 'string', about: 'Part of the connection name.' },
}

/** Our own, in milliseconds. */
export const ownOptions: Readonly<Record<string, UrlOption>> = {
  preset: {
    type: 'string',
    choices: ['oslo'],
    about: "oslo.messaging's own defaults: nothing durable, no dead-letter arguments on work queues.",
  },
  queueType: {
    type: 'string',
    choices: ['classic', 'quorum'],
    about:
      "Type of work queues. Default classic. `quorum` ones hand over to the dead-letter queue at a delivery limit, which oslo's don't.",
  },
  declareQueues: { type: 'boolean', about: 'Whether publishers declare the un-pooled queue. Default true.' },
  prefetch: { type: 'integer', min: 1, max: 65_535, about: 'Least prefetch per queue.' },
  connectTimeout: {
    type: 'integer',
    min: 1,
    max: 600_000,
    about: 'Milliseconds for one attempt to connect and log in. Default 10,000.',
  },
  callTimeout: {
    type: 'integer',
    min: 1,
    max: 600_000,
    about: 'Milliseconds for any other answer of the broker. Default 20,000.',
  },
  onRefusal: {
    type: 'string',
    choices: ['fail', 'retry'],
    about:
      'A refused login, a missing virtual host or a failed TLS handshake before the link was ever up: `fail` (default) rejects at once; `retry` tries again, each time after six times `rabbit_interval_max`. Afterwards always `retry`.',
  },
  confirmWindow: {
    type: 'integer',
    min: 1,
    max: 65_535,
    about: 'Most messages on their way to a confirm. Default 1,024.',
  },
  confirmWindowBytes: {
    type: 'integer',
    min: 1,
    about: 'Most bytes on their way to a confirm. Default 64 MiB.',
  },
  bufferMessages: {
    type: 'integer',
    min: 1,
    about:
      'Most messages kept while the link is down or slow, those on their way included; later ones wait uncopied. Default 10,000.',
  },
  bufferBytes: {
    type: 'integer',
    min: 1,
    about: 'Most bytes of these. Default 64 MiB.',
  },
  connectionName: {
    type: 'string',
    about: "What the broker's management shows. Default tocsin:<process id>.",
  },
}

const rules: OptionRules = { ...osloOptions, ...ownOptions }

/** A broker to connect to. */
export interface BrokerAddress {
  readonly hostname: string
  readonly port: number
  readonly username: string
  readonly password: string
}

/** All that the driver's files need to know, times in milliseconds. */
export interface RabbitOptions {
  readonly brokers: readonly BrokerAddress[]
  readonly virtualHost: string
  readonly tls: TlsOptions | undefined
  readonly loginMethod: 'PLAIN' | 'AMQPLAIN' | 'EXTERNAL'
  readonly shuffle: boolean
  readonly heartbeatSeconds: number
  readonly connectTimeout: number
  readonly callTimeout: number
  readonly reconnectDelay: number
  readonly reconnectMaxDelay: number
  /** What a refusal means before the link was ever up. */
  readonly onRefusal: 'fail' | 'retry'
  readonly connectionName: string
  readonly durable: boolean
  readonly autoDelete: boolean
  readonly quorum: boolean
  /** Arguments of every work queue, without dead-letter ones. */
  readonly queueArguments: Readonly<Record<string, unknown>>
  readonly fanoutArguments: Readonly<Record<string, unknown>>
  readonly fanoutDurable: boolean
  /** Listeners of a fanout read one stream. */
  readonly streamFanout: boolean
  readonly consumerArguments: Readonly<Record<string, unknown>>
  /** Whether quorum queues get a dead-letter exchange of ours. */
  readonly ownDeadLetterArguments: boolean
  readonly declareQueues: boolean
  readonly prefetch: number
  readonly confirmWindow: number
  readonly confirmWindowBytes: number
  readonly bufferMessages: number
  readonly bufferBytes: number
  readonly compression: 'gzip' | 'zlib' | 'brotli' | undefined
}

/** Throws ConfigurationError that lists everything wrong with the URL's query. */
export function parseRabbitOptions(url: TransportURL): RabbitOptions {
  const subject = `the transport URL ${url.toSafeString()}`
  const { values: given, problems } = readQueryOptions(url.query, rules)
  const flag = (name: string, byDefault: boolean): boolean =>
    (given[name] as boolean | undefined) ?? byDefault
  const number = (name: string, byDefault: number): number => (given[name] as number | undefined) ?? byDefault
  const quorum = flag('rabbit_quorum_queue', given['queueType'] === 'quorum')
  if (quorum && flag('rabbit_ha_queues', false))
    problems.push('rabbit_ha_queues and quorum queues exclude each other; leave one out')
  if (quorum && given['queueType'] === 'classic')
    problems.push("'queueType' classic contradicts rabbit_quorum_queue; leave one out")
  if (quorum && flag('amqp_auto_delete', false))
    problems.push('amqp_auto_delete and quorum queues exclude each other; leave one out')
  const isTls = ['rabbits', 'amqps'].includes(url.scheme) || flag('ssl', false)
  const tls = isTls ? tlsOptions(given, problems) : undefined
  if (!isTls) problems.push(...forgottenTls(given))
  if (problems.length > 0) throw new ConfigurationError(subject, problems)
  const transientQuorum = flag('rabbit_transient_quorum_queue', false)
  const streamFanout = flag('rabbit_stream_fanout', false)
  return {
    brokers: brokersOf(url, isTls),
    virtualHost: url.virtualHost === null || url.virtualHost === '' ? '/' : url.virtualHost,
    tls,
    loginMethod: (given['rabbit_login_method'] as RabbitOptions['loginMethod'] | undefined) ?? 'PLAIN',
    shuffle: given['kombu_failover_strategy'] === 'shuffle',
    heartbeatSeconds: number('heartbeat_timeout_threshold', 60),
    connectTimeout: number('connectTimeout', 10_000),
    callTimeout: number('callTimeout', 20_000),
    reconnectDelay: number('rabbit_retry_interval', 1) * 1_000,
    reconnectMaxDelay: number('rabbit_interval_max', 5) * 1_000,
    onRefusal: (given['onRefusal'] as RabbitOptions['onRefusal'] | undefined) ?? 'fail',
    connectionName:
      (given['connectionName'] as string | undefined) ??
      ['tocsin', given['hostname'], given['processname'], process.pid]
        .flatMap((part) => (typeof part === 'string' || typeof part === 'number' ? [part] : []))
        .join(':'),
    durable: quorum || flag('amqp_durable_queues', given['preset'] !== 'oslo'),
    autoDelete: flag('amqp_auto_delete', false),
    quorum,
    queueArguments: queueArguments(given, quorum),
    fanoutArguments: streamFanout ? streamArguments(given) : fanoutArguments(given, transientQuorum),
    fanoutDurable: transientQuorum || streamFanout,
    streamFanout,
    consumerArguments: flag('enable_cancel_on_failover', false) ? { 'x-cancel-on-ha-failover': true } : {},
    // Under oslo's word for them, quorum queues are declared as oslo does, or its services would be refused.
    ownDeadLetterArguments: given['preset'] !== 'oslo' && given['rabbit_quorum_queue'] !== true,
    declareQueues: flag('declareQueues', true),
    prefetch: Math.max(number('prefetch', 0), number('rabbit_qos_prefetch_count', 0)),
    confirmWindow: number('confirmWindow', 1_024),
    confirmWindowBytes: number('confirmWindowBytes', 64 * 1024 * 1024),
    bufferMessages: number('bufferMessages', 10_000),
    bufferBytes: number('bufferBytes', 64 * 1024 * 1024),
    compression: given['kombu_compression'] as RabbitOptions['compression'],
  }
}

function brokersOf(url: TransportURL, isTls: boolean): BrokerAddress[] {
  const hosts =
    url.hosts.length > 0 ? url.hosts : [{ hostname: null, port: null, username: null, password: null }]
  return hosts.map(({ hostname, port, username, password }) => ({
    hostname: hostname ?? 'localhost',
    port: port ?? (isTls ? 5_671 : 5_672),
    username: username ?? 'guest',
    password: password ?? (username === null ? 'guest' : ''),
  }))
}

function queueArguments(given: Readonly<Record<string, unknown>>, quorum: boolean): Record<string, unknown> {
  const result: Record<string, unknown> = given['rabbit_ha_queues'] === true ? { 'x-ha-policy': 'all' } : {}
  return quorum ? { ...result, 'x-queue-type': 'quorum', ...quorumLimits(given) } : result
}

function fanoutArguments(given: Readonly<Record<string, unknown>>, quorum: boolean): Record<string, unknown> {
  const seconds = transientSeconds(given)
  return { ...queueArguments(given, quorum), ...(seconds > 0 ? { 'x-expires': seconds * 1_000 } : {}) }
}

function streamArguments(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const seconds = transientSeconds(given)
  return { 'x-queue-type': 'stream', ...(seconds > 0 ? { 'x-max-age': `${seconds}s` } : {}) }
}

function transientSeconds(given: Readonly<Record<string, unknown>>): number {
  return (given['rabbit_transient_queues_ttl'] as number | undefined) ?? 1_800
}

function quorumLimits(given: Readonly<Record<string, unknown>>): Record<string, number> {
  const limits: Record<string, number> = {}
  for (const [option, argument] of [
    ['rabbit_quorum_delivery_limit', 'x-delivery-limit'],
    ['rabbit_quroum_max_memory_length', 'x-max-in-memory-length'],
    ['rabbit_quroum_max_memory_bytes', 'x-max-in-memory-bytes'],
    // The right spelling has the last word.
    ['rabbit_quorum_max_memory_length', 'x-max-in-memory-length'],
    ['rabbit_quorum_max_memory_bytes', 'x-max-in-memory-bytes'],
  ] as const) {
    const value = given[option]
    if (typeof value === 'number' && value > 0) limits[argument] = value
  }
  return limits
}
