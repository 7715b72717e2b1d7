/** The performance bench counts right: figures, ratios and verdicts, and what it reads of the machine. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'

import { describe, expect, test } from '@jest/globals'

const load = (path: string) => import(new URL(`../../bench/perf/${path}`, import.meta.url).href)
const { between, figure, spreadOf } = await load('figures.mjs')
const { median, uncertainty } = await load('statistics.mjs')
const { goals, isMet, worsening } = await load('goals.mjs')
const { compare } = await load('comparison.mjs')
const { scenarios } = await load('scenario.mjs')
const { cpuOf, Others } = await load('cpu.mjs')
const { listenerOf } = await load('listening.mjs')
const { Meter } = await load('meter.mjs')
const { keepUnderWay, percentile } = await load('job.mjs')
const { build, isWanted, payload, read } = await load('notification.mjs')
const { bars } = await load('bars.mjs')

const run = (round: number, contender: string, ms: number, more = {}) => ({
  round,
  contender,
  messages: 1_000,
  ms,
  ...more,
})

describe('figures', () => {
  test('a ratio is of two runs of the same round, and rounds without one of both have none', () => {
    const runs = [run(1, 'a', 100), run(1, 'b', 200), run(2, 'a', 300), run(2, 'b', 300), run(3, 'a', 1)]
    expect(between(runs, ['a', 'b'], figure.rate)).toEqual({ median: 1.5, min: 1, max: 2 })
  })

  test('there is none of a contender that took no part', () => {
    expect(spreadOf([run(1, 'a', 100)], 'b', figure.rate)).toBeUndefined()
    expect(between([run(1, 'a', 100)], ['a', 'b'], figure.rate)).toBeUndefined()
  })

  test('the median of an even number is between the two in the middle', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(median([9, 1, 5])).toBe(5)
    expect(uncertainty({ median: 10, min: 8, max: 12 })).toBe(0.2)
  })

  test('a percentile is a value that was there', () => {
    const hundred = Array.from({ length: 100 }, (_none, index) => index + 1)
    expect([0.5, 0.99, 1].map((part) => percentile(hundred, part))).toEqual([50, 99, 100])
    expect(percentile([7], 0.5)).toBe(7)
  })
})

describe('goals', () => {
  test('name scenarios and contenders that there are', () => {
    for (const goal of goals) {
      const scenario = scenarios.find(({ name }: { name: string }) => name === goal.scenario)
      const runs = scenario.contenders.map(({ name }: { name: string }) =>
        run(1, name, 100, {
          userUs: 5,
          systemUs: 5,
          p50Us: 1,
          p99Us: 1,
          rssMiB: 1,
          restMiB: 1,
        }),
      )
      expect([goal.figure, goal.measure(runs)?.median]).toEqual([goal.figure, expect.any(Number)])
    }
  })

  test('are met by what is as good or better', () => {
    expect([1.34, 1.35, 2].map((value) => isMet({ atLeast: 1.35 }, value))).toEqual([false, true, true])
    expect([0.5, 0.65, 0.66].map((value) => isMet({ atMost: 0.65 }, value))).toEqual([true, true, false])
  })

  test('get worse downwards where they are floors, upwards where they are ceilings', () => {
    expect(worsening({ atLeast: 1 }, 2, 1)).toBe(0.5)
    expect(worsening({ atMost: 1 }, 2, 3)).toBe(0.5)
    expect(worsening({ atMost: 1 }, 2, 1)).toBe(-0.5)
  })
})

describe('the comparison with what is recorded', () => {
  const goal = {
    atLeast: 1,
    measure: (runs: readonly object[]) => between(runs, ['a', 'b'], figure.rate),
  }
  const round = (number: number, ratio: number, more = {}) => [
    run(number, 'a', 100, more),
    run(number, 'b', 100 * ratio, more),
  ]
  const steady = [round(1, 2), round(2, 2), round(3, 2)].flat()

  test('finds a figure that is worse by more than the noise', () => {
    expect(compare(goal, steady, round(1, 1.5)).verdict).toBe('WORSE')
    expect(compare(goal, steady, round(1, 1.8)).verdict).toBe('ok')
    expect(compare(goal, steady, round(1, 3)).verdict).toBe('ok')
  })

  test('takes the spread of the runs for noise where it is large', () => {
    const wild = [round(1, 1.4), round(2, 2), round(3, 3)].flat()
    expect(compare(goal, wild, round(1, 1.5)).verdict).toBe('ok')
  })

  test('leaves out the runs that others disturbed', () => {
    const disturbed = round(1, 1, { isNoisy: true })
    expect(compare(goal, steady, [...disturbed, ...round(2, 2)]).verdict).toBe('ok')
    expect(compare(goal, steady, disturbed).verdict).toBe('not measured, or too noisy to say')
  })
})

describe('the meter', () => {
  test('measures from the first message to the last', async () => {
    const meter = new Meter({ messages: 2 })
    meter.tick()
    const before = process.cpuUsage()
    while (process.cpuUsage(before).user < 30_000) JSON.stringify(process.versions)
    meter.tick()
    await meter.done
    expect(meter.figures).toMatchObject({ messages: 2, brokerUs: 0 })
    expect(meter.figures.userUs).toBeGreaterThanOrEqual(30_000)
    expect(meter.figures.ms).toBeGreaterThan(0)
  })

  test('leaves out what comes first to warm up', async () => {
    const meter = new Meter({ messages: 3, warmUp: 2 })
    meter.tick()
    await setTimeout(20)
    meter.tick()
    const before = performance.now()
    meter.tick()
    await meter.done
    expect(meter.figures.messages).toBe(1)
    expect(meter.figures.ms).toBeLessThanOrEqual(performance.now() - before)
  })

  test('reads the CPU of a process in microseconds', () => {
    const { user, system } = process.cpuUsage()
    const accounted = cpuOf(process.pid) / (user + system)
    expect(accounted).toBeGreaterThan(0.5)
    expect(accounted).toBeLessThan(1.5)
    expect(cpuOf(undefined)).toBe(0)
  })

  test('tells what others have of the processors from what its own have', async () => {
    const busy = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' })
    await once(busy, 'spawn')
    const [all, allButIt] = [new Others([process.pid]), new Others([process.pid, busy.pid])]
    await setTimeout(500)
    const [withIt, without] = [all.share, allButIt.share]
    busy.kill('SIGKILL')
    expect(withIt - without).toBeGreaterThan(0.1)
  })

  test('finds the process that listens on a port', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const found = listenerOf(port)
    server.close()
    await once(server, 'close')
    expect(found).toBe(process.pid)
    expect(listenerOf(port)).toBeUndefined()
  })
})

describe('the work', () => {
  test('is a notification of oslo.messaging of 1,000 to 1,100 bytes that both patterns want', () => {
    const body = build(payload)
    expect(body.length).toBeGreaterThan(1_000)
    expect(body.length).toBeLessThan(1_100)
    expect(read(body)).toMatchObject({ priority: 'INFO', payload })
    expect(isWanted(read(body))).toBe(true)
    expect(isWanted({ ...read(body), event_type: 'image.update' })).toBe(false)
  })

  test('keeps its window under way, and no more', async () => {
    let underWay = 0
    let most = 0
    let count = 0
    await keepUnderWay(5, 23, (done: () => void) => {
      underWay += 1
      count += 1
      most = Math.max(most, underWay)
      setImmediate(() => {
        underWay -= 1
        done()
      })
    })
    expect([count, most]).toEqual([23, 5])
  })

  test('fails where a message is refused', async () => {
    const refuse = (done: (error: Error) => void) => setImmediate(done, new Error('no'))
    await expect(keepUnderWay(1, 1, refuse)).rejects.toThrow('no')
  })

  test('of every scenario is done by contenders with names of their own, the base among them', () => {
    for (const { contenders, base } of scenarios) {
      const names = contenders.map(({ name }: { name: string }) => name)
      expect(new Set(names).size).toBe(names.length)
      expect(names).toContain(base)
    }
  })
})

test('bars are drawn to the scale of the longest, with what may be in a name escaped', () => {
  const picture = bars({
    title: 'a < b & "c"',
    panels: ['per second'],
    rows: [
      { label: 'one', isOurs: true, values: [{ median: 50, min: 40, max: 100 }] },
      { label: 'none', isOurs: false, values: [undefined] },
    ],
  })
  expect(picture).toContain('a &lt; b &amp; &quot;c&quot;')
  expect(picture).toContain('class="ours" x="262" y="84" width="135"')
  expect(picture.match(/class="(ours|theirs)"/g)).toHaveLength(1)
})
