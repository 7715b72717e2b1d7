import assert from 'node:assert/strict'

import type { Route, Subscription } from '../../core/driver.js'
import { UnsupportedFeature } from '../../core/errors.js'
import type { IncomingMessage, RequeueOptions } from '../../core/message.js'
import { bytes, type Check, type CheckContext } from '../check.js'

/** What a driver lacks it refuses; it does not do something else instead. */
export const refusals: readonly Check[] = [
  {
    name: 'without pools, to listen with one rejects with UnsupportedFeature',
    refuses: 'pools',
    run: (check) => listenIsRefused(check, { ...check.route(), pool: check.pool() }),
  },
  {
    name: 'without fanout, to send or listen to one rejects with UnsupportedFeature',
    refuses: 'fanout',
    run: (check) => modeIsRefused(check, 'fanout'),
  },
  {
    name: 'without direct, to send or listen to one rejects with UnsupportedFeature',
    refuses: 'direct',
    run: (check) => modeIsRefused(check, 'direct'),
  },
  {
    name: 'without dead letters, to listen with them, to list, replay or purge them rejects with UnsupportedFeature',
    refuses: 'deadLetter',
    async run(check) {
      const driver = await check.driver()
      const route = check.route()
      const listening = driver.listen([route], { credit: 1, deadLetter: true }, () => {})
      await check.rejects(listening, UnsupportedFeature, 'listen with deadLetter')
      const letters = (verb: 'list' | 'replay' | 'purge') => async () => driver.deadLetters(route)[verb]()
      await check.rejects(letters('list')(), UnsupportedFeature, 'list')
      await check.rejects(letters('replay')(), UnsupportedFeature, 'replay')
      await check.rejects(letters('purge')(), UnsupportedFeature, 'purge')
    },
  },
  {
    name: 'without requeue, the verb returns false and the message can still be settled',
    refuses: 'requeue',
    run: (check) => requeueIsRefused(check, {}),
  },
  {
    name: 'without delay, a delayed requeue returns false and the message can still be settled',
    refuses: 'delay',
    run: (check) => requeueIsRefused(check, { delay: 1 }),
  },
]

async function listenIsRefused(check: CheckContext, subscription: Subscription): Promise<void> {
  const driver = await check.driver()
  const listening = driver.listen([subscription], { credit: 1, deadLetter: false }, () => {})
  await check.rejects(listening, UnsupportedFeature, 'listen')
}

async function modeIsRefused(check: CheckContext, mode: Route['mode']): Promise<void> {
  const driver = await check.driver()
  const route = check.route(mode)
  await check.rejects(driver.send(route, bytes('refused')), UnsupportedFeature, 'send')
  await listenIsRefused(check, route)
}

async function requeueIsRefused(check: CheckContext, options: RequeueOptions): Promise<void> {
  const driver = await check.driver()
  const route = check.route()
  const answers: boolean[] = []
  const settle = (message: IncomingMessage): void => {
    answers.push(message.requeue(options), message.acknowledge())
  }
  const inbox = await check.inbox(driver, route, { settle })
  await driver.send(route, bytes('refused'))
  await inbox.exactly(1)
  assert.deepEqual(answers, [false, true], 'requeue, then acknowledge')
}
