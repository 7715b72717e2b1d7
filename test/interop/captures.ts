/** What the real oslo.messaging 14.0.3 was seen to send and declare: test/fixtures/wire. Facts, not to be edited. */
import { readFileSync } from 'node:fs'
import { unzipSync } from 'node:zlib'

import type { GetMessage } from 'amqplib'

import type { Priority } from '../../src/index.js'

interface CapturedMessage {
  readonly exchange: string
  readonly routing_key: string
  readonly properties: Readonly<Record<string, unknown>>
  /** The text, or compressed bytes. */
  readonly body: string | { readonly b64: string }
}

export interface Capture {
  readonly driver: 'messaging' | 'messagingv2'
  readonly url_options: string
  readonly messages: readonly CapturedMessage[]
}

export interface CapturedTopology {
  readonly list_exchanges: readonly {
    readonly name: string
    readonly type: string
    readonly durable: boolean
    readonly auto_delete: boolean
    readonly arguments: readonly unknown[]
  }[]
  readonly list_queues: readonly {
    readonly name: string
    readonly durable: boolean
    readonly auto_delete: boolean
    readonly arguments: readonly (readonly [name: string, type: string, value: unknown])[]
  }[]
  readonly list_bindings: readonly {
    readonly source_name: string
    readonly destination_name: string
    readonly routing_key: string
  }[]
}

export function readCapture(situation: string): Capture {
  return read(`notify_${situation}`) as Capture
}

/** `notify_v2_default`, `listener_pool` and the like. */
export function readTopology(situation: string): CapturedTopology {
  return read(`topology_${situation}`) as CapturedTopology
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/wire/${name}.json`, import.meta.url), 'utf8'))
}

/** A notification in the form a test compares: key orders apart from values, private keys as they are. */
export interface Wire {
  readonly outerKeys: readonly string[]
  readonly version: unknown
  readonly innerKeys: readonly string[]
  readonly inner: Readonly<Record<string, unknown>>
}

export function wireOf(text: string): Wire {
  const outer = JSON.parse(text) as Record<string, unknown>
  const isEnvelope = typeof outer['oslo.message'] === 'string'
  const inner = isEnvelope ? (JSON.parse(outer['oslo.message'] as string) as Record<string, unknown>) : outer
  return {
    outerKeys: isEnvelope ? Object.keys(outer) : [],
    version: outer['oslo.version'],
    innerKeys: Object.keys(inner),
    inner,
  }
}

export function textOf(body: CapturedMessage['body']): string {
  return typeof body === 'string' ? body : unzipSync(Buffer.from(body.b64, 'base64')).toString()
}

/** All properties that a message on the broker has, by their AMQP names. */
export function propertiesOf({ properties }: GetMessage): Record<string, unknown> {
  const named: Record<string, unknown> = {
    content_type: properties.contentType,
    content_encoding: properties.contentEncoding,
    headers: properties.headers,
    delivery_mode: properties.deliveryMode,
    priority: properties.priority,
    correlation_id: properties.correlationId,
    reply_to: properties.replyTo,
    expiration: properties.expiration,
    message_id: properties.messageId,
    timestamp: properties.timestamp,
    type: properties.type,
    user_id: properties.userId,
    app_id: properties.appId,
    cluster_id: properties.clusterId,
  }
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined))
}

/** What a notifier is asked for, so that it sends this capture. */
export function callOf({ inner }: Wire): {
  priority: Priority
  publisherId: string
  eventType: string
  payload: unknown
  ctxt: Record<string, unknown>
} {
  const prefix = '_context_'
  return {
    priority: String(inner['priority']).toLowerCase() as Priority,
    publisherId: inner['publisher_id'] as string,
    eventType: inner['event_type'] as string,
    payload: inner['payload'],
    ctxt: Object.fromEntries(
      Object.entries(inner)
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, value]) => [key.slice(prefix.length), value]),
    ),
  }
}
