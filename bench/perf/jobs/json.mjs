/** Nothing but the JSON of a notification, read or also written, in a loop: what every client has to pay. */

import { build, read, smallPayload } from '../notification.mjs'

/** @type {import('../job.mjs').Prepare} */
export async function prepare({ messages, work, bytes }, meter) {
  const values = bytes === undefined ? smallPayload : { padding: 'x'.repeat(bytes) }
  const bodies = Array.from({ length: 1_000 }, () => build(values))
  const once = {
    read: (index) => read(bodies[index % bodies.length]),
    'write and read': () => read(build(values)),
  }[work]
  let sum = 0
  const loop = (count) => {
    for (let index = 0; index < count; index += 1) sum += once(index).message_id.length
  }
  loop(messages / 10)
  return {
    async run() {
      meter.begin()
      loop(messages)
      meter.end()
      return { sum }
    },
    close: async () => undefined,
  }
}
