import type { DefinitionFile } from '../../../../src/agent/definitions/source.js'
import { Partitioning, type PartitionOptions } from '../../../../src/agent/partition/partitioning.js'
import { loadSamplePipelines } from '../../../../src/agent/pipeline/load.js'
import type { Pipelines } from '../../../../src/agent/pipeline/pipelines.js'
import type { Sample } from '../../../../src/agent/sample.js'
import { getTransport, silentLogger, type Transport } from '../../../../src/index.js'
import { sample } from '../../pipeline/support/data.js'
import { type Receiver, Receivers } from '../../pipeline/support/receiver.js'

export const FILE: DefinitionFile = {
  file: 'pipeline.yaml',
  text: `
sources:
  - {name: cpu, meters: [cpu], sinks: [rates]}
  - {name: all, meters: ["*"], sinks: [plain]}
sinks:
  - name: rates
    transformers: [{name: rate_of_change, parameters: {target: {name: rate}}}]
    publishers: ["rates://"]
  - {name: plain, publishers: ["plain://"]}
`,
}

const RESOURCES = Array.from({ length: 20 }, (_, index) => `resource-${index}`)

/** An agent with partitioned pipelines. */
export class Agent {
  readonly pipelines: Pipelines<Sample>
  readonly partitioning: Partitioning
  readonly transport: Transport
  readonly #receivers = new Receivers()

  constructor(url: string, options: PartitionOptions) {
    this.transport = getTransport(url, { logger: silentLogger })
    const { pipelines } = loadSamplePipelines(FILE, { makePublisher: this.#receivers.make })
    if (pipelines === undefined) throw new Error('the file is refused')
    this.pipelines = pipelines
    this.partitioning = new Partitioning(pipelines, this.transport, options)
  }

  get rates(): Receiver {
    return this.#receivers.get('rates://')
  }

  get plain(): Receiver {
    return this.#receivers.get('plain://')
  }

  async end(): Promise<void> {
    await this.partitioning.stop()
    await this.pipelines.close()
    await this.transport.cleanup()
  }
}

/** One sample for each of 20 resources, a minute later than the round before and 60 more. */
export function round(number: number): readonly Sample[] {
  const timestamp = new Date(Date.UTC(2026, 10, 24, 12, number)).toISOString()
  return RESOURCES.map((resource_id) =>
    sample({ resource_id, type: 'cumulative', volume: number * 60, timestamp }),
  )
}

/** What came out of the transformers. */
export function results(agents: readonly Agent[]): readonly Sample[] {
  return agents.flatMap(({ rates }) => rates.taken.flat())
}

/** How many partitions each has, in order of size. */
export function shares(agents: readonly Agent[]): readonly number[] {
  return agents.map(({ partitioning }) => partitioning.stats.owned.length).sort((one, other) => one - other)
}

/** The partitions that any of them has, in order. */
export function owned(agents: readonly Agent[]): readonly number[] {
  return agents.flatMap(({ partitioning }) => partitioning.stats.owned).sort((one, other) => one - other)
}
