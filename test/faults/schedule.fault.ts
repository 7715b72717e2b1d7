/** Faults of every kind, one after another, in an order that the seed decides. */
import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll } from '@jest/globals'

import { RabbitNode } from '../../scripts/rabbit-node.mjs'
import type { TcpProxy } from '../support/tcp-proxy.js'
import { atScale, chance, seed } from './support/campaign.js'
import { faultCase } from './support/case.js'
import { type FrameKind, Frames, wrongAck } from './support/frames.js'
import type { Load } from './support/load.js'
import { operate, quick, withOptions } from './support/operator.js'

let node: RabbitNode

beforeAll(async () => {
  node = await RabbitNode.start()
}, 120_000)

afterAll(() => node.remove(), 60_000)

/** What a fault may lay hands on. */
interface Scene {
  readonly proxy: TcpProxy
  readonly frames: Frames
  readonly load: Load
  readonly random: () => number
}

type Fault = (scene: Scene) => Promise<void>

const pick = <T>(random: () => number, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T

/** Each returns when its fault is over. */
const faults: Readonly<Record<string, Fault>> = {
  kill: async () => {
    await node.kill()
    await node.restart()
  },
  'polite stop': async () => {
    await node.shutDown()
    await node.restart()
  },
  pause: async ({ random }) => {
    node.pause()
    await sleep(500 + random() * 6_000)
    node.resume()
  },
  cuts: async ({ proxy, random }) => {
    for (let left = 1 + Math.floor(random() * 5); left > 0; left -= 1) {
      proxy.cut()
      await sleep(random() * 500)
    }
  },
  'half-open': async ({ proxy, random }) => {
    proxy.hold()
    await sleep(500 + random() * 6_000)
    proxy.release()
  },
  refusal: async ({ proxy, random }) => {
    await proxy.refuse()
    await sleep(random() * 2_000)
    await proxy.listen()
  },
  trickle: async ({ proxy, random }) => {
    proxy.bytesPerSecond = 5_000 + random() * 50_000
    await sleep(1_000 + random() * 3_000)
    proxy.bytesPerSecond = undefined
  },
  'reset in a frame': async ({ frames, random }) => {
    frames.cutInside(
      pick<FrameKind>(random, ['method', 'header', 'body']),
      pick(random, ['client', 'broker']),
    )
    await sleep(500)
  },
  garbage: async ({ proxy, random }) => {
    proxy.inject(Buffer.from(Array.from({ length: 32 }, () => Math.floor(random() * 256))))
    await sleep(random() * 500)
  },
  'closed channel': ({ frames }) => frames.asClient(wrongAck(frames.bodyChannel)),
  'deleted exchange': ({ load }) =>
    operate(node.url, async (channel) => void (await channel.deleteExchange(load.exchange))),
  'memory alarm': async ({ random }) => {
    await node.ctl('set_vm_memory_high_watermark', '0.00001')
    await sleep(random() * 3_000)
    await node.ctl('set_vm_memory_high_watermark', 'absolute', '1GB')
  },
  'closed connections': async () =>
    void (await node.ctl('close_all_connections', '--global', 'closed by the test')),
}

faultCase(
  'a random schedule of faults',
  async (one) => {
    const random = chance()
    const proxy = await one.proxy(node.url)
    const frames = new Frames(proxy)
    const load = await one.load({
      publish: withOptions(proxy.url('', node.url), { ...quick, heartbeat_timeout_threshold: 2 }),
      notify: { timeout: 0 },
      bytes: 500,
      work: (number) => (number % 10 === 0 ? sleep(10) : undefined),
    })
    const happened: string[] = []
    const end = Date.now() + atScale(25_000, 1_200_000)
    try {
      while (Date.now() < end) {
        await load.handles(1 + Math.floor(random() * 200))
        const name = pick(random, Object.keys(faults))
        happened.push(name)
        await faults[name]?.({ proxy, frames, load, random })
        one.faultEnded()
        await one.recovered()
      }
    } finally {
      process.stdout.write(`faults: seed ${seed}: ${happened.join(', ')}\n`)
    }
  },
  { timeout: atScale(180_000, 1_500_000) },
)
