/** A virtual host of the test broker for a moment, where somebody lets us make one. */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'

import amqplib from 'amqplib'

import { brokerUrl } from './bus.js'

export interface VirtualHost {
  readonly name: string
  remove(): Promise<void>
}

const run = promisify(execFile)

/** By the management API, else as root by rabbitmqctl; undefined = neither reaches the broker of the tests. */
export async function makeVirtualHost(): Promise<VirtualHost | undefined> {
  const name = `interop ${randomUUID().slice(0, 8)}/ü`
  for (const make of [byManagement, byControl]) {
    const host = await make(name).catch(() => undefined)
    if (host === undefined) continue
    if (await canOpen(name)) return host
    await host.remove()
  }
  return undefined
}

async function byManagement(name: string): Promise<VirtualHost | undefined> {
  const { hostname, username, password } = new URL(brokerUrl)
  const url = `http://${hostname}:15672/api/vhosts/${encodeURIComponent(name)}`
  const authorization = `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`
  const ask = async (method: string): Promise<boolean> =>
    (await fetch(url, { method, headers: { authorization }, signal: AbortSignal.timeout(2_000) })).ok
  if (!(await ask('PUT'))) return undefined
  return { name, remove: async () => void (await ask('DELETE')) }
}

async function byControl(name: string): Promise<VirtualHost | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const user = decodeURIComponent(new URL(brokerUrl).username) || 'guest'
  const control = async (...args: string[]): Promise<void> => {
    await run('rabbitmqctl', ['--quiet', ...args], { timeout: 20_000 })
  }
  await control('add_vhost', name)
  await control('set_permissions', '-p', name, user, '.*', '.*', '.*')
  return { name, remove: () => control('delete_vhost', name) }
}

/** Whoever we asked may speak for another broker. */
async function canOpen(name: string): Promise<boolean> {
  const url = new URL(brokerUrl)
  url.pathname = `/${encodeURIComponent(name)}`
  try {
    const connection = await amqplib.connect(String(url))
    await connection.close()
    return true
  } catch {
    return false
  }
}
