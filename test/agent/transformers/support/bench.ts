import type { Sample } from '../../../../src/agent/sample.js'
import { Chain } from '../../../../src/agent/transformers/chain.js'
import { readChain } from '../../../../src/agent/transformers/read-chain.js'
import { silentLogger } from '../../../../src/index.js'

/** A transformer as a pipeline file has it. */
export interface StepText {
  readonly name: string
  readonly parameters?: Readonly<Record<string, unknown>>
}

/** A chain of transformers on a bench: what is put in, what comes out, and what was counted. */
export class Bench {
  readonly counts: Record<string, number> = {}
  readonly out: Sample[] = []
  /** Milliseconds since 1970. */
  now: number = Date.parse('2026-11-24T12:00:00Z')
  readonly chain: Chain

  constructor(...steps: readonly StepText[]) {
    const problems: string[] = []
    const made = readChain(steps, {}, (path, _code, text, severity) => {
      if (severity === 'error') problems.push(`${path.join('.')}: ${text}`)
    })
    if (made === undefined) throw new Error(problems.join('\n'))
    this.chain = new Chain(made, {
      logger: silentLogger,
      sink: 'bench',
      count: (reason) => {
        this.counts[reason] = (this.counts[reason] ?? 0) + 1
      },
      now: () => this.now,
    })
  }

  /** What comes out at once. */
  put(...samples: readonly Sample[]): readonly Sample[] {
    const passed = this.chain.pass(samples)
    this.out.push(...passed)
    return passed
  }

  /** What a flush releases. */
  flush(closing = false): readonly Sample[] {
    const released = this.chain.release({ now: this.now, closing }).flat()
    this.out.push(...released)
    return released
  }
}

/** What is wrong with the transformers of a sink: `path: text`, warnings included. */
export function problemsOf(transformers: unknown): readonly string[] {
  const problems: string[] = []
  readChain(transformers, {}, (path, code, text, severity) =>
    problems.push(`${severity} ${code} ${path.join('.')}: ${text}`),
  )
  return problems
}
