/** Counts messages, and takes time, CPU and memory from the first to the last. */

import { cpuOf } from './cpu.mjs'

/**
 * @typedef {object} Figures
 * @property {number} messages
 * @property {number} ms
 * @property {number} userUs CPU of the process, all threads
 * @property {number} systemUs
 * @property {number} brokerUs CPU of the broker
 * @property {number} rssMiB the most the process ever had
 */

export class Meter {
  /** Resolves with the last message. */
  done
  #messages
  #warmUp
  #ticks
  #broker
  #count = 0
  #before
  #figures
  #onDone

  /**
   * @param {{ messages: number, warmUp?: number, ticks?: number, broker?: number }} order `warmUp`: the first of them, which do not count;
   * `ticks`: default one for each message; `broker`: its process id
   */
  constructor({ messages, warmUp = 0, ticks = messages, broker }) {
    this.#messages = messages - warmUp
    this.#warmUp = warmUp
    this.#ticks = ticks
    this.#broker = broker
    this.done = new Promise((resolve) => {
      this.#onDone = resolve
    })
  }

  /** For work that starts before its first message is there. */
  begin() {
    this.#before = this.#now()
  }

  /** One message is handled. The first that counts begins and the last ends, unless that was said before. */
  tick() {
    if (this.#count === this.#warmUp && this.#before === undefined) this.begin()
    this.#count += 1
    if (this.#count === this.#ticks) this.end()
  }

  end() {
    const { before, now } = { before: this.#before, now: this.#now() }
    const ms = now.time - before.time
    this.#figures = {
      messages: this.#messages,
      ms,
      userUs: now.user - before.user,
      systemUs: now.system - before.system,
      brokerUs: now.broker - before.broker,
      rssMiB: process.resourceUsage().maxRSS / 1024,
    }
    this.#onDone()
  }

  /** @returns {Figures} */
  get figures() {
    return this.#figures
  }

  #now() {
    const { user, system } = process.cpuUsage()
    return { time: performance.now(), user, system, broker: cpuOf(this.#broker) }
  }
}
