import { inspect } from 'node:util'

import { describe, expect, test } from '@jest/globals'

import {
  makePublisher,
  publisherSchemes,
  registerPublisher,
  TestPublisher,
} from '../../../src/agent/index.js'
import { ConfigurationError } from '../../../src/index.js'
import { RecordingLogger } from './recording-logger.js'
import { sample } from './samples.js'

function problemsOf(url: string, environment: Record<string, string> = {}): readonly string[] {
  try {
    makePublisher(url, { environment })
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
  return []
}

describe('makePublisher', () => {
  test.each([
    ['test://', 'test://'],
    ['test', 'test://'],
    ['console://', 'console://'],
    ['http://user:secret@host:8080/a/b?batch=false', 'http://user:***@host:8080/a/b?batch=false'],
    ['https://[::1]:8080/x?token=abc&a=b', 'https://[::1]:8080/x?token=***&a=b'],
    ['udp://host', 'udp://host'],
    ['tcp://host:1', 'tcp://host:1'],
    [
      'file:///var/log/s.json?max_bytes=1&backup_count=2',
      'file:///var/log/s.json?max_bytes=1&backup_count=2',
    ],
    ['prometheus://host:9091/metrics/job/x', 'prometheus://host:9091/metrics/job/x'],
    ['prometheus-scrape://127.0.0.1:0/metrics', 'prometheus-scrape://127.0.0.1:0/metrics'],
    ['opentelemetryhttp://host:1/v1/metrics?ssl=true', 'opentelemetryhttp://host:1/v1/metrics?ssl=true'],
    ['otlp://host', 'otlp://host'],
    ['notifier://', 'notifier://'],
    [
      'notifier://?policy=drop&topic=a&topic=b&per_meter_topic=1',
      'notifier://?policy=drop&topic=a&topic=b&per_meter_topic=1',
    ],
    ['gnocchi://admin:pw@host:8041?auth=basic', 'gnocchi://admin:***@host:8041?auth=basic'],
  ])('makes one of %s, whose url shows no password', async (url, safe) => {
    const publisher = makePublisher(url)
    expect(publisher.url).toBe(safe)
    expect(publisher.stats?.()).toEqual({ published: 0, failed: 0, retried: 0, dropped: 0, queued: 0 })
    await publisher.flush()
    await publisher.close()
    await publisher.close()
  })

  test('asks for the scheme that was meant', () => {
    expect(problemsOf('notifer://')).toEqual([expect.stringContaining(`did you mean 'notifier'?`)])
    expect(problemsOf('kafka://')).toEqual([expect.stringContaining('Known: console, file, gnocchi')])
  })

  test.each([
    ['http://host:8080/?timeout=-1&max_retries=x&batch=perhaps', ['timeout', 'max_retries', 'batch']],
    ['http://', ['a host is wanted']],
    ['http://host:x/', [`its port is a number from 0 to 65535; found 'x'`]],
    ['http://host:70000/', [`found '70000'`]],
    ['http://host/?clientkey=/nowhere', ['clientcert', 'can be read']],
    ['https://host/?verify_ssl=/nowhere/ca.pem', ['verify_ssl']],
    ['file://host/?json=false&max_bytes=many', ['max_bytes', 'path of a file', 'on this machine', 'json']],
    ['udp://?max_retrys=1', ['a host is wanted', `did you mean 'max_retries'?`]],
    ['tcp://a:1,b:2', ['one host is wanted']],
    ['prometheus://host:9091/metrics', ['a path with a job is wanted']],
    ['prometheus-scrape:///metrics', ['an address to listen at']],
    ['notifier://?policy=dorp&max_retry=-5', ['one of default, drop, queue', 'max_retry']],
    ['notifier://?amqp_auto_delete=true', [`no option 'amqp_auto_delete'`]],
    ['notifier://u:pw@host:1/?driver=rabit', [`did you mean 'rabbit'?`]],
    ['notifier://u:pw@host:1/?rabbit_no_such=1', ['rabbit_no_such']],
    ['gnocchi://', ['OS_AUTH_URL', 'OS_USERNAME', 'OS_PASSWORD', 'OS_PROJECT_NAME']],
    ['gnocchi://?auth=basic', ['wants a host']],
    ['zaqar://host?ttl=5&auth=noauth', ['queue', 'ttl']],
    ['test://?max_kept=x', ['max_kept']],
    ['console://?json', ['json']],
    ['://', ['begins with a scheme']],
  ])('lists everything wrong with %s', (url, wanted) => {
    const problems = problemsOf(url)
    expect(problems).toHaveLength(wanted.length)
    for (const word of wanted) expect(problems).toContainEqual(expect.stringContaining(word))
  })

  test.each([
    'http://user:s3cret@host:x/',
    'http://user:s3cret@/?timeout=x',
    'http://user:s3%zzcret@host/',
    'htp://user:s3cret@host/',
    'notifier://user:s3cret@host:1,user:s3cret@host:2/?driver=rabit',
    'notifier://user:s3cret@host:1/?rabbit_no_such=1',
    'gnocchi://user:s3cret@host/?timeout=x',
    'http://host/?password=s3cret&timeout=x',
    'http://host:x/?password=s3cret',
    'user:s3cret@host',
    'http://user:s3cret@host/with@sign?timeout=x',
  ])('never says a password: %s', (url) => {
    const logger = new RecordingLogger()
    let said = ''
    try {
      const publisher = makePublisher(url, { logger })
      said = inspect(publisher, { depth: 10 }) + publisher.url
    } catch (error) {
      said = inspect(error, { depth: 10 }) + String(error)
    }
    expect(said + logger.lines.join('\n')).not.toMatch(/s3cret|s3%zzcret/)
  })

  test('asks about a query that looks like a slip of the pen', async () => {
    const logger = new RecordingLogger()
    const publisher = makePublisher('http://host/?verify_sl=false&key=1', { logger })
    expect(logger.lines).toEqual([expect.stringContaining(`did you mean 'verify_ssl'?`)])
    await publisher.close()
  })
})

describe('registerPublisher', () => {
  test('adds a scheme for makePublisher', async () => {
    registerPublisher('mine', (url) => new TestPublisher(url))
    const publisher = makePublisher('mine://?max_kept=1') as TestPublisher
    await publisher.publishSamples([sample({ name: 'a' }), sample({ name: 'b' })])
    expect(publisher.samples.map(({ name }) => name)).toEqual(['b'])
    expect(publisher.calls).toBe(1)
    expect(publisherSchemes()).toContain('mine')
  })

  test('refuses a scheme that is taken, or can be none', () => {
    const factory = (): never => {
      throw new Error('unused')
    }
    expect(() => registerPublisher('http', factory)).toThrow(/has a publisher already/)
    expect(() => registerPublisher('My Own', factory)).toThrow(/lower-case letters/)
    expect(() => registerPublisher('other', undefined as never)).toThrow(/is a function/)
  })
})
