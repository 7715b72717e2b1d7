/** What a listener asks of its driver. */
import type { Subscription } from '../core/driver.js'
import { UnsupportedFeature } from '../core/errors.js'
import type { Target } from '../core/target.js'
import type { Transport } from '../transport.js'
import type { BoundEndpoint } from './bound-endpoint.js'
import { PRIORITIES } from './endpoint.js'

/** Targets x the priorities that an endpoint has a method for; equal ones once. */
export function subscriptionsOf(
  transport: Transport,
  targets: readonly Target[],
  endpoints: readonly BoundEndpoint[],
  pool: string | undefined,
): Subscription[] {
  const wanted = PRIORITIES.filter((priority) => endpoints.some((endpoint) => endpoint.implements(priority)))
  const byKey = new Map<string, Subscription>()
  for (const target of targets) {
    for (const priority of wanted) {
      const exchange = target.exchange || transport.controlExchange
      const topic = `${target.topic}.${priority}`
      byKey.set(JSON.stringify([exchange, topic]), {
        exchange,
        topic,
        mode: 'shared',
        ...(pool === undefined ? {} : { pool }),
      })
    }
  }
  return [...byKey.values()]
}

/** Throws UnsupportedFeature for the first that is wanted and that the driver has not. */
export function refuseMissing(
  transport: Transport,
  features: ReturnType<Transport['driver']['features']>,
  wanted: { readonly requeue: boolean; readonly pools: boolean; readonly deadLetter: boolean },
): void {
  for (const feature of ['requeue', 'pools', 'deadLetter'] as const) {
    if (!wanted[feature] || features[feature]) continue
    const option = { requeue: 'allowRequeue or retry', pools: 'pool', deadLetter: 'deadLetter' }[feature]
    throw new UnsupportedFeature(
      feature,
      `the driver of '${transport.url.scheme}' has no ${feature}: leave out ${option}, or use a transport that has it, such as rabbit:// or memory://`,
    )
  }
}
