import type { Subscription } from '../../../src/core/driver.js'
import { changed, deadLettering, incoming, listening, type Mutant, text } from './kit.js'

export const deadLetterMutants: readonly Mutant[] = [
  {
    defect: 'loses the reason of a dead letter',
    noticedBy: 'a rejected message is kept with its body, reason',
    wrap: deadLettering((letters) => ({
      list: async (options) => (await letters.list(options)).map((letter) => ({ ...letter, reason: '' })),
    })),
  },
  {
    defect: 'empties the dead letters when it lists them',
    noticedBy: 'listing removes nothing',
    wrap: deadLettering((letters) => ({
      list: async (options) => {
        const all = await letters.list(options)
        await letters.purge()
        return all
      },
    })),
  },
  {
    defect: 'lists the latest dead letters first',
    noticedBy: 'the list is of the oldest',
    wrap: deadLettering((letters) => ({
      list: async (options) => [...(await letters.list(options))].reverse(),
    })),
  },
  {
    defect: 'lists all dead letters whatever the limit',
    noticedBy: 'the list is of the oldest, up to a limit',
    wrap: deadLettering((letters) => ({ list: () => letters.list() })),
  },
  {
    defect: 'keeps dead letters nobody asked for',
    noticedBy: 'without deadLetter nothing is kept',
    wrap: listening(
      (listen) => (subscriptions, options, onIncoming) =>
        listen(subscriptions, { ...options, deadLetter: true }, onIncoming),
    ),
  },
  {
    defect: 'keeps no dead letters',
    noticedBy: 'a rejected message is kept',
    wrap: listening(
      (listen) => (subscriptions, options, onIncoming) =>
        listen(subscriptions, { ...options, deadLetter: false }, onIncoming),
    ),
  },
  {
    defect: 'replays all whatever the ids',
    noticedBy: 'replay and purge of some leave the others',
    wrap: deadLettering((letters) => ({ replay: () => letters.replay() })),
  },
  {
    defect: 'purges all whatever the ids',
    noticedBy: 'replay and purge of some leave the others',
    wrap: deadLettering((letters) => ({ purge: () => letters.purge() })),
  },
  {
    defect: 'leaves a replayed dead letter on the list',
    noticedBy: 'replay sends all of them back',
    wrap: deadLettering((letters) => ({ replay: async () => (await letters.list()).length })),
  },
  {
    defect: 'counts on after a replay',
    noticedBy: 'replay sends all of them back',
    wrap: () => {
      const seen = new Map<string, number>()
      return incoming((message, [subscription]) => {
        const key = `${subscription?.topic} ${text(message.body)}`
        const attempts = seen.get(key) ?? 0
        seen.set(key, attempts + 1)
        return { attempts }
      })()
    },
  },
  {
    defect: 'puts the dead letters of pools and others together',
    noticedBy: 'the dead letters of a pool are its own',
    wrap: () => {
      const pooled = new Map<string, Subscription>()
      return (driver) =>
        changed(driver, {
          listen: (subscriptions, options, onIncoming) => {
            for (const one of subscriptions) if (one.pool !== undefined) pooled.set(one.topic, one)
            return driver.listen(subscriptions, options, onIncoming)
          },
          deadLetters: (subscription) => driver.deadLetters(pooled.get(subscription.topic) ?? subscription),
        })
    },
  },
  {
    defect: 'says nothing about the attempts of a dead letter',
    noticedBy: 'a dead letter says how many attempts',
    wrap: deadLettering((letters) => ({
      list: async (options) => (await letters.list(options)).map((letter) => ({ ...letter, attempts: 0 })),
    })),
  },
  {
    defect: 'drops its dead letters at cleanup',
    noticedBy: 'dead letters outlive the driver',
    wrap: () => (driver) => {
      const used: Subscription[] = []
      return changed(driver, {
        listen: (subscriptions, options, onIncoming) => {
          used.push(...subscriptions)
          return driver.listen(subscriptions, options, onIncoming)
        },
        cleanup: async () => {
          for (const one of used.splice(0)) await driver.deadLetters(one).purge()
          return driver.cleanup()
        },
      })
    },
  },
]
