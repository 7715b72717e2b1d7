import type { Logger } from '../../index.js'
import { type StatusOptions, StatusServer, type StatusSource } from './status-server.js'

/** Where the status is served: through reloads, as long as the configuration names the same place. */
export class StatusPlace {
  readonly #source: StatusSource
  readonly #logger: Logger
  #server: StatusServer | undefined
  #options: StatusOptions | undefined

  constructor(source: StatusSource, logger: Logger) {
    this.#source = source
    this.#logger = logger
  }

  /** Undefined while it is served nowhere. */
  get url(): string | undefined {
    return this.#server?.url
  }

  /** Rejects when it can't be served there; then it is served nowhere. */
  async moveTo(options: StatusOptions | undefined): Promise<void> {
    if (this.#options?.host === options?.host && this.#options?.port === options?.port) return
    await this.close()
    if (options === undefined) return
    this.#server = await StatusServer.start(this.#source, options)
    this.#options = options
    this.#logger.info(`status at ${this.#server.url}`)
  }

  /** Idempotent. */
  async close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    this.#options = undefined
    await server?.close()
  }
}
