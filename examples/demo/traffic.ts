/** The notifications of the demo: nova's samples, round after round, with one that is troublesome and one that can't be handled. */
import { readFileSync } from 'node:fs'

import type { Context, Priority } from 'tocsin'

export interface Sample {
  readonly priority: Priority
  readonly ctxt: Context
  readonly publisher_id: string
  readonly event_type: string
  readonly payload: object
}

const file = new URL('../data/nova-notifications.jsonl', import.meta.url)

/** Nova itself says info and error only; the demo gives some of its notifications the other priorities. */
const otherPriorities: Readonly<Record<string, Priority>> = {
  'instance.exists': 'audit',
  'volume.usage': 'audit',
  'metrics.update': 'sample',
  'scheduler.select_destinations.start': 'debug',
  'scheduler.select_destinations.end': 'debug',
  'instance.rebuild_scheduled': 'warn',
  'libvirt.connect.error': 'critical',
}

const samples: readonly Sample[] = readFileSync(file, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Sample)
  .map((sample) => ({ ...sample, priority: otherPriorities[sample.event_type] ?? sample.priority }))

/** So that the endpoints know them: the reboot of an instance that fails twice, and a resize that nobody can handle. */
export const FLAKY = 'req-flaky'
export const POISON = 'req-poison'

export function* traffic(rounds: number): Generator<Sample> {
  for (let round = 0; round < rounds; round++) {
    for (const sample of samples) yield round === 1 ? marked(sample) : sample
  }
}

export const perRound: number = samples.length

function marked(sample: Sample): Sample {
  const mark = { 'instance.reboot.error': FLAKY, 'instance.resize.error': POISON }[sample.event_type]
  return mark === undefined ? sample : { ...sample, ctxt: { ...sample.ctxt, request_id: mark } }
}
