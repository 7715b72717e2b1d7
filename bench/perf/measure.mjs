/** Runs the chosen scenarios on one broker. */

import { say, succeeds } from '../../scripts/step.mjs'
import { machine, peers } from '../support/prepare.mjs'
import { Broker } from './broker.mjs'
import { scenarios } from './scenario.mjs'
import { series } from './series.mjs'

/** For parseArgs. */
export const options = {
  only: { type: 'string', default: '' },
  rounds: { type: 'string', default: '5' },
  messages: { type: 'string' },
  retries: { type: 'string', default: '2' },
  broker: { type: 'string' },
  quick: { type: 'boolean', default: false },
  profile: { type: 'string' },
}

/**
 * @param {Partial<Record<keyof typeof options, any>>} given
 * @returns {Promise<Record<string, import('./results.mjs').Measured>>} by the scenario's name
 */
export async function measure({ only, rounds, messages, retries, broker: url, quick, profile }) {
  const settings = {
    rounds: quick ? 1 : Number(rounds),
    retries: Number(retries),
    messages: messages === undefined ? undefined : Number(messages),
    isQuick: quick,
    profile,
  }
  const hasOslo = succeeds('/usr/bin/python3', ['-c', 'import oslo_messaging'], { timeout: 60_000 })
  if (!hasOslo)
    say(
      'no oslo.messaging in /usr/bin/python3: its part is left out (apt-get install python3-oslo.messaging)',
    )
  const where = machine()
  const broker = await Broker.start(url)
  const measured = {}
  try {
    for (const scenario of chosen(only)) {
      say(scenario.title)
      const contenders = scenario.contenders.filter(({ language }) => hasOslo || language !== 'python')
      const runs = await series({ ...scenario, contenders }, { broker, settings })
      measured[scenario.name] = {
        when: new Date().toISOString().slice(0, 16),
        machine: where,
        rabbitmq: broker.version,
        peers: peers(),
        runs,
      }
    }
  } finally {
    await broker.stop()
  }
  return measured
}

function chosen(only) {
  const words = only.split(',').filter(Boolean)
  if (words.length === 0) return scenarios
  const named = scenarios.filter(({ name }) => words.some((word) => name.includes(word)))
  if (named.length === 0)
    throw new Error(`--only names none of ${scenarios.map(({ name }) => name).join(', ')}`)
  return named
}
