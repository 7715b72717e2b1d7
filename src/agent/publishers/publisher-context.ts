import { hostname } from 'node:os'

import { type Logger, silentLogger, type Transport } from '../../index.js'
import type { ListForm } from '../signature/index.js'

/** What publishers get from the agent beside their URL. */
export interface PublisherContext {
  /** Default: silent. */
  readonly logger?: Logger
  /** Who publishes, in `publisher_id`. Default: the name of this machine. */
  readonly host?: string
  /** The key of signatures; empty = nothing is signed. Default: the original's, `change this for valid signing`. */
  readonly telemetrySecret?: string
  /** How texts within lists are signed: as since 2017, or `legacy2016`. Default `bytes`. */
  readonly signatures?: ListForm
  /** Default `metering`. */
  readonly meteringTopic?: string
  /** Default `event`. */
  readonly eventTopic?: string
  /** The notifier's driver. Default `messagingv2`. */
  readonly telemetryDriver?: string
  /** Of messages to a broker. Default `ceilometer`. */
  readonly controlExchange?: string
  /** The transport of `notifier://` without a host; asked at its first publish. It stays the agent's: it is not cleaned up. */
  readonly transport?: () => Transport
  /** Where `console://` writes its lines. Default: standard output. Resolves when it may go on. */
  readonly write?: (text: string) => Promise<void>
  /** Where `OS_*` is read from. Default: the process's. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/** The same with its defaults in. */
export interface PublisherSurroundings extends Required<Omit<PublisherContext, 'transport'>> {
  readonly transport: (() => Transport) | undefined
}

export function surroundings(context: PublisherContext = {}): PublisherSurroundings {
  return {
    logger: context.logger ?? silentLogger,
    host: context.host ?? hostname(),
    telemetrySecret: context.telemetrySecret ?? 'change this for valid signing',
    signatures: context.signatures ?? 'bytes',
    meteringTopic: context.meteringTopic ?? 'metering',
    eventTopic: context.eventTopic ?? 'event',
    telemetryDriver: context.telemetryDriver ?? 'messagingv2',
    controlExchange: context.controlExchange ?? 'ceilometer',
    transport: context.transport,
    write: context.write ?? writeToStandardOutput,
    environment: context.environment ?? process.env,
  }
}

function writeToStandardOutput(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()))
  })
}
