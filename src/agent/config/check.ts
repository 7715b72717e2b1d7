/** Everything that is wrong with a configuration, without running it. */
import { silentLogger } from '../../index.js'
import type { Problem } from '../problem.js'
import { Counters } from '../service/counters.js'
import { compilePlan } from '../service/plan.js'
import type { AgentConfig } from './agent-config.js'
import { readSources } from './sources.js'

/** Of a file and all files that it names, or of an object. Errors first come first; connects to nothing. Never rejects. */
export async function checkConfiguration(config: string | AgentConfig): Promise<readonly Problem[]> {
  const plan = await compilePlan(readSources(config), {
    logger: silentLogger,
    counters: new Counters(),
    plugins: [],
    transport: () => {
      throw new Error('a check connects to nothing')
    },
  })
  await plan.close().catch(() => {})
  return plan.problems
}
