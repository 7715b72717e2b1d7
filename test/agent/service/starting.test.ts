/** An agent that is told to stop while something keeps its start waiting. */
import { expect, test } from '@jest/globals'

import { registerPublisher } from '../../../src/agent/publishers/registry.js'
import { NotificationAgent } from '../../../src/agent/service/agent.js'
import { silentLogger } from '../../../src/index.js'
import { until } from '../../support/until.js'

test('a publisher that does not open does not hold up the end', async () => {
  let closed = 0
  registerPublisher('opens-never', ({ safe }) => ({
    url: safe,
    open: () => new Promise(() => {}),
    publishSamples: async () => {},
    flush: async () => {},
    close: async () => {
      closed += 1
    },
  }))
  const agent = new NotificationAgent(
    {
      messaging: { urls: 'memory://opens-never' },
      pipeline: {
        sources: [{ name: 's', meters: ['*'], sinks: ['k'] }],
        sinks: [{ name: 'k', publishers: ['opens-never://there'] }],
      },
      watch: false,
    },
    { logger: silentLogger },
  )
  const started = agent.start()
  started.catch(() => {})
  await until(() => agent.status().waitsFor.length > 0 && agent.status().waitsFor[0] !== 'plug-ins')
  expect(agent.status()).toMatchObject({
    state: 'starting',
    isHealthy: false,
    waitsFor: ['publisher opens-never://there'],
  })
  const before = performance.now()
  await agent.stop()
  expect(performance.now() - before).toBeLessThan(1_000)
  await expect(started).rejects.toThrow('the agent was stopped')
  expect([agent.status().state, closed]).toEqual(['stopped', 1])
})
