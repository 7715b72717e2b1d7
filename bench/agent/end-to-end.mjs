/** An agent from the queue to its files: what it does with a queue full of notifications, from the first to the last line that it writes. */

import { mkdirSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

import { say } from '../../scripts/step.mjs'
import { cpuOf, Others } from '../perf/cpu.mjs'
import { figure } from '../perf/figures.mjs'
import { AgentProcess } from './agent-process.mjs'
import { agents } from './agents.mjs'
import { isForTheQueue, readGolden } from './golden.mjs'
import { LineCounter } from './lines.mjs'
import { FullQueue } from './queue.mjs'
import { endToEnd, PASSES } from './scenarios.mjs'

/** Nothing new for so long: it has done what there was. Longer than a batch waits for more. */
const SETTLED = 2_500
const START_TIMEOUT = 120_000
const LIMIT = 180_000
const POLL = 20
/** Processors that others may have in a run that counts. */
const NOISE = 0.1

const notifications = readGolden()
  .filter(isForTheQueue)
  .map(({ notification }) => notification)

/** @param {import('./conversion.mjs').Settings} settings @param {import('../perf/broker.mjs').Broker} broker */
export async function endToEndRuns({ rounds, isQuick, hasCeilometer, profile, folder }, broker) {
  const contenders = endToEnd.contenders.filter(({ agent }) => agent === 'tocsin' || hasCeilometer)
  const runs = []
  for (let round = 1; round <= rounds; round += 1) {
    for (const { name, label, agent, batch, passes } of contenders) {
      const own = `${folder}/${name}-${round}`
      mkdirSync(own)
      const process = agents[agent]({ folder: own, url: broker.url, batch, profile })
      const counts = isQuick ? { warmUp: 1, passes: 2 } : { warmUp: PASSES, passes }
      const run = await oneRun(process, { folder: own, broker, ...counts })
      runs.push({ round, contender: name, ...run })
      say(`  ${round} ${label}: ${inShort(run)}`)
      rmSync(own, { recursive: true })
    }
  }
  return runs
}

async function oneRun(contender, { folder, broker, warmUp, passes }) {
  const queue = await FullQueue.declare(broker.url)
  const lines = new LineCounter(contender.sinks)
  await queue.fill(notifications, warmUp)
  const agent = new AgentProcess(contender, `${folder}/log`)
  try {
    const first = await settled(agent, { lines, queue })
    const each = first / warmUp
    const all = first + each * passes
    // It has its consumers, and its code is compiled. Now it stands still until the queue is full, and the clock starts with it.
    agent.pause()
    await queue.fill(notifications, passes)
    const others = new Others([process.pid, broker.pid, ...agent.pids])
    const before = now(agent, broker)
    agent.resume()
    await until(agent, LIMIT, () => lines.count() >= all)
    const after = now(agent, broker)
    const foreign = others.share
    const total = await settled(agent, { lines, queue })
    if (total !== all) throw new Error(`${total} lines written, not ${all}`)
    const messages = passes * notifications.length
    return figuresOf({ before, after, messages, foreign, lines: each, rssMiB: agent.peakMiB })
  } finally {
    await agent.stop()
    lines.close()
    await queue.delete()
  }
}

/** Resolves with the lines when nothing waits and nothing more is written. */
async function settled(agent, { lines, queue }) {
  let [count, since] = [0, Date.now()]
  await until(agent, START_TIMEOUT, async () => {
    const written = lines.count()
    if (written !== count || written === 0 || (await queue.waiting()) > 0)
      [count, since] = [written, Date.now()]
    return Date.now() - since > SETTLED
  })
  return count
}

async function until(agent, limit, isTrue) {
  for (const deadline = Date.now() + limit; !(await isTrue()); await sleep(POLL)) {
    if (!agent.isRunning || Date.now() > deadline)
      throw new Error(
        `the agent ${agent.isRunning ? 'does not come to an end' : 'has ended'}: ${agent.lastWords()}`,
      )
  }
}

function now(agent, broker) {
  return { time: performance.now(), agent: agent.cpuUs, broker: cpuOf(broker.pid) }
}

/** `lines`: samples and events of one pass, by which one sees whether all contenders make the same of it. */
function figuresOf({ before, after, messages, foreign, lines, rssMiB }) {
  const took = Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]]))
  return {
    messages,
    lines,
    ms: took.time,
    userUs: took.agent,
    systemUs: 0,
    brokerUs: took.broker,
    foreign,
    rssMiB,
    isNoisy: foreign > NOISE,
  }
}

function inShort(run) {
  const noise = run.isNoisy ? `, NOISY: others had ${Math.round(run.foreign * 100)} % of a processor` : ''
  return [
    `${Math.round(figure.rate(run)).toLocaleString('en')}/s`,
    `CPU ${figure.cpu(run).toFixed(1)} us, broker ${figure.broker(run).toFixed(1)} us`,
    `${run.lines} lines of a pass${noise}`,
  ].join(', ')
}
