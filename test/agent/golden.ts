/** The golden data: notifications, and what Ceilometer makes of them. test/fixtures/agent/golden/README.md */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import type { AgentNotification } from '../../src/agent/notification.js'

export interface Outcome {
  readonly samples?: readonly Record<string, unknown>[]
  readonly event?: {
    readonly event_type: string
    readonly traits: readonly (readonly [string, number, unknown])[]
  } | null
  readonly published?: readonly number[]
  readonly endpoints?: Readonly<
    Record<
      string,
      {
        readonly samples?: readonly Record<string, unknown>[]
        readonly error?: string
        readonly log?: readonly string[]
      }
    >
  >
  readonly error?: Readonly<Record<string, string>>
}

export interface GoldenCase {
  readonly file: string
  readonly notification: AgentNotification
  readonly expected: Outcome
  readonly fixed?: Outcome
}

export function goldenPath(name: string): string {
  return fileURLToPath(new URL(`../fixtures/agent/golden/${name}`, import.meta.url))
}

/** The lines as they are, so that numbers keep their text. */
export const goldenLines: readonly string[] = readFileSync(goldenPath('public.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')

export const goldenCases: readonly GoldenCase[] = goldenLines.map((line) => JSON.parse(line) as GoldenCase)

export function golden(file: string): GoldenCase {
  const found = goldenCases.find((one) => one.file === `${file}.json`)
  if (found === undefined) throw new Error(`there is no golden case ${file}`)
  return found
}
