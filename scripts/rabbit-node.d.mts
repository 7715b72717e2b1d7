/** What the tests use of rabbit-node.mjs, as types. */

export interface NodeOptions {
  /** Further lines of rabbitmq.conf. */
  readonly config?: string
  readonly plugins?: readonly string[]
}

export declare class RabbitNode {
  readonly port: number
  readonly name: string
  readonly folder: string
  /** `undefined` while it does not run. */
  readonly pid: number | undefined
  readonly url: string
  static start(options?: NodeOptions): Promise<RabbitNode>
  restart(): Promise<void>
  kill(): Promise<void>
  shutDown(): Promise<void>
  pause(): void
  resume(): void
  ctl(...args: readonly string[]): Promise<string>
  log(): string
  remove(): Promise<void>
}

export declare function startCluster(count: number, options?: NodeOptions): Promise<RabbitNode[]>
