/** What is mutated: real notifications, as text without an envelope, and other real bodies. */
import { readdirSync, readFileSync } from 'node:fs'
import { unzipSync } from 'node:zlib'

interface Sample {
  readonly priority: string
  readonly ctxt: Readonly<Record<string, unknown>>
  readonly publisher_id: string
  readonly event_type: string
  readonly payload: unknown
  readonly metadata: { readonly message_id: string; readonly timestamp: string }
}

interface Capture {
  readonly messages: readonly { readonly body: string | { readonly b64: string } }[]
}

const fixtures = new URL('../fixtures/', import.meta.url)

/** JSON texts of notifications, all with the private keys of the wire. */
export const notifications: readonly string[] = [...captured(), ...samples()]

/** Bodies that are valid envelopes of something else. */
export const others: readonly string[] = read('fuzz/rpc.json') as string[]

function captured(): string[] {
  const files = readdirSync(new URL('wire/', fixtures)).filter((file) => file.startsWith('notify_'))
  return files.sort().flatMap((file) => (read(`wire/${file}`) as Capture).messages.map(textOf))
}

function textOf({ body }: Capture['messages'][number]): string {
  const text = typeof body === 'string' ? body : unzipSync(Buffer.from(body.b64, 'base64')).toString()
  const outer = JSON.parse(text) as Record<string, unknown>
  return typeof outer['oslo.message'] === 'string' ? outer['oslo.message'] : text
}

function samples(): string[] {
  return (read('fuzz/notifications.json') as Sample[]).map(({ ctxt, metadata, priority, ...fields }) =>
    JSON.stringify({
      ...metadata,
      ...fields,
      priority: priority.toUpperCase(),
      _unique_id: '0123456789abcdef0123456789abcdef',
      ...Object.fromEntries(Object.entries(ctxt).map(([key, value]) => [`_context_${key}`, value])),
    }),
  )
}

function read(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, fixtures), 'utf8'))
}
