import type { IncomingMessage } from '../../../src/core/message.js'
import { changed, listenerOf, listening, type Mutant, type OnIncoming, sending } from './kit.js'

/** Acknowledges what is in hand when `cleanup` or a `close` comes. */
function loses(at: 'close' | 'cleanup'): Mutant['wrap'] {
  return () => (driver) => {
    const inHand: IncomingMessage[] = []
    const lose = (): void => {
      for (const message of inHand) message.acknowledge()
    }
    const keep =
      (onIncoming: OnIncoming): OnIncoming =>
      (message) => {
        inHand.push(message)
        onIncoming(message)
      }
    return changed(driver, {
      listen: async (subscriptions, options, onIncoming) => {
        const listener = await driver.listen(subscriptions, options, keep(onIncoming))
        if (at === 'cleanup') return listener
        return listenerOf(listener, {
          close: (deadline) => {
            lose()
            return listener.close(deadline)
          },
        })
      },
      cleanup: () => {
        if (at === 'cleanup') lose()
        return driver.cleanup()
      },
    })
  }
}

export const lifeMutants: readonly Mutant[] = [
  {
    defect: 'delivers after stop',
    noticedBy: 'nothing arrives after stop has resolved',
    wrap: listening(
      (listen) =>
        async (...args) =>
          listenerOf(await listen(...args), { stop: async () => {} }),
    ),
  },
  {
    defect: 'loses what is unsettled at close',
    noticedBy: 'close gives back what is unsettled',
    wrap: loses('close'),
  },
  {
    defect: 'loses what is unsettled at cleanup',
    noticedBy: 'cleanup gives back what is unsettled',
    wrap: loses('cleanup'),
  },
  {
    defect: 'fails at the second close',
    noticedBy: 'stop and close may be called twice',
    wrap: listening((listen) => async (...args) => {
      const listener = await listen(...args)
      return listenerOf(listener, { close: failsTheSecondTime(() => listener.close()) })
    }),
  },
  {
    defect: 'fails at the second cleanup',
    noticedBy: 'cleanup may be called twice and at once',
    wrap: () => (driver) => changed(driver, { cleanup: failsTheSecondTime(() => driver.cleanup()) }),
  },
  {
    defect: 'never cleans up what was not used',
    noticedBy: 'cleanup of a driver that was never used',
    wrap: () => (driver) => {
      let used = false
      return changed(driver, {
        listen: (...args) => {
          used = true
          return driver.listen(...args)
        },
        cleanup: () => (used ? driver.cleanup() : new Promise(() => {})),
      })
    },
  },
  {
    defect: 'leaves a pending listen hanging at cleanup',
    noticedBy: 'cleanup while a listen is pending',
    wrap: () => (driver) => {
      let closed = false
      return changed(driver, {
        listen: async (...args) => {
          const listener = await driver.listen(...args)
          return closed ? new Promise<never>(() => {}) : listener
        },
        cleanup: () => {
          closed = true
          return driver.cleanup()
        },
      })
    },
  },
  {
    defect: 'drops pending sends at cleanup and resolves them',
    noticedBy: 'sends that are pending at cleanup settle',
    wrap: sending((send) => async (route, body, options) => {
      await new Promise((resolve) => setImmediate(resolve))
      await send(route, body, options).catch(() => {})
    }),
  },
  {
    defect: 'swallows sends after cleanup',
    noticedBy: 'after cleanup send and listen reject',
    wrap: sending((send) => (route, body, options) => send(route, body, options).catch(() => {})),
  },
  {
    defect: 'is up for ever',
    noticedBy: 'after cleanup send and listen reject with NotOpen, and health',
    wrap: () => (driver) => changed(driver, { health: () => ({ state: 'up', pendingSends: 0 }) }),
  },
  {
    defect: 'loses messages of listeners that close at once',
    noticedBy: 'ten listeners opened and closed',
    wrap: losesWhatIsOnItsWay(),
  },
  {
    defect: 'delivers nothing more after onIncoming threw',
    noticedBy: 'an onIncoming that throws',
    wrap: () => (driver) => {
      let broken = false
      return changed(driver, {
        listen: (subscriptions, options, onIncoming) =>
          driver.listen(subscriptions, options, (message) => {
            if (broken) return
            broken = true
            onIncoming(message)
            broken = false
          }),
      })
    },
  },
  {
    defect: 'declares other features than it has',
    noticedBy: 'the features are data',
    wrap: () => (driver) => changed(driver, { features: () => ({ ...driver.features(), ordered: false }) }),
  },
]

/** Acknowledges at once and hands up a turn later: gone when its listener has closed meanwhile. */
function losesWhatIsOnItsWay(): Mutant['wrap'] {
  return listening((listen) => async (subscriptions, options, onIncoming) => {
    let open = true
    const listener = await listen(subscriptions, options, (message) => {
      message.acknowledge()
      setImmediate(() => {
        if (open) onIncoming(message)
      })
    })
    return listenerOf(listener, {
      close: (deadline) => {
        open = false
        return listener.close(deadline)
      },
    })
  })
}

function failsTheSecondTime(run: () => Promise<void>): () => Promise<void> {
  let calls = 0
  return () => (++calls === 1 ? run() : Promise.reject(new Error('closed already')))
}
