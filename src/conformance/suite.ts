import type { Driver, Features } from '../core/driver.js'
import { type Check, CheckContext, type CheckSettings, type UsedNames } from './check.js'
import { carrying } from './checks/carrying.js'
import { credit } from './checks/credit.js'
import { deadLetters } from './checks/dead-letters.js'
import { life } from './checks/life.js'
import { refusals } from './checks/refusals.js'
import { retries } from './checks/retries.js'
import { routing } from './checks/routing.js'
import { settling } from './checks/settling.js'
import { storing } from './checks/storing.js'
import { trouble } from './checks/trouble.js'

/** Registers one check with a test runner. `test` of node:test, jest and vitest fit as they are. */
export type RegisterTest = (name: string, run: () => Promise<void>) => unknown

export interface ConformanceOptions {
  /** Before the name of each check, e.g. `rabbit`. */
  readonly name: string
  /** Another client of the same broker at each call; a check calls it up to three times and cleans up what it got. */
  readonly open: () => Driver | Promise<Driver>
  /** What the driver must declare, and do. A feature that is false must be refused. */
  readonly features: Features
  /** Cuts the driver's connections under it, as a broken network does. Without it the checks of group `trouble` are left out. */
  readonly breakLink?: (driver: Driver) => void | Promise<void>
  /** The `maxBodySize` that `open` gives its drivers; without it that bound is not checked. Bytes. */
  readonly maxBodySize?: number
  /** Called after each check: removes from the broker what carries these names. Without it a durable broker keeps them. */
  readonly forget?: (used: UsedNames) => void | Promise<void>
  /** Default: `test` of node:test. Give the checks more time than `timeout`: with jest, `(name, run) => test(name, run, 60_000)`. */
  readonly test?: RegisterTest
  /** Milliseconds that a check waits for one condition. Default 15,000. */
  readonly timeout?: number
  /** Milliseconds in which what must not come would have come. Default 250. */
  readonly quiet?: number
}

/** All checks, by group. A further group (say, of what stands above a driver) is a further line. */
const groups: Readonly<Record<string, readonly Check[]>> = {
  carrying,
  routing,
  storing,
  credit,
  settling,
  retries,
  'dead letters': deadLetters,
  life,
  trouble,
  refusals,
}

/**
 * Registers the checks that every driver must pass. Framework-free: a check is an async function that rejects when the driver breaks its
 * contract. Each one uses names of its own, so all may run in parallel and on a broker in use.
 * source: the shape is that of watermill's pubsub/tests
 */
export function conformance(options: ConformanceOptions): void {
  const register = options.test ?? process.getBuiltinModule('node:test').test
  const settings: CheckSettings = {
    open: options.open,
    features: options.features,
    breakLink: options.breakLink,
    maxBodySize: options.maxBodySize,
    timeout: options.timeout ?? 15_000,
    quiet: options.quiet ?? 250,
  }
  for (const [group, checks] of Object.entries(groups)) {
    for (const check of checks) {
      if (!applies(check, settings)) continue
      register(`${options.name}: ${group}: ${check.name}`, () => runCheck(check, settings, options.forget))
    }
  }
}

function applies(check: Check, { features, breakLink }: CheckSettings): boolean {
  if (check.breaksLink === true && breakLink === undefined) return false
  if (check.refuses !== undefined && features[check.refuses]) return false
  return (check.needs ?? []).every((feature) => features[feature])
}

async function runCheck(
  check: Check,
  settings: CheckSettings,
  forget: ConformanceOptions['forget'],
): Promise<void> {
  const context = new CheckContext(settings)
  const failures: unknown[] = []
  // Each step runs whatever became of the one before, and the first failure is the one that is told.
  const steps = [() => check.run(context), () => context.end(), async () => forget?.(context.used)]
  for (const step of steps) {
    try {
      await step()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}
