import { connect, type Socket } from 'node:net'

import { describeError, PublishFailure } from './publish-failure.js'

export interface TcpLineOptions {
  readonly hostname: string
  readonly port: number
  /** Of texts. */
  readonly name: string
  /** Milliseconds to connect, and to hand bytes to the operating system. */
  readonly timeout: number
  /** Called when the line broke and left bytes of whose arrival nobody knows: send again soon, if only nothing. */
  readonly onBreak: () => void
}

/** Written not long ago, so perhaps not arrived when the line breaks. */
interface Recent {
  readonly bytes: Uint8Array
  readonly at: number
  /** How often it was written once more. */
  readonly repeats: number
}

/** Milliseconds, and bytes, after which what was written is taken for arrived. */
const recentTime = 2_000
const recentBytes = 4 * 1024 * 1024

/** After a reset, by which the other side says that it did not read all. One that resets after it read all would get them for ever. */
const mostRepeats = 5

/**
 * A TCP connection that is made when it is needed and made again when it broke. TCP tells a sender nothing of what arrived, so after a break
 * what was written last is written once more: receivers may get a message twice, never half of one.
 */
export class TcpLine {
  readonly #options: TcpLineOptions
  #socket: Socket | undefined
  #recent: Recent[] = []
  #recentBytes = 0
  /** Of the line that broke. */
  #unsure: Recent[] = []
  #isClosed = false

  constructor(options: TcpLineOptions) {
    this.#options = options
  }

  /** Resolves when the operating system took all bytes. Rejects with PublishFailure; then all may be written again. One call at a time. */
  async write(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const socket = this.#socket ?? (await this.#connect(signal))
    if (this.#unsure.length > 0) {
      await this.#hand(socket, Buffer.concat(this.#unsure.map((one) => one.bytes)), signal)
      for (const one of this.#unsure.splice(0)) this.#remember(one.bytes, one.repeats + 1)
    }
    if (bytes.length === 0) return
    await this.#hand(socket, bytes, signal)
    this.#remember(bytes, 0)
  }

  /** Resolves when the last bytes are out and the connection is closed. */
  async close(): Promise<void> {
    this.#isClosed = true
    const socket = this.#socket
    this.#socket = undefined
    if (socket === undefined) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => socket.destroy(), this.#options.timeout)
      socket.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
      // What the other side says does not matter, but it must be read for its end to be seen.
      socket.resume()
      socket.end()
    })
  }

  #connect(signal: AbortSignal): Promise<Socket> {
    const { hostname: host, port, timeout } = this.#options
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 15_000 })
      const settle = (error?: PublishFailure): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', abort)
        socket.off('error', fail)
        socket.on('error', () => {
          // `close` comes behind it, and a write that fails says why.
        })
        if (error === undefined) return resolve(this.#adopt(socket))
        socket.destroy()
        reject(error)
      }
      const fail = (error: Error): void => settle(this.#failure('UNREACHABLE', describeError(error), error))
      const abort = (): void => settle(this.#failure('CLOSED', 'given up'))
      const timer = setTimeout(
        () => settle(this.#failure('TIMED_OUT', `no connection within ${timeout} ms`)),
        timeout,
      )
      socket.on('error', fail)
      socket.once('connect', () => settle())
      signal.addEventListener('abort', abort)
      if (signal.aborted) abort()
    })
  }

  #adopt(socket: Socket): Socket {
    this.#socket = socket
    socket.resume()
    // Its end is an end for us, too: bytes behind it would meet a closed port.
    socket.once('end', () => this.#broke(socket, 'ended'))
    socket.once('close', (hadError) => this.#broke(socket, hadError ? 'reset' : 'ended'))
    return socket
  }

  #hand(socket: Socket, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const { timeout } = this.#options
    return new Promise((resolve, reject) => {
      const settle = (error?: PublishFailure): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', abort)
        socket.off('close', closed)
        if (error === undefined) return resolve()
        this.#broke(socket, 'reset')
        socket.destroy()
        reject(error)
      }
      const abort = (): void => settle(this.#failure('CLOSED', 'given up'))
      const closed = (): void => settle(this.#failure('UNREACHABLE', 'the other side ended the connection'))
      const timer = setTimeout(
        () => settle(this.#failure('TIMED_OUT', `bytes not taken within ${timeout} ms`)),
        timeout,
      )
      signal.addEventListener('abort', abort)
      socket.once('close', closed)
      socket.write(bytes, (error) =>
        settle(
          error === null || error === undefined
            ? undefined
            : this.#failure('UNREACHABLE', describeError(error), error),
        ),
      )
    })
  }

  #remember(bytes: Uint8Array, repeats: number): void {
    const at = performance.now()
    this.#recent.push({ bytes, at, repeats })
    this.#recentBytes += bytes.length
    this.#forget(at)
  }

  #forget(now: number): void {
    let gone = 0
    for (const { bytes, at } of this.#recent) {
      if (now - at < recentTime && this.#recentBytes <= recentBytes) break
      this.#recentBytes -= bytes.length
      gone += 1
    }
    this.#recent.splice(0, gone)
  }

  #broke(socket: Socket, how: 'ended' | 'reset'): void {
    if (this.#socket !== socket) return
    this.#socket = undefined
    if (this.#isClosed) return
    this.#forget(performance.now())
    // Once is enough for one that ends its connections in order, as some do after each batch.
    const most = how === 'reset' ? mostRepeats : 1
    this.#unsure.push(...this.#recent.filter(({ repeats }) => repeats < most))
    this.#recent = []
    this.#recentBytes = 0
    if (this.#unsure.length > 0) this.#options.onBreak()
  }

  #failure(code: string, text: string, cause?: unknown): PublishFailure {
    return new PublishFailure('failed', code, `${this.#options.name}: ${text}`, { cause })
  }
}
