import { setTimeout as sleep } from 'node:timers/promises'

export interface EventuallyOptions {
  /** Named when it fails; read then. */
  readonly what: () => string
  /** Milliseconds. Default 15,000. */
  readonly timeout?: number
}

/** Resolves when the condition holds; rejects with what was waited for. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  { what, timeout = 15_000 }: EventuallyOptions,
): Promise<void> {
  const deadline = Date.now() + timeout
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeout} ms for ${what()}`)
    await sleep(5)
  }
}
