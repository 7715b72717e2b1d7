/** Programs of test/faults/children in processes of their own, which a case may kill, and the file in which they record what they did. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { until } from '../../support/until.js'
import type { FaultCase } from './case.js'

export interface ConsumerOptions {
  readonly url: string
  readonly exchange: string
  readonly topics: readonly string[]
  readonly executor: 'async-loop' | 'keyed' | 'worker-pool'
  readonly concurrency: number
  /** Path of the file that gets the number of each notification when its endpoint ends. */
  readonly record: string
  /** Most milliseconds an endpoint takes. */
  readonly pause: number
}

export interface PublisherOptions {
  readonly url: string
  readonly exchange: string
  readonly topic: string
  /** Number of its first notification. */
  readonly first: number
  /** Promises that it awaits at once. */
  readonly window: number
  readonly record: string
}

export class Child {
  readonly #process: ChildProcess
  readonly #name: string
  readonly #ended: Promise<unknown>
  #output = ''
  #isReady = false
  /** Bytes, each time it told. */
  readonly memory: number[] = []

  private constructor(name: string, options: ConsumerOptions | PublisherOptions) {
    this.#name = name
    const script = fileURLToPath(new URL(`../children/${name}.mjs`, import.meta.url))
    this.#process = spawn(process.execPath, [script, JSON.stringify(options)])
    this.#ended = once(this.#process, 'close')
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text
    })
    createInterface({ input: this.#process.stdout as NonNullable<ChildProcess['stdout']> }).on(
      'line',
      (line) => {
        if (line === 'ready') this.#isReady = true
        else if (line.startsWith('rss ')) this.memory.push(Number(line.slice(4)))
        else this.#output += `${line}\n`
      },
    )
  }

  /** Resolves when it listens. It ends with the case. */
  static consumer(one: FaultCase, options: ConsumerOptions): Promise<Child> {
    return Child.#start(one, 'consumer', options)
  }

  /** Resolves when it publishes. It ends with the case. */
  static publisher(one: FaultCase, options: PublisherOptions): Promise<Child> {
    return Child.#start(one, 'publisher', options)
  }

  static async #start(
    one: FaultCase,
    name: string,
    options: ConsumerOptions | PublisherOptions,
  ): Promise<Child> {
    const child = new Child(name, options)
    one.atEnd(() => child.kill())
    await until(() => child.#isReady || child.#hasEnded, 30_000)
    if (child.#hasEnded) throw child.#complaint()
    return child
  }

  /** kill -9. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#ended
  }

  /** SIGTERM. Resolves with the milliseconds until it has ended by itself; rejects when it has not within 30 seconds, or had to complain. */
  async terminate(): Promise<number> {
    const start = Date.now()
    this.#process.kill('SIGTERM')
    await until(() => this.#hasEnded, 30_000)
    if (this.#process.exitCode !== 0) throw this.#complaint()
    return Date.now() - start
  }

  get #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null
  }

  #complaint(): Error {
    const { exitCode, signalCode } = this.#process
    return new Error(`the ${this.#name} ended with ${exitCode ?? signalCode}: ${this.#output}`)
  }
}

/** A file that children append lines to. */
export class Recording {
  readonly path: string
  readonly #onLine: (line: string) => void
  readonly #file: number
  readonly #bytes = Buffer.alloc(65_536)
  #rest = ''

  private constructor(path: string, onLine: (line: string) => void) {
    this.path = path
    this.#onLine = onLine
    this.#file = openSync(path, 'a+')
  }

  /** Each line is handed to `onLine` soon after it was written, all by the end of the case. */
  static open(one: FaultCase, onLine: (line: string) => void): Recording {
    const folder = mkdtempSync(join(tmpdir(), 'tocsin-faults-'))
    const recording = new Recording(join(folder, 'record'), onLine)
    const reading = setInterval(() => recording.read(), 20)
    one.atEnd(async () => {
      clearInterval(reading)
      recording.read()
      closeSync(recording.#file)
      rmSync(folder, { recursive: true })
    })
    return recording
  }

  /** Hands over what was written since. */
  read(): void {
    for (;;) {
      const length = readSync(this.#file, this.#bytes)
      if (length === 0) return
      const lines = (this.#rest + this.#bytes.toString('latin1', 0, length)).split('\n')
      this.#rest = lines.pop() ?? ''
      for (const line of lines) this.#onLine(line)
    }
  }
}
