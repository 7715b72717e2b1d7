import type { IncomingMessage } from '../../../src/core/message.js'
import { altered, changed, incoming, listening, type Mutant } from './kit.js'

export const creditMutants: readonly Mutant[] = [
  {
    defect: 'ignores credit',
    noticedBy: 'never more than credit unsettled',
    wrap: listening(
      (listen) => (subscriptions, options, onIncoming) =>
        listen(subscriptions, { ...options, credit: 65_535 }, onIncoming),
    ),
  },
  {
    defect: 'counts credit once for all queues of a listener',
    noticedBy: 'credit is counted per queue',
    wrap: listening((listen) => (subscriptions, options, onIncoming) => {
      let room = options.credit
      return listen(subscriptions, options, (message) => {
        if (room-- > 0) onIncoming(message)
      })
    }),
  },
  ...(['acknowledge', 'reject', 'requeue'] as const).map(
    (verb): Mutant => ({
      defect: `gives no credit back for ${verb}`,
      noticedBy: `credit: ${verb} gives one credit back`,
      wrap: incoming(() => ({ [verb]: () => true })),
    }),
  ),
  {
    defect: 'gives no credit back for a delayed requeue until it comes again',
    noticedBy: 'credit: requeue with a delay gives one credit back',
    wrap: incoming(() => ({ requeue: () => true })),
  },
  {
    defect: 'gives one credit more for each late settle',
    noticedBy: 'credit: acknowledge gives one credit back',
    wrap: listening((listen) => (subscriptions, options, onIncoming) => {
      const waiting: IncomingMessage[] = []
      let room = options.credit
      const pump = (): void => {
        while (room > 0 && waiting.length > 0) {
          room--
          onIncoming(waiting.shift() as IncomingMessage)
        }
      }
      const credited = (message: IncomingMessage) => (): boolean => {
        room++
        queueMicrotask(pump)
        return message.acknowledge()
      }
      return listen(subscriptions, { ...options, credit: 65_535 }, (message) => {
        waiting.push(altered(message, { acknowledge: credited(message) }))
        pump()
      })
    }),
  },
  {
    defect: 'lets one slow listener hold up its whole driver',
    noticedBy: 'does not starve another of the same driver',
    wrap: () => (driver) => {
      let inHand = 0
      return changed(driver, {
        listen: (subscriptions, options, onIncoming) =>
          driver.listen(subscriptions, options, (message) => {
            if (inHand > 0) return
            inHand++
            const settled = <T>(answer: T): T => {
              inHand--
              return answer
            }
            onIncoming(altered(message, { acknowledge: () => settled(message.acknowledge()) }))
          }),
      })
    },
  },
]
