/**
 * The built executors: worker threads run JavaScript, so what loads them is tested as it is published.
 */
import { existsSync } from 'node:fs'

const dist = new URL('../../dist/', import.meta.url)

async function load(file: string): Promise<unknown> {
  const url = new URL(file, dist)
  if (!existsSync(url)) throw new Error(`${url.pathname} is missing: run 'npm run build' before these tests`)
  return import(url.href)
}

type Registry = typeof import('../../src/executors/registry.js')
type Tocsin = typeof import('../../src/index.js')

const registry = (await load('shared/executors.js')) as Registry

export const makeExecutor: Registry['makeExecutor'] = registry.makeExecutor

/** The front door, as built. */
export const tocsin: Tocsin = (await load('index.js')) as Tocsin

export const workerEndpoint: Tocsin['workerEndpoint'] = tocsin.workerEndpoint

/** A module for worker threads, of the folder `worker`. */
export function workerModule(file: string): URL {
  return new URL(`./worker/${file}`, import.meta.url)
}
