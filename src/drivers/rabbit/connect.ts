/** One attempt to connect to one broker, and what its failure means. amqplib is loaded here, at the first one. */
import type { ChannelModel } from 'amqplib'

import { ConnectionFailure, describeError } from '../../core/errors.js'
import { replyCode, withDeadline } from './deadline.js'
import type { BrokerAddress, RabbitOptions } from './options.js'
import { tlsAdvice } from './tls.js'

/** The largest frame that we ask for, and so the largest that a broker may send. */
const frameMax = 131_072

/** Node honours these, amqplib's types don't know them. A fuller buffer before it asks the mux to wait means more frames per write. */
function furtherSocketOptions(signal: AbortSignal): object {
  return { writableHighWaterMark: 262_144, signal }
}

/**
 * amqplib's types know one of the two. Its default for the other is 64 MiB: bytes that are no frame, and each heartbeat after them, were
 * taken for parts of a large frame, and the link stood still without being lost.
 */
const frameLimits: object = { frameMax, maxFrameSize: frameMax }

/** Resolves with an open connection that already has an `error` listener. Rejects with ConnectionFailure; aborting ends the socket. */
export async function connectTo(
  broker: BrokerAddress,
  name: string,
  options: RabbitOptions,
  signal: AbortSignal,
): Promise<ChannelModel> {
  const { connect, credentials } = await import('amqplib')
  const login = {
    PLAIN: () => credentials.plain(broker.username, broker.password),
    AMQPLAIN: () => credentials.amqplain(broker.username, broker.password),
    EXTERNAL: () => credentials.external(),
  }[options.loginMethod]()
  // One of our own: what AbortSignal.any makes lives on with its listeners, and the socket never takes its listener away. Each
  // connection that was ever lost stayed in memory (34 KiB).
  const socketEnd = new AbortController()
  const endSocket = (): void => socketEnd.abort()
  signal.addEventListener('abort', endSocket)
  const opening = connect(
    {
      protocol: options.tls === undefined ? 'amqp' : 'amqps',
      hostname: broker.hostname,
      port: broker.port,
      vhost: options.virtualHost,
      heartbeat: options.heartbeatSeconds,
      ...frameLimits,
    },
    {
      ...tlsSocketOptions(broker, options),
      credentials: login,
      noDelay: true,
      keepAlive: true,
      keepAliveDelay: 10_000,
      timeout: options.connectTimeout,
      clientProperties: { connection_name: `${options.connectionName}:${name}`, product: 'tocsin' },
      ...furtherSocketOptions(socketEnd.signal),
    },
  )
  // In the tick that connects: a connection without this listener turns an error into an uncaught exception.
  const guarded = opening.then((model: ChannelModel) => {
    model.on('error', () => {})
    return model
  })
  try {
    return await withDeadline(Promise.race([guarded, abortion(signal)]), options.connectTimeout, 'connecting')
  } catch (error) {
    // Nobody would take a connection that opens after its deadline.
    endSocket()
    throw connectionFailure(error, broker, options)
  } finally {
    signal.removeEventListener('abort', endSocket)
  }
}

/** amqplib does not always tell of a socket that ends while it logs in. */
function abortion(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('given up')), { once: true })
  })
}

function tlsSocketOptions(broker: BrokerAddress, { tls }: RabbitOptions): Record<string, unknown> {
  if (tls === undefined) return {}
  const { ca, cert, key, minVersion, checkHostname } = tls
  return {
    rejectUnauthorized: true,
    servername: /^[\d.]+$|:/.test(broker.hostname) ? '' : broker.hostname,
    host: broker.hostname,
    ...(ca === undefined ? {} : { ca: [ca] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(checkHostname ? {} : { checkServerIdentity: () => undefined }),
  }
}

/** Failures that another attempt with the same words will not mend. */
export function isRefusal(failure: ConnectionFailure): boolean {
  return ['ACCESS_REFUSED', 'NO_SUCH_VHOST', 'TLS_FAILURE'].includes(failure.code)
}

/** Of these the text may hold the host's name, which says nothing. */
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
])

function isTlsFailure(error: unknown, text: string): boolean {
  return /cert|TLS|SSL|self.signed|altname|EPROTO/i.test(text + String((error as NodeJS.ErrnoException).code))
}

function connectionFailure(error: unknown, broker: BrokerAddress, options: RabbitOptions): ConnectionFailure {
  const where = `${broker.hostname}:${broker.port}`
  const text = describeError(error)
  const details = { cause: error }
  const isNetwork = networkCodes.has(String((error as NodeJS.ErrnoException).code))
  // amqplib does not pass on why the broker closed in answer to `connection.open`: its error only names the frame.
  if (replyCode(error) === 530 || /Expected ConnectionOpenOk; got <ConnectionClose/.test(text)) {
    return new ConnectionFailure(
      'NO_SUCH_VHOST',
      `the broker at ${where} does not open the virtual host '${options.virtualHost}' to user '${broker.username}': it does not exist, is down or full, or the user has no rights there; create it, or mend the path of the URL ('/%2Fname' for '/name')`,
      details,
    )
  }
  if (/SASL mechanism \S+ is not provided/.test(text)) {
    return new ConnectionFailure(
      'ACCESS_REFUSED',
      `the broker at ${where} does not offer the login method ${options.loginMethod}; choose another rabbit_login_method, or let the broker offer it`,
      details,
    )
  }
  if (replyCode(error) === 403 || (!isNetwork && /ACCESS[_-]REFUSED|login was refused/i.test(text))) {
    return new ConnectionFailure(
      'ACCESS_REFUSED',
      options.loginMethod === 'EXTERNAL'
        ? `the broker at ${where} refused the login EXTERNAL; check the certificate in ssl_cert_file, and that the name that the broker reads in it (ssl_cert_login_from) is a user`
        : `the broker at ${where} refused the login of user '${broker.username}' (${options.loginMethod}); check user and password in the URL, percent-encoded where they hold '/', '@', ':' or '%'`,
      details,
    )
  }
  if (options.tls !== undefined && !isNetwork && isTlsFailure(error, text)) {
    return new ConnectionFailure(
      'TLS_FAILURE',
      `no TLS connection to ${where}: ${tlsAdvice(error as Error)}`,
      details,
    )
  }
  return new ConnectionFailure(
    'BROKER_UNREACHABLE',
    `no broker could be reached at ${where}: ${text}; ${unreachableAdvice(text, options)}`,
    details,
  )
}

function unreachableAdvice(text: string, { tls }: RabbitOptions): string {
  if (tls === undefined && /maxFrameSize|Invalid frame/.test(text))
    return "what answers there is no AMQP; write 'rabbits://' if it wants TLS, and check the port"
  if (tls === undefined && /during opening handshake|ECONNRESET/.test(text))
    return "it hung up on us; check that RabbitMQ runs there, and write 'rabbits://' if it wants TLS"
  if (tls !== undefined && /ECONNRESET|EPIPE|disconnected before|closed abruptly/.test(text))
    return 'it hung up within the TLS handshake; if it wants a certificate of ours, name it in ssl_cert_file and ssl_key_file'
  return 'check host and port, and that RabbitMQ runs there'
}
