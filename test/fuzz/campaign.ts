/** Rounds of cases, one after the other, and what came of them together. */
import { type Case, caseOf } from './bodies.js'
import type { Violation } from './ledger.js'
import { type RoundResult, roundSize, runRound } from './round.js'

export interface Campaign {
  readonly seed: number
  /** Number of the first case. Default 0. */
  readonly first?: number
  readonly count: number
  /** Told before each delivery; what does not come back is a hang. */
  readonly onDelivery?: (index: number) => void
  readonly onRound?: (done: number) => void
}

export interface Summary {
  readonly cases: number
  readonly milliseconds: number
  readonly outcomes: Readonly<Record<string, number>>
  /** What was done to the bodies -> how many. */
  readonly mutations: Readonly<Record<string, number>>
  readonly slowest: RoundResult['slowest']
  /** Of the first round that broke a rule, which is the last one then. */
  readonly failure: Failure | undefined
}

export interface Failure {
  readonly setting: string
  readonly violations: readonly Violation[]
}

export async function runBodies(campaign: Campaign): Promise<Summary> {
  const { seed, first = 0, count, onRound } = campaign
  const began = performance.now()
  const outcomes: Record<string, number> = {}
  const mutations: Record<string, number> = {}
  let slowest: RoundResult['slowest'] = { index: -1, milliseconds: 0 }
  let failure: Failure | undefined
  let next = first
  while (next < first + count && failure === undefined) {
    const round = Math.floor(next / roundSize)
    const end = Math.min(first + count, (round + 1) * roundSize)
    const cases = casesOf(seed, next, end)
    for (const { how } of cases) mutations[how] = (mutations[how] ?? 0) + 1
    const result = await runRound(seed, round, cases, campaign.onDelivery)
    for (const [outcome, times] of Object.entries(result.outcomes))
      outcomes[outcome] = (outcomes[outcome] ?? 0) + times
    if (result.slowest.milliseconds > slowest.milliseconds) slowest = result.slowest
    if (result.violations.length > 0) failure = result
    next = end
    onRound?.(next - first)
  }
  return {
    cases: next - first,
    milliseconds: performance.now() - began,
    outcomes,
    mutations,
    slowest,
    failure,
  }
}

function casesOf(seed: number, from: number, to: number): Case[] {
  return Array.from({ length: to - from }, (_, offset) => caseOf(seed, from + offset))
}

/** What went wrong, and the command that shows it again. */
export function failureText(seed: number, { setting, violations }: Failure): string {
  const [first] = violations
  const lines = violations
    .slice(0, 5)
    .map(({ index, what }) => `  ${index === undefined ? '' : `case ${index}: `}${what}`)
  const index = violations.find((violation) => violation.index !== undefined)?.index
  return [
    `a rule was broken: ${first?.what.split('\n', 1)[0]}`,
    `listener: ${setting}`,
    ...lines,
    ...(index === undefined ? [] : bodyLines(caseOf(seed, index))),
    `again: npm run test:fuzz -- --seed ${seed} --urls 0 ${again(index)}`,
  ].join('\n')
}

function again(index: number | undefined): string {
  if (index === undefined) return '(all of its round: the rule is of no one case)'
  const first = index - (index % roundSize)
  return `--first ${index} --bodies 1   (or --first ${first} --bodies ${roundSize}: its whole round)`
}

function bodyLines({ body, compression, priority, how }: Case): string[] {
  return [
    `  ${how}, sent to ${priority}, ${body.length} bytes${compression === undefined ? '' : `, compression '${compression}'`}`,
    `  base64: ${body.subarray(0, 3_000).toString('base64')}${body.length > 3_000 ? '... (cut)' : ''}`,
  ]
}
