/** Where an endpoint's module becomes an endpoint, in the worker thread that calls it. */
import { ConfigurationError } from '../core/errors.js'
import { describeValue } from '../core/options.js'
import type { WireEndpoint } from './worker-wire.js'

export type LoadedEndpoint = Readonly<Record<string, unknown>>

/**
 * Imports the module and makes its endpoint. Rejects with what the module threw, and with ConfigurationError where there is no such
 * export, or no endpoint with the methods that are wanted.
 */
export async function loadEndpoint(wanted: WireEndpoint): Promise<LoadedEndpoint> {
  const module = (await import(wanted.url)) as Readonly<Record<string, unknown>>
  const made = await make(exportOf(module, wanted), wanted.options)
  if (typeof made !== 'object' || made === null) {
    throw new ConfigurationError(wanted.url, [
      `the export '${wanted.export}' is an endpoint object, a class or a function that returns an endpoint; found ${describeValue(made)}`,
    ])
  }
  const endpoint = made as LoadedEndpoint
  const missing = wanted.methods.filter((method) => typeof endpoint[method] !== 'function')
  if (missing.length > 0 && (wanted.needsAll || missing.length === wanted.methods.length)) {
    throw new ConfigurationError(wanted.url, [
      `the endpoint '${wanted.name}' has ${wanted.needsAll ? 'the methods' : 'one of the methods'} ${wanted.methods.join(', ')}; ` +
        `missing: ${missing.join(', ')}`,
    ])
  }
  return endpoint
}

function exportOf(module: Readonly<Record<string, unknown>>, wanted: WireEndpoint): unknown {
  if (!(wanted.export in module)) {
    throw new ConfigurationError(wanted.url, [
      `there is no export '${wanted.export}'; found ${Object.keys(module).join(', ') || 'no export'}`,
    ])
  }
  const found = module[wanted.export]
  // A module that was compiled to CommonJS: its exports are our default.
  const compiled =
    wanted.export === 'default' && typeof found === 'object' && found !== null && '__esModule' in found
  return compiled && 'default' in found ? found.default : found
}

async function make(exported: unknown, options: unknown): Promise<unknown> {
  if (typeof exported !== 'function') return exported
  if (isClass(exported)) return new (exported as new (options: unknown) => unknown)(options)
  return (exported as (options: unknown) => unknown)(options)
}

/** Also one compiled for engines without classes. */
function isClass(made: Function): boolean {
  if (/^class\b/.test(Function.prototype.toString.call(made))) return true
  return Object.getOwnPropertyNames(made.prototype ?? {}).length > 1
}
