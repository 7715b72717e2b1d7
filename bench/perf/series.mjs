/** The runs of one scenario: round after round each contender once, so that what drifts meets all of them. */

import { setTimeout as sleep } from 'node:timers/promises'

import { say } from '../../scripts/step.mjs'
import { runJob } from './child.mjs'
import { Others } from './cpu.mjs'
import { median } from './statistics.mjs'

/** Processors that others may have in a run that counts. */
const NOISE = 0.1
/** Shorter ones say nothing of others: CPU is accounted in steps of 10 ms. */
const SHORTEST_JUDGED = 500
/** Before a run: others have less than `NOISE` for so long, or it begins all the same after a while. */
const QUIET = 500
const QUIET_TIMEOUT = 20_000

/**
 * @typedef {object} Settings
 * @property {number} rounds
 * @property {number} retries of a noisy run; the quietest counts
 * @property {number} [messages] instead of the scenario's
 * @property {boolean} isQuick
 * @property {string} [profile] folder
 *
 * @typedef {import('./meter.mjs').Figures & { round: number, contender: string, foreign: number, isNoisy: boolean }} Run `foreign`: processors
 * that others had while its process lived
 */

/**
 * @param {import('./scenario.mjs').Scenario} scenario
 * @param {{ broker: import('./broker.mjs').Broker, settings: Settings }} given
 * @returns {Promise<Run[]>}
 */
export async function series(scenario, { broker, settings }) {
  const runs = []
  const rounds = Math.min(settings.rounds, scenario.rounds ?? settings.rounds)
  for (let round = 1; round <= rounds; round += 1) {
    for (const contender of scenario.contenders) {
      const figures = await quietest(() => once(scenario, contender, { broker, settings }), settings)
      runs.push({ round, contender: contender.name, ...figures })
      say(`  ${round} ${contender.label}: ${inShort(figures)}`)
    }
  }
  return runs
}

async function quietest(run, { retries, isQuick }) {
  let best
  for (let attempt = 0; attempt <= (isQuick ? 0 : retries); attempt += 1) {
    if (!isQuick) await quiet()
    const figures = await run()
    const isNoisy = figures.ms > SHORTEST_JUDGED && figures.foreign > NOISE
    if (best === undefined || figures.foreign < best.foreign) best = { ...figures, isNoisy }
    if (!isNoisy) break
    say(`  noisy: others had ${Math.round(figures.foreign * 100)} % of a processor`)
  }
  return best
}

/** The median of as many processes as the scenario asks for. */
async function once(scenario, contender, { broker, settings }) {
  const { repeats = 1 } = scenario
  const all = []
  for (let repeat = 0; repeat < (settings.isQuick ? 1 : repeats); repeat += 1)
    all.push(await oneProcess(scenario, contender, { broker, settings }))
  const middle = median(all.map(({ ms }) => ms))
  return all.find(({ ms }) => ms >= middle)
}

async function oneProcess(scenario, contender, { broker, settings }) {
  const { leaves, isFilled, isDurable = false, warmUp = 0 } = scenario
  const { share = 1, language } = contender
  const whole = settings.messages ?? (settings.isQuick ? scenario.quick : scenario.messages)
  const count = Math.ceil(whole * share)
  // Python compiles nothing while it runs.
  const cold = language === 'python' ? 0 : Math.floor(count * warmUp)
  const order = { ...contender.order, messages: count, warmUp: cold, broker: broker.pid }
  const how = { language, profile: settings.profile }
  const observed = async (job) => {
    const others = new Others([process.pid, broker.pid])
    const figures = await runJob(job, how)
    return { ...figures, foreign: others.share }
  }
  if (leaves === undefined) return observed(order)
  const names = await broker.declare(isDurable)
  const idle = await broker.declare(isDurable)
  try {
    if (isFilled) await broker.fill(names, { count, isDurable, values: scenario.payload })
    const place = { ...order.place, url: broker.url, names, isDurable }
    const figures = await observed({ ...order, place, idle })
    await checkQueue(contender, { broker, names, expected: leaves === 'nothing' ? 0 : count + 1 })
    return figures
  } finally {
    await broker.delete(names)
    await broker.delete(idle)
  }
}

/** What did not do its work has no figures. */
async function checkQueue(contender, { broker, names, expected }) {
  const left = await broker.left(names, expected)
  if (left !== expected)
    throw new Error(`${contender.name} left ${left} messages in the queue, not ${expected}`)
}

async function quiet() {
  for (const deadline = Date.now() + QUIET_TIMEOUT; Date.now() < deadline; ) {
    const others = new Others([process.pid])
    await sleep(QUIET)
    if (others.share < NOISE) return
  }
}

function inShort({ messages, ms, userUs, systemUs, brokerUs, isNoisy, p50Us, p99Us, restMiB, rssMiB }) {
  const each = (us) => `${(us / messages).toFixed(1)} us`
  const more = [
    p50Us && `p50 ${Math.round(p50Us)} us, p99 ${Math.round(p99Us)} us`,
    restMiB && `${Math.round(restMiB)} MiB at rest, ${Math.round(rssMiB)} at most`,
    isNoisy && 'NOISY',
  ]
  return [
    `${Math.round((messages / ms) * 1000).toLocaleString('en')}/s`,
    `CPU ${each(userUs + systemUs)}, broker ${each(brokerUs)}`,
    ...more.filter(Boolean),
  ].join(', ')
}
