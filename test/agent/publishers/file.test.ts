import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'

import { makePublisher } from '../../../src/agent/index.js'
import { event, sample, samples } from './samples.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-file-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

// biome-ignore lint: a test knows what it wrote
function linesOf(name: string): any[] {
  const text = readFileSync(join(folder, name), 'utf8')
  expect(text.endsWith('\n')).toBe(true)
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line))
}

describe('file://', () => {
  test('appends a JSON line for each sample and event, and makes its folder', async () => {
    const publisher = makePublisher(`file://${folder}/a%20b/out.json?json`)
    const one = sample({ resource_metadata: { text: 'two\nlines é' } })
    await publisher.publishSamples?.([one])
    await publisher.publishEvents?.([event()])
    await publisher.close()
    expect(linesOf('a b/out.json')).toEqual([
      one,
      {
        message_id: 'dae6f69c-00e0-41c0-b371-41ec3b7f4451',
        event_type: 'compute.instance.create.end',
        generated: '2012-05-08 20:23:48.028195',
        traits: [
          { name: 'service', dtype: 1, value: 'compute.vagrant-precise' },
          { name: 'memory_mb', dtype: 2, value: 512 },
          { name: 'launched_at', dtype: 4, value: '2012-05-08 20:23:47.985999' },
          { name: 'ratio', dtype: 3, value: 0.5 },
        ],
        raw: {},
      },
    ])
    expect(publisher.stats?.()).toMatchObject({ published: 2, failed: 0 })
  })

  test('goes on behind what is there', async () => {
    for (const name of ['a', 'b']) {
      const publisher = makePublisher(`file://${folder}/out`)
      await publisher.publishSamples?.([sample({ name })])
      await publisher.close()
    }
    expect(linesOf('out').map(({ name }) => name)).toEqual(['a', 'b'])
  })

  test('keeps the order of calls that do not wait for one another', async () => {
    const publisher = makePublisher(`file://${folder}/out?fsync`)
    const names = Array.from({ length: 50 }, (_, index) => `m${index}`)
    await Promise.all(names.map(async (name) => publisher.publishSamples?.([sample({ name })])))
    await publisher.close()
    expect(linesOf('out').map(({ name }) => name)).toEqual(names)
  })

  test('rotates before it reaches max_bytes, keeps backup_count files and loses no line in between', async () => {
    const size = `${JSON.stringify(sample())}\n`.length
    const publisher = makePublisher(`file://${folder}/out?max_bytes=${size * 3 + 1}&backup_count=2`)
    const names = Array.from({ length: 9 }, (_, index) => `m${index}`)
    await publisher.publishSamples?.(names.slice(0, 4).map((name) => sample({ name })))
    for (const name of names.slice(4)) await publisher.publishSamples?.([sample({ name })])
    await publisher.close()
    expect(readdirSync(folder).sort()).toEqual(['out', 'out.1', 'out.2'])
    const kept = ['out.2', 'out.1', 'out'].flatMap((file) => linesOf(file).map(({ name }) => name))
    expect(kept).toEqual(names.slice(-kept.length))
    for (const file of readdirSync(folder))
      expect(readFileSync(join(folder, file)).length).toBeLessThan(size * 3 + 1)
  })

  test.each(['max_bytes=10', 'backup_count=3', 'max_bytes=0&backup_count=0'])(
    'does not rotate with %s alone',
    async (query) => {
      const publisher = makePublisher(`file://${folder}/out?${query}`)
      await publisher.publishSamples?.(samples(3))
      await publisher.close()
      expect(readdirSync(folder)).toEqual(['out'])
    },
  )

  test('writes a line that is longer than max_bytes all the same', async () => {
    const publisher = makePublisher(`file://${folder}/out?max_bytes=50&backup_count=5`)
    await publisher.publishSamples?.(samples(2))
    await publisher.close()
    expect(readdirSync(folder).sort()).toEqual(['out', 'out.1'])
  })

  test('follows a file that others move away', async () => {
    const publisher = makePublisher(`file://${folder}/out`)
    await publisher.publishSamples?.([sample({ name: 'a' })])
    renameSync(join(folder, 'out'), join(folder, 'moved'))
    await publisher.publishSamples?.([sample({ name: 'b' })])
    await publisher.close()
    expect(linesOf('moved').map(({ name }) => name)).toEqual(['a'])
    expect(linesOf('out').map(({ name }) => name)).toEqual(['b'])
  })

  test('two publishers of one file do not spoil one another, rotation included', async () => {
    const url = `file://${folder}/out?max_bytes=2000&backup_count=100`
    const [one, other] = [makePublisher(url), makePublisher(url)]
    for (let index = 0; index < 20; index++) {
      await one.publishSamples?.([sample({ name: `one${index}` })])
      await other.publishEvents?.([event({ message_id: `other${index}` })])
    }
    await one.close()
    await other.close()
    const all = readdirSync(folder).flatMap((file) => linesOf(file))
    expect(new Set(all.map(({ name, message_id: id }) => name ?? id)).size).toBe(40)
    expect(all).toHaveLength(40)
  })

  test('rejects when it can not write, and says why', async () => {
    writeFileSync(join(folder, 'out'), '')
    const publisher = makePublisher(`file://${folder}/out/below`)
    await expect(publisher.publishSamples?.([sample()])).rejects.toMatchObject({
      code: 'NOT_WRITTEN',
      outcome: 'failed',
      message: expect.stringMatching(/ENOTDIR|EEXIST/),
    })
    expect(publisher.stats?.()).toMatchObject({ failed: 1 })
    await publisher.close()
  })
})

describe('console://', () => {
  test('prints JSON lines through the writer of the context', async () => {
    let text = ''
    const publisher = makePublisher('console://', {
      write: async (more) => {
        text += more
      },
    })
    const one = sample({ volume: 2n ** 64n })
    await publisher.publishSamples?.([one, sample()])
    await publisher.publishEvents?.([event()])
    await publisher.flush()
    const lines = text.trimEnd().split('\n')
    expect(lines[0]).toContain('"volume":18446744073709551616')
    expect(lines.map((line) => Object.keys(JSON.parse(line)))).toEqual([['sample'], ['sample'], ['event']])
    await publisher.close()
  })

  test('rejects when the writer does', async () => {
    const publisher = makePublisher('console://', { write: () => Promise.reject(new Error('EPIPE')) })
    await expect(publisher.publishSamples?.([sample()])).rejects.toMatchObject({ code: 'NOT_WRITTEN' })
    await publisher.close()
  })
})
