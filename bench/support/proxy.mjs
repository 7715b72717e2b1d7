/** A TCP proxy before a broker: the network that the faults break. */

import { once } from 'node:events'
import { connect, createServer } from 'node:net'

export class Proxy {
  #target
  #server = createServer((near) => this.#accept(near))
  /** Sockets, each with its other half. */
  #halves = new Map()
  #isSwallowing = false

  /** @param {number} target port of the broker on 127.0.0.1 */
  constructor(target) {
    this.#target = target
  }

  /** Resolves when it accepts connections. */
  static async start(target) {
    const proxy = new Proxy(target)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port() {
    return this.#server.address().port
  }

  /** Ends all connections at once. New ones are accepted. */
  cut() {
    for (const socket of this.#halves.keys()) socket.destroy()
  }

  /**
   * A link that is down: nothing passes, not even that the other side has closed, until `release()`. What was sent meanwhile arrives
   * then, as TCP sends it again.
   */
  swallow() {
    this.#isSwallowing = true
    for (const socket of this.#halves.keys()) socket.pause()
  }

  release() {
    this.#isSwallowing = false
    for (const [socket, other] of this.#halves) {
      if (other.destroyed) this.#forget(socket)
      else socket.resume()
    }
  }

  /** Cuts, and accepts no more. Resolves when all is closed. */
  async close() {
    this.#isSwallowing = false
    this.#server.close()
    this.cut()
    if (this.#server.listening || this.#halves.size > 0) await once(this.#server, 'close')
  }

  #accept(near) {
    const far = connect({ port: this.#target, host: '127.0.0.1', noDelay: true })
    near.setNoDelay(true)
    this.#halves.set(near, far).set(far, near)
    for (const socket of [near, far]) {
      socket.on('data', (bytes) => this.#halves.get(socket)?.write(bytes))
      // The error of a cut is its point; `close` follows.
      socket.on('error', () => undefined)
      socket.on('close', () => {
        if (!this.#isSwallowing) this.#forget(socket)
      })
      if (this.#isSwallowing) socket.pause()
    }
  }

  #forget(socket) {
    const other = this.#halves.get(socket)
    this.#halves.delete(socket)
    this.#halves.delete(other)
    socket.destroy()
    other?.destroy()
  }
}
