import type { DriverListener } from '../../../src/core/driver.js'
import type { IncomingMessage } from '../../../src/core/message.js'
import { changed, idleListener, listenerOf, listening, type Mutant, routed } from './kit.js'

export const routingMutants: readonly Mutant[] = [
  {
    defect: 'keeps one copy for all pools',
    noticedBy: 'each pool gets one copy',
    wrap: routed((route) => (route.pool === undefined ? route : { ...route, pool: 'all' })),
  },
  {
    defect: 'knows no pools',
    noticedBy: 'each pool gets one copy',
    wrap: routed(({ exchange, topic, mode }) => ({ exchange, topic, mode })),
  },
  {
    defect: 'gives each listener of a pool a copy of its own',
    noticedBy: 'each pool gets one copy',
    wrap: () => {
      let listeners = 0
      return routed((route) =>
        route.pool === undefined ? route : { ...route, pool: `${route.pool} ${++listeners}` },
      )()
    },
  },
  {
    defect: "starts a pool with the backlog (as oslo.messaging's fake driver does)",
    noticedBy: 'from the moment it first listens',
    wrap: () => {
      const backlog: { readonly topic: string; readonly body: Uint8Array }[] = []
      return (driver) =>
        changed(driver, {
          send: (route, body, options) => {
            backlog.push({ topic: route.topic, body: new Uint8Array(body) })
            return driver.send(route, body, options)
          },
          listen: async (subscriptions, options, onIncoming) => {
            for (const { topic, body } of backlog) {
              if (subscriptions.some((one) => one.pool !== undefined && one.topic === topic))
                onIncoming(fabricated(body))
            }
            return driver.listen(subscriptions, options, onIncoming)
          },
        })
    },
  },
  {
    defect: 'shares one queue among fanout listeners',
    noticedBy: 'a fanout reaches each listener',
    wrap: routed((route) => (route.mode === 'fanout' ? { ...route, mode: 'shared' } : route)),
  },
  {
    defect: 'keeps a fanout for later',
    noticedBy: 'a fanout to nobody resolves and is not kept',
    wrap: routed((route) => (route.mode === 'fanout' ? { ...route, mode: 'shared' } : route)),
  },
  {
    defect: 'closes all listeners of a fanout with the first that leaves',
    noticedBy: 'a fanout listener that leaves takes nothing from the others',
    wrap: () => {
      const all: DriverListener[] = []
      return listening((listen) => async (...args) => {
        const listener = await listen(...args)
        all.push(listener)
        const closeAll = (): Promise<void> => Promise.all(all.map((one) => one.close())).then(() => undefined)
        return listenerOf(listener, { close: closeAll })
      })()
    },
  },
  {
    defect: 'takes a topic for the beginning of a topic',
    noticedBy: 'topics do not leak',
    wrap: routed((route) => ({ ...route, topic: route.topic.replace(/\.more$/, '') })),
  },
  {
    defect: 'knows one exchange only',
    noticedBy: 'a pool hears its own exchange only',
    wrap: routed((route) => ({ ...route, exchange: 'the only one' })),
  },
  {
    defect: 'keeps direct queues of different exchanges apart',
    noticedBy: 'direct reaches the queue named by the topic',
    wrap: routed((route) =>
      route.mode === 'direct' ? { ...route, topic: `${route.exchange} ${route.topic}` } : route,
    ),
  },
  {
    defect: 'hears the first of several subscriptions only',
    noticedBy: 'one listener hears all of its subscriptions',
    wrap: listening(
      (listen) =>
        (subscriptions, ...rest) =>
          listen(subscriptions.slice(0, 1), ...rest),
    ),
  },
  {
    defect: 'consumes twice from a queue that is named twice',
    noticedBy: 'a subscription that is named twice',
    wrap: listening((listen) => (subscriptions, options, onIncoming) => {
      const twice = subscriptions.length > 1
      return listen(subscriptions, options, (message) => {
        onIncoming(message)
        if (twice) onIncoming(message)
      })
    }),
  },
  {
    defect: 'gives all messages to the first listener',
    noticedBy: 'listeners of one subscription share the load',
    wrap: () => {
      const heard = new Set<string>()
      return listening((listen) => async (subscriptions, options, onIncoming) => {
        const topic = subscriptions[0]?.topic ?? ''
        if (heard.has(topic)) return idleListener
        heard.add(topic)
        return listen(subscriptions, options, onIncoming)
      })()
    },
  },
]

function fabricated(body: Uint8Array): IncomingMessage {
  const accept = (): boolean => true
  return {
    body,
    redelivered: false,
    attempts: 0,
    marks: { finished: [] },
    acknowledge: accept,
    requeue: accept,
    reject: accept,
  }
}
