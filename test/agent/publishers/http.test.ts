import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

import { makePublisher, type Publisher, PublishFailure } from '../../../src/agent/index.js'
import { Authority, type Identity } from '../../support/certificates.js'
import { until } from '../../support/until.js'
import { type Answer, HttpReceiver } from './http-receiver.js'
import { RecordingLogger } from './recording-logger.js'
import { event, sample, samples } from './samples.js'

interface Made {
  readonly receiver: HttpReceiver
  readonly publisher: Publisher
  readonly logger: RecordingLogger
}

async function withHttp(
  options: { readonly path?: string; readonly login?: string; readonly answer?: (index: number) => Answer },
  use: (made: Made) => Promise<void>,
): Promise<void> {
  await using receiver = await HttpReceiver.start((_, index) => options.answer?.(index) ?? {})
  const logger = new RecordingLogger()
  const url = `http://${options.login ?? ''}${receiver.place}${options.path ?? '/'}`
  const publisher = makePublisher(url, { logger })
  try {
    await use({ receiver, publisher, logger })
  } finally {
    await publisher.close(100)
  }
}

describe('http://', () => {
  test('posts a batch of samples as one JSON array, in the words of the object form', () =>
    withHttp({ path: '/v1/x?key=1&timeout=3' }, async ({ receiver, publisher }) => {
      const [one, other] = [sample(), sample({ volume: 12_345_678_901_234_567_890n })]
      await publisher.publishSamples?.([one, other])
      expect(receiver.requests).toHaveLength(1)
      const { method, path, headers, body } = receiver.requests[0]!
      expect([method, path, headers['content-type']]).toEqual(['POST', '/v1/x?key=1', 'application/json'])
      expect(headers['content-length']).toBe(String(Buffer.byteLength(body)))
      expect(JSON.parse(body)[0]).toEqual(one)
      expect(Object.keys(JSON.parse(body)[0]).join(' ')).toBe(
        'name type unit volume user_id user_name project_id project_name resource_id timestamp resource_metadata source id monotonic_time',
      )
      expect(body).toContain('"volume":12345678901234567890,')
      expect(publisher.stats?.()).toMatchObject({ published: 2, queued: 0 })
    }))

  test('posts events without a signature', () =>
    withHttp({}, async ({ receiver, publisher }) => {
      const one = event({ raw: { payload: { a: 1 } } })
      await publisher.publishEvents?.([one])
      expect(receiver.bodies).toEqual([[JSON.parse(JSON.stringify(one))]])
    }))

  test('posts one by one with batch=false, in order', () =>
    withHttp({ path: '/?batch=false' }, async ({ receiver, publisher }) => {
      await publisher.publishSamples?.([sample({ name: 'a' }), sample({ name: 'b' }), sample({ name: 'c' })])
      expect(receiver.bodies.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
    }))

  test('with raw_only posts the payloads that store_raw kept, and nothing when there are none', () =>
    withHttp({ path: '/?raw_only=true' }, async ({ receiver, publisher }) => {
      await publisher.publishEvents?.([event(), event({ raw: { payload: { a: 1 } } })])
      await publisher.publishEvents?.([event()])
      expect(receiver.bodies).toEqual([[{ a: 1 }]])
    }))

  test('posts nothing for an empty batch', () =>
    withHttp({}, async ({ receiver, publisher }) => {
      await publisher.publishSamples?.([])
      await publisher.publishEvents?.([])
      expect(receiver.requests).toHaveLength(0)
    }))

  test.each([
    ['u$er:pa%24%20ss@', 'u$er:pa$ ss'],
    ['user@', 'user:'],
  ])('logs in as %s', (login, wanted) =>
    withHttp({ login }, async ({ receiver, publisher }) => {
      await publisher.publishSamples?.([sample()])
      const text = receiver.requests[0]?.headers.authorization ?? ''
      expect(Buffer.from(text.replace('Basic ', ''), 'base64').toString()).toBe(wanted)
    }),
  )

  test('keeps its connection', () =>
    withHttp({}, async ({ receiver, publisher }) => {
      for (let index = 0; index < 5; index++) await publisher.publishSamples?.([sample()])
      expect(receiver.connections).toBe(1)
    }))

  test('posts again at once when a kept connection was closed meanwhile', () =>
    withHttp({ path: '/?max_retries=0' }, async ({ receiver, publisher }) => {
      await publisher.publishSamples?.([sample()])
      receiver.dropConnections()
      await publisher.publishSamples?.([sample()])
      expect(receiver.requests).toHaveLength(2)
      expect(publisher.stats?.()).toMatchObject({ published: 2, retried: 0 })
    }))

  test.each([
    [400, 'refused', 1],
    [422, 'refused', 1],
    [408, 'failed', 3],
    [429, 'failed', 3],
    [500, 'failed', 3],
    [503, 'failed', 3],
  ])('a status of %s is %s, after %s attempts', (status, outcome, attempts) =>
    withHttp(
      { login: 'user:s3cret@', answer: () => ({ status, body: 'because\n\u001b[31mof it' }) },
      async ({ receiver, publisher }) => {
        const failure = await publisher.publishSamples?.(samples(2)).catch((error: unknown) => error)
        expect(failure).toBeInstanceOf(PublishFailure)
        expect(failure).toMatchObject({ outcome })
        expect(String(failure)).toMatch(/POST http:\/\/127.0.0.1:\d+\/: status \d+.*: because \[31mof it$/)
        expect(String(failure)).not.toContain('s3cret')
        expect(receiver.requests).toHaveLength(attempts)
        expect(publisher.stats?.()).toMatchObject({ published: 0, failed: 2, retried: 2 * (attempts - 1) })
      },
    ),
  )

  test('waits as long as the receiver asks for', () =>
    withHttp(
      { answer: (index) => (index === 0 ? { status: 503, headers: { 'Retry-After': '1' } } : {}) },
      async ({ publisher }) => {
        const start = performance.now()
        await publisher.publishSamples?.([sample()])
        expect(performance.now() - start).toBeGreaterThan(990)
      },
    ))

  test('a long wait that the receiver asks for ends with close', () =>
    withHttp(
      {
        answer: () => ({ status: 429, headers: { 'Retry-After': new Date(Date.now() + 1e6).toUTCString() } }),
      },
      async ({ receiver, publisher }) => {
        const published = publisher.publishSamples?.([sample()])
        published?.catch(() => {})
        await until(() => publisher.stats?.().retried === 1)
        await publisher.close(10)
        await expect(published).rejects.toMatchObject({ outcome: 'failed', retryAfter: 60_000 })
        expect(receiver.requests).toHaveLength(1)
      },
    ))

  test('goes on with the item that was not taken, not with the first', () =>
    withHttp(
      { path: '/?batch=false', answer: (index) => (index === 1 ? { status: 503 } : {}) },
      async ({ receiver, publisher }) => {
        await publisher.publishSamples?.([
          sample({ name: 'a' }),
          sample({ name: 'b' }),
          sample({ name: 'c' }),
        ])
        expect(receiver.bodies.map(({ name }) => name)).toEqual(['a', 'b', 'b', 'c'])
      },
    ))

  test('tries again when the connection is cut, and says why', () =>
    withHttp(
      { path: '/?timeout=30', answer: (index) => (index === 0 ? { cut: true } : {}) },
      async ({ receiver, publisher, logger }) => {
        await publisher.publishSamples?.([sample()])
        expect(receiver.requests).toHaveLength(2)
        expect(logger.lines[0]).toContain('socket hang up')
      },
    ))

  test('fails when no answer comes in time', () =>
    withHttp(
      { path: '/?max_retries=0&timeout=0.1', answer: () => ({ hang: true }) },
      async ({ publisher }) => {
        await expect(publisher.publishSamples?.([sample()])).rejects.toMatchObject({
          outcome: 'failed',
          code: 'TIMED_OUT',
          message: expect.stringContaining('no answer within 100 ms'),
        })
      },
    ))

  test('takes data again when its receiver is back', async () => {
    const first = await HttpReceiver.start()
    const { port } = first
    await first[Symbol.asyncDispose]()
    const publisher = makePublisher(`http://127.0.0.1:${port}/?max_retries=50`)
    const published = publisher.publishSamples?.([sample()])
    await until(() => publisher.stats?.().retried === 1)
    await using second = await HttpReceiver.start(() => ({}), { port })
    await published
    expect(second.requests).toHaveLength(1)
    await publisher.close()
  })

  test('close waits for what is on its way, up to its deadline', () =>
    withHttp({ answer: () => ({ hang: true }) }, async ({ receiver, publisher }) => {
      const published = publisher.publishSamples?.([sample()])
      published?.catch(() => {})
      await until(() => receiver.requests.length === 1)
      await publisher.close(30)
      await expect(published).rejects.toMatchObject({ code: 'CLOSED' })
    }))
})

describe('https://', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-publishers-'))
  let authority: Authority
  let server: Identity
  let client: Identity
  beforeAll(async () => {
    authority = await Authority.make(folder, 'authority')
    server = await authority.issue('localhost')
    client = await authority.issue('client')
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  async function post(query: string, tls: object = {}): Promise<{ received: number; failure: unknown }> {
    const identity = { cert: readFileSync(server.cert), key: readFileSync(server.key), ...tls }
    await using receiver = await HttpReceiver.start(() => ({}), { tls: identity })
    const publisher = makePublisher(`https://localhost:${receiver.port}/?max_retries=0&${query}`)
    const failure = await publisher.publishSamples?.([sample()]).catch((error: unknown) => error)
    await publisher.close()
    return { received: receiver.requests.length, failure }
  }

  test('trusts the authorities of a file', async () => {
    expect(await post(`verify_ssl=${authority.ca}`)).toEqual({ received: 1, failure: undefined })
  })

  test('trusts anybody with verify_ssl=false', async () => {
    expect(await post('verify_ssl=false')).toEqual({ received: 1, failure: undefined })
  })

  test.each(['', 'verify_ssl=true'])('does not trust an unknown authority (%s)', async (query) => {
    const { received, failure } = await post(query)
    expect(received).toBe(0)
    expect(failure).toMatchObject({
      outcome: 'failed',
      code: 'UNREACHABLE',
      message: expect.stringMatching(/certificate/),
    })
  })

  test.each([
    ['its own files', () => `clientcert=${client.cert}&clientkey=${client.key}`],
    [
      'one file with both',
      () => {
        const both = join(folder, 'both.pem')
        writeFileSync(both, readFileSync(client.cert, 'utf8') + readFileSync(client.key, 'utf8'))
        return `clientcert=${both}`
      },
    ],
  ])('shows a certificate of its own, from %s', async (_, query) => {
    const asking = { ca: readFileSync(authority.ca), requestCert: true, rejectUnauthorized: true }
    expect(await post(`verify_ssl=${authority.ca}&${query()}`, asking)).toEqual({
      received: 1,
      failure: undefined,
    })
    expect((await post(`verify_ssl=${authority.ca}`, asking)).received).toBe(0)
  })

  test('refuses certificates that can not be used when it is made', () => {
    const broken = join(folder, 'broken.pem')
    writeFileSync(broken, 'no certificate')
    expect(() => makePublisher(`https://localhost/?clientcert=${broken}&clientkey=${client.key}`)).toThrow(
      /the certificates can't be used/,
    )
  })
})
