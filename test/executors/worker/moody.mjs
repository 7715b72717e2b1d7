import { existsSync } from 'node:fs'
import { threadId } from 'node:worker_threads'

export default function moody({ marker }) {
  if (existsSync(marker)) throw new Error('not in the mood')
  return { info: (_ctxt, _publisherId, eventType) => (eventType === 'exit' ? process.exit(1) : threadId) }
}
