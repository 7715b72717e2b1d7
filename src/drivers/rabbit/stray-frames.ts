import type { ChannelModel } from 'amqplib'

interface Frame {
  readonly channel: number
}

interface Connection {
  accept?: (this: Connection, frame: Frame) => void
  /** By number: undefined = never open, null = closed. */
  channels?: (object | null | undefined)[]
}

/**
 * When RabbitMQ closes a channel for an error, messages that it was sending may come behind that. amqplib takes a frame of a closed channel for
 * an error of the connection, and ends that with all its channels; here such a frame is dropped, and its message comes again. Where the
 * internals have another shape nothing is done.
 */
export function dropStrayFrames(model: ChannelModel): void {
  const { connection } = model as unknown as { connection?: Connection }
  const accept = connection?.accept
  if (connection === undefined || typeof accept !== 'function' || !Array.isArray(connection.channels)) return
  connection.accept = function acceptKnown(frame): void {
    if (this.channels?.[frame.channel] !== null) accept.call(this, frame)
  }
}
