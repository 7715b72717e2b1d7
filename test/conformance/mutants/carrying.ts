import type { IncomingMessage } from '../../../src/core/message.js'
import { altered, incoming, listening, type Mutant, sending, text } from './kit.js'

export const carryingMutants: readonly Mutant[] = [
  {
    defect: 'keeps the buffer of the sender',
    noticedBy: 'the sender may reuse its bytes',
    wrap: sending(
      (send) => (route, body, options) => Promise.resolve().then(() => send(route, body, options)),
    ),
  },
  {
    defect: 'sends the whole buffer of a view',
    noticedBy: 'without its surroundings',
    wrap: sending(
      (send) => (route, body, options) => send(route, new Uint8Array(body.buffer as ArrayBuffer), options),
    ),
  },
  {
    defect: 'takes bodies for text',
    noticedBy: 'bytes arrive as they were sent',
    wrap: sending((send) => (route, body, options) => send(route, Buffer.from(text(body)), options)),
  },
  {
    defect: 'hands one body to all receivers',
    noticedBy: 'receivers do not share a body',
    wrap: () => {
      const shared = new Map<string, Uint8Array>()
      const share = (message: IncomingMessage): Uint8Array => {
        const body = shared.get(text(message.body)) ?? message.body
        shared.set(text(message.body), body)
        return body
      }
      return incoming((message) => ({ body: share(message) }))()
    },
  },
  {
    defect: 'hands out the body that it keeps',
    noticedBy: 'what a receiver writes into a body is gone',
    wrap: listening((listen) => (subscriptions, options, onIncoming) => {
      const kept = new Map<string, Uint8Array>()
      return listen(subscriptions, options, (message) => {
        const key = text(message.body)
        kept.set(key, kept.get(key) ?? message.body)
        onIncoming(altered(message, { body: kept.get(key) as Uint8Array }))
      })
    }),
  },
  {
    defect: 'delivers the last first',
    noticedBy: 'in the order in which they were sent',
    wrap: listening((listen) => (subscriptions, options, onIncoming) => {
      let waiting: IncomingMessage[] = []
      return listen(subscriptions, options, (message) => {
        if (waiting.push(message) > 1) return
        setImmediate(() => {
          const all = waiting.reverse()
          waiting = []
          for (const one of all) onIncoming(one)
        })
      })
    }),
  },
  {
    defect: 'loses one message in 1,000',
    noticedBy: 'nothing is lost or doubled',
    wrap: everyThousandth(() => Promise.resolve()),
  },
  {
    defect: 'doubles one message in 1,000',
    noticedBy: 'nothing is lost or doubled',
    wrap: everyThousandth(async (send) => {
      await send()
      await send()
    }),
  },
]

function everyThousandth(instead: (send: () => Promise<void>) => Promise<void>): Mutant['wrap'] {
  return () => {
    let sent = 0
    return sending((send) => (route, body, options) => {
      const usual = (): Promise<void> => send(route, body, options)
      return ++sent % 1_000 === 0 ? instead(usual) : usual()
    })()
  }
}
