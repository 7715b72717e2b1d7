// An endpoint that writes the number of each notification to a file at its end, also in a worker thread: what the file has was handled.
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export default function recorder({ record, pause }) {
  const handle = async (_ctxt, _publisherId, _eventType, { number }) => {
    await sleep(Math.random() * pause)
    appendFileSync(record, `${number}\n`)
  }
  return { info: handle, error: handle, sample: handle }
}
