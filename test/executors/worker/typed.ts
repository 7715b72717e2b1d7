import { threadId } from 'node:worker_threads'

interface Options {
  readonly rate: number
}

export default class Typed {
  readonly #options: Options

  constructor(options: Options) {
    this.#options = options
  }

  info(_ctxt: object, _publisherId: string, _eventType: string, payload: number): unknown {
    return [payload * this.#options.rate, threadId > 0]
  }
}
