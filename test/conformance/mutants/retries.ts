import type { IncomingMessage } from '../../../src/core/message.js'
import { altered, incoming, listening, type Mutant } from './kit.js'

export const retryMutants: readonly Mutant[] = [
  {
    defect: 'ignores the delay',
    noticedBy: 'requeue with a delay brings the message back later',
    wrap: incoming((message) => ({ requeue: (options) => message.requeue({ ...options, delay: 0 }) })),
  },
  {
    defect: 'holds up the queue while a message is delayed',
    noticedBy: 'requeue with a delay brings the message back later',
    wrap: listening((listen) => (subscriptions, options, onIncoming) => {
      const held: IncomingMessage[] = []
      let holding = false
      const hand = (message: IncomingMessage): void => {
        if (holding) held.push(message)
        else onIncoming(altered(message, { requeue: hold(message) }))
      }
      const hold: (message: IncomingMessage) => IncomingMessage['requeue'] = (message) => (delayed) => {
        holding = true
        setTimeout(() => {
          holding = false
          message.requeue()
          for (const one of held.splice(0)) hand(one)
        }, delayed?.delay)
        return true
      }
      return listen(subscriptions, options, hand)
    }),
  },
  {
    defect: 'counts one attempt at most',
    noticedBy: 'attempts are counted from one delayed retry to the next',
    wrap: incoming((message) => ({ attempts: Math.min(1, message.attempts) })),
  },
  {
    defect: 'knows only whether a message was delivered before',
    noticedBy: 'attempts are counted from one retry with a delay of 0',
    wrap: incoming((message) => ({ attempts: message.redelivered ? 1 : 0 })),
  },
  {
    defect: 'republishes a delayed retry to the exchange',
    noticedBy: 'a delayed retry comes back to its own subscription only',
    wrap: incoming((message, [subscription], driver) => ({
      requeue: () => {
        if (subscription !== undefined) setTimeout(() => void driver.send(subscription, message.body), 5)
        return message.acknowledge()
      },
    })),
  },
  {
    defect: 'loses the delayed messages of a listener that closes',
    noticedBy: 'a message on its way back is not lost',
    wrap: incoming((message) => ({ requeue: () => message.acknowledge() })),
  },
  {
    defect: 'forgets the finished endpoints',
    noticedBy: 'a retry carries the names of the finished endpoints',
    wrap: incoming((message) => ({ marks: { ...message.marks, finished: [] } })),
  },
  {
    defect: 'drops earlier marks at the next retry',
    noticedBy: 'a retry carries the names of the finished endpoints',
    wrap: incoming((message) => (message.attempts === 2 ? { marks: { finished: [] } } : {})),
  },
  {
    defect: 'carries errors of any length',
    noticedBy: 'cut to 4 KiB',
    wrap: incoming((message) => ({
      marks: { ...message.marks, lastError: message.marks.lastError?.padEnd(20_000, '.') ?? '' },
    })),
  },
  {
    defect: 'forgets when a message was first seen',
    noticedBy: 'when the message was first seen',
    wrap: incoming((message) =>
      message.attempts === 0 ? {} : { marks: { ...message.marks, firstSeen: Date.now() + 5_000 } },
    ),
  },
]
