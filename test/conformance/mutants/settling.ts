import { altered, idleListener, incoming, listenerOf, listening, type Mutant } from './kit.js'

export const settlingMutants: readonly Mutant[] = [
  {
    defect: 'does not acknowledge what is acknowledged',
    noticedBy: 'an acknowledged message does not come again',
    wrap: incoming(() => ({ acknowledge: () => true })),
  },
  {
    defect: 'requeues on reject',
    noticedBy: 'a rejected message does not come again',
    wrap: incoming((message) => ({ reject: () => message.requeue() })),
  },
  {
    defect: 'drops on requeue',
    noticedBy: 'a requeued message comes again',
    wrap: incoming((message) => ({ requeue: () => message.acknowledge() })),
  },
  {
    defect: 'does not mark redelivery',
    noticedBy: 'a requeued message comes again',
    wrap: incoming(() => ({ redelivered: false })),
  },
  {
    defect: 'does not count attempts',
    noticedBy: 'a requeued message comes again',
    wrap: incoming(() => ({ attempts: 0 })),
  },
  {
    defect: "requeues to every pool (as oslo.messaging's fake driver does)",
    noticedBy: 'requeue brings a message back to its own subscription only',
    wrap: incoming((message, [subscription], driver) => ({
      requeue: () => {
        if (subscription !== undefined) void driver.send(subscription, message.body)
        return message.acknowledge()
      },
    })),
  },
  {
    defect: 'brings a requeued message back to the listener that had it, stopped or not',
    noticedBy: 'a requeued message may go to another listener',
    wrap: listening(
      (listen) => (subscriptions, options, onIncoming) =>
        listen(subscriptions, options, (message) => {
          const again = (): boolean => {
            onIncoming(altered(message, { redelivered: true }))
            return true
          }
          onIncoming(altered(message, { requeue: again }))
        }),
    ),
  },
  {
    defect: 'accepts a second settle',
    noticedBy: 'only the first settle counts',
    wrap: incoming((message) => ({ reject: () => message.reject() || true })),
  },
  {
    defect: 'throws on a late settle',
    noticedBy: 'a settle after close returns false',
    wrap: incoming((message) => ({
      acknowledge: () => {
        if (!message.acknowledge()) throw new Error('channel closed')
        return true
      },
    })),
  },
  {
    defect: 'forgets what is in hand at stop',
    noticedBy: 'what is in hand when the listener stops',
    wrap: listening((listen) => async (...args) => {
      const listener = await listen(...args)
      return listenerOf(listener, { stop: () => listener.close() })
    }),
  },
  {
    defect: 'counts nothing',
    noticedBy: 'the listener counts',
    wrap: listening(
      (listen) =>
        async (...args) =>
          listenerOf(await listen(...args), { stats: () => idleListener.stats() }),
    ),
  },
]
