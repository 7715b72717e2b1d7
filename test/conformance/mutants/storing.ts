import { MessageUndeliverable } from '../../../src/core/errors.js'
import { changed, type Mutant, sending } from './kit.js'

export const storingMutants: readonly Mutant[] = [
  {
    defect: 'forgets what is sent before anybody listens',
    noticedBy: 'a shared message is kept until somebody listens',
    wrap: () => {
      const heard = new Set<string>()
      return (driver) =>
        changed(driver, {
          send: async (route, body, options) => {
            if (heard.has(route.topic)) await driver.send(route, body, options)
          },
          listen: (subscriptions, options, onIncoming) => {
            for (const { topic } of subscriptions) heard.add(topic)
            return driver.listen(subscriptions, options, onIncoming)
          },
        })
    },
  },
  {
    defect: 'swallows the undeliverable',
    noticedBy: 'a mandatory message without a queue rejects',
    wrap: sending((send) => (route, body, options) => send(route, body, { ...options, mandatory: false })),
  },
  {
    defect: 'takes every mandatory message for undeliverable',
    noticedBy: 'a mandatory message that has a queue resolves',
    wrap: sending((send) => (route, body, options) => {
      if (options?.mandatory !== true) return send(route, body, options)
      return Promise.reject(new MessageUndeliverable(route.exchange, route.topic))
    }),
  },
  {
    defect: 'does not look at the signal',
    noticedBy: 'a send whose signal is aborted',
    wrap: sending((send) => (route, body, options) => send(route, body, { ...options, signal: undefined })),
  },
  {
    defect: 'sends what was aborted all the same',
    noticedBy: 'a send whose signal is aborted',
    wrap: sending((send) => async (route, body, options) => {
      await send(route, body, { ...options, signal: undefined })
      options?.signal?.throwIfAborted()
    }),
  },
  {
    defect: 'flushes without waiting for sends',
    noticedBy: 'flush resolves when the sends before it',
    wrap: sending((send) => async (route, body, options) => {
      await new Promise((resolve) => setTimeout(resolve, 10))
      return send(route, body, options)
    }),
  },
]
