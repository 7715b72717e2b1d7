/** Which plug-ins want an event type, looked up once per type. */
import type { AgentNotification } from '../notification.js'
import type { Sample } from '../sample.js'
import { completeDraft, isRefusal } from './draft.js'
import type { NotificationPlugin, PluginReport } from './plugin.js'

/** Event types come from outside: more than this many are looked up each time. */
const REMEMBERED = 10_000

interface Entry {
  readonly plugin: NotificationPlugin
  readonly wants: (eventType: string) => boolean
}

/** Plug-ins in order, as one converter. */
export class PluginSet {
  readonly #entries: readonly Entry[]
  readonly #wanted = new Map<string, readonly NotificationPlugin[]>()
  readonly #source: string

  /** Throws SyntaxError when an event type of a plug-in is no regular expression; the configuration checks that before. */
  constructor(plugins: readonly NotificationPlugin[], source: string) {
    this.#entries = plugins.map((plugin) => ({ plugin, wants: wantsOf(plugin.eventTypes) }))
    this.#source = source
  }

  wanting(eventType: string): readonly NotificationPlugin[] {
    let found = this.#wanted.get(eventType)
    if (found === undefined) {
      found = this.#entries.filter(({ wants }) => wants(eventType)).map(({ plugin }) => plugin)
      if (this.#wanted.size < REMEMBERED) this.#wanted.set(eventType, found)
    }
    return found
  }

  /** Samples in order of plug-ins. Throws what a plug-in throws. */
  samples(notification: AgentNotification, report: PluginReport): Sample[] {
    const samples: Sample[] = []
    for (const plugin of this.wanting(notification.event_type)) {
      for (const draft of plugin.processNotification(notification, report)) {
        const made = completeDraft(draft, notification, this.#source)
        if (isRefusal(made)) report.drop(made.code, made.text)
        else samples.push(made)
      }
    }
    return samples
  }
}

/** At the start, with an open end: `(?:...)` so that alternatives of one entry stay its own. source: oslo_messaging/notify/filter.py */
function wantsOf(eventTypes: readonly string[]): (eventType: string) => boolean {
  if (eventTypes.length === 0) return () => true
  const pattern = new RegExp(`^(?:${eventTypes.join('|')})`, 'u')
  return (eventType) => pattern.test(eventType)
}
