import type { ChannelModel } from 'amqplib'

/** What amqplib's mux runs once per turn. */
const turn = '_readIncoming'

interface Muxer {
  [turn]?: (this: Muxer) => void
  out?: { cork(): void; uncork(): void }
}

/**
 * amqplib writes each frame to the socket by itself, a system call each. Its mux already runs once per turn, so corking around that run joins
 * the frames of a turn without delaying any. Where the internals have another shape nothing is done.
 */
export function corkWrites(model: ChannelModel): void {
  const muxer = (model as unknown as { connection?: { muxer?: Muxer } }).connection?.muxer
  const run = muxer?.[turn]
  const out = muxer?.out
  if (
    muxer === undefined ||
    typeof run !== 'function' ||
    typeof out?.cork !== 'function' ||
    typeof out.uncork !== 'function'
  )
    return
  muxer[turn] = function corked(): void {
    out.cork()
    try {
      run.call(muxer)
    } finally {
      out.uncork()
    }
  }
}
