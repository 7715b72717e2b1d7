/** What every error of this library has beside its message. */
export interface ErrorDetails {
  /** The error that led to this one, where there is one. */
  readonly cause?: unknown
}

/**
 * Root of every error that leaves the library. `code` is stable across releases: compare it, not the text. The text says
 * what was wanted, what was found and what to do; it never holds a password.
 */
export class MessagingException extends Error {
  /** Stable, upper-case, e.g. `NO_SUCH_VHOST`. */
  readonly code: string

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined)
    this.code = code
    this.name = new.target.name
  }
}

/** Something took longer than its bound. */
export class MessagingTimeout extends MessagingException {}

/**
 * A message could not be handed to the broker: retries used up, time out, aborted, refused.
 * source: oslo.messaging exceptions.py
 */
export class MessageDeliveryFailure extends MessagingException {
  /**
   * `not-sent`: the broker does not have it. `unknown`: it was written to a link that was lost before the confirm came, so the
   * broker may have it: sending it again may deliver it twice.
   */
  readonly outcome: 'not-sent' | 'unknown'

  constructor(
    code: string,
    message: string,
    details: ErrorDetails & { outcome?: 'not-sent' | 'unknown' } = {},
  ) {
    super(code, message, details)
    this.outcome = details.outcome ?? 'not-sent'
  }
}

/** A mandatory message reached no queue. */
export class MessageUndeliverable extends MessageDeliveryFailure {
  readonly exchange: string
  readonly routingKey: string

  constructor(exchange: string, routingKey: string) {
    super(
      'UNROUTABLE',
      `no queue is bound to exchange '${exchange}' for routing key '${routingKey}', so the broker returned the message; ` +
        'start a listener for this topic first, or leave declareQueues on',
    )
    this.exchange = exchange
    this.routingKey = routingKey
  }
}

/** A target lacks what its use needs. */
export class InvalidTarget extends MessagingException {
  /** The target as text. */
  readonly target: string

  constructor(message: string, target: { toString(): string }) {
    super('INVALID_TARGET', `${message}:${target.toString()}`)
    this.target = target.toString()
  }
}

/** A transport URL can't be read. */
export class InvalidTransportURL extends MessagingException {
  /** The offending text, its passwords replaced by `***`. */
  readonly url: string

  constructor(message: string, url: string, details: ErrorDetails = {}) {
    super('INVALID_TRANSPORT_URL', message, details)
    this.url = url
  }
}

/** Options or arguments are wrong. `problems` lists all of them at once, each a sentence. */
export class ConfigurationError extends MessagingException {
  readonly problems: readonly string[]

  constructor(subject: string, problems: readonly string[], details: ErrorDetails = {}) {
    super(
      'CONFIGURATION',
      problems.length === 1
        ? `${subject}: ${problems[0]}`
        : `${subject}: ${problems.length} problems\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
      details,
    )
    this.problems = problems
  }
}

/** No driver of that name, or it can't be loaded. */
export class DriverLoadFailure extends MessagingException {
  readonly driver: string

  constructor(driver: string, message: string, details: ErrorDetails = {}) {
    super('DRIVER_LOAD_FAILURE', message, details)
    this.driver = driver
  }
}

/** No executor of that name, or it can't be loaded, or its worker module can't. */
export class ExecutorLoadFailure extends MessagingException {
  readonly executor: string

  constructor(executor: string, message: string, details: ErrorDetails = {}) {
    super('EXECUTOR_LOAD_FAILURE', message, details)
    this.executor = executor
  }
}

/** A listener could not start; `cause` says why. The listener is stopped and may be started again. */
export class ServerListenError extends MessagingException {
  readonly targets: readonly string[]

  constructor(targets: readonly string[], message: string, details: ErrorDetails = {}) {
    super('LISTEN_FAILURE', message, details)
    this.targets = targets
  }
}

/** The driver behind this transport can't do what was asked. Raised when the listener is made, or by `send`. */
export class UnsupportedFeature extends MessagingException {
  readonly feature: string

  constructor(feature: string, message: string) {
    super('UNSUPPORTED_FEATURE', message)
    this.feature = feature
  }
}

/**
 * A broker could not be reached or would not let us in. Codes: `BROKER_UNREACHABLE`, `ACCESS_REFUSED`, `NO_SUCH_VHOST`,
 * `TLS_FAILURE`, `LINK_LOST`.
 */
export class ConnectionFailure extends MessagingException {}

/** A transport, listener or notifier was used after its `cleanup()`, or before it was started. */
export class NotOpen extends MessagingException {}

/** What a driver says to whoever uses it after `cleanup()`. */
export function transportClosed(): NotOpen {
  return new NotOpen('NOT_OPEN', 'the transport was cleaned up; make another with getTransport(url)')
}

/**
 * A received body is no notification. Codes: `EMPTY_BODY`, `NOT_JSON`, `NOT_AN_OBJECT`, `ENVELOPE_VERSION`, `BAD_COMPRESSION`,
 * `UNKNOWN_COMPRESSION`, `BODY_TOO_LARGE`, `TOO_DEEP`, `BAD_FIELD`.
 */
export class UndecodableMessage extends MessagingException {}

/** A payload or context can't be written as JSON (a cycle, a BigInt, a throwing `toJSON`), or is above `maxBodySize` or `maxDepth`. */
export class UnserializableMessage extends MessagingException {}

/** A filter rule can't be compiled; or (code `PATTERN_TOO_COSTLY`) one of its patterns needs too many steps for a text. */
export class InvalidFilter extends MessagingException {}

/** An endpoint has no method for any priority, or is no object. */
export class InvalidEndpoint extends MessagingException {}

/** A payload did not pass the validator of its event type. */
export class ValidationFailure extends MessagingException {
  /** One sentence each, as the validator put it. */
  readonly issues: readonly string[]

  constructor(eventType: string, issues: readonly string[]) {
    super('INVALID_PAYLOAD', `the payload of '${eventType}' is invalid: ${issues.join('; ')}`)
    this.issues = issues
  }
}

/** An endpoint threw, took longer than `handlerTimeout`, or crashed with its worker thread. `cause` is what it threw. */
export class EndpointFailure extends MessagingException {
  readonly endpoint: string

  constructor(
    code: 'ENDPOINT_THREW' | 'HANDLER_TIMEOUT' | 'WORKER_CRASHED',
    endpoint: string,
    message: string,
    details: ErrorDetails = {},
  ) {
    super(code, message, details)
    this.endpoint = endpoint
  }
}

/**
 * A shard of a listener ended by itself: an uncaught exception, `process.exit` in its thread, memory. It is started again; what it had in
 * hand comes again from the broker. `cause` is what ended it, where that is known. Code `SHARD_NOT_RESTARTED`: it could not be started
 * again yet; that is tried until the listener is stopped.
 */
export class ShardFailure extends MessagingException {
  /** Its number, from 0. */
  readonly shard: number

  constructor(
    code: 'SHARD_CRASHED' | 'SHARD_NOT_RESTARTED',
    shard: number,
    message: string,
    details: ErrorDetails = {},
  ) {
    super(code, message, details)
    this.shard = shard
  }
}

/** The text of anything that was thrown, for log lines and headers. Never throws. */
export function describeError(error: unknown): string {
  try {
    if (error instanceof Error) return error.message === '' ? error.name : `${error.name}: ${error.message}`
    return String(error)
  } catch {
    return 'an error that has no text'
  }
}
