/** Plug-ins by the URL of their module. */
import type { NotificationPlugin } from '../handlers/plugin.js'
import type { Problem } from '../problem.js'

/** Never rejects: a module that is none, or whose default export is no plug-in, is a problem. `name`: as the user wrote it. */
export async function loadPlugin(url: string, name: string): Promise<NotificationPlugin | Problem> {
  let found: unknown
  try {
    found = ((await import(url)) as { readonly default?: unknown }).default
  } catch (error) {
    return pluginProblem(name, [
      `it can't be loaded: ${error instanceof Error ? error.message : String(error)}`,
    ])
  }
  const faults = pluginFaults(found)
  return faults.length === 0 ? (found as NotificationPlugin) : pluginProblem(name, faults)
}

/** Empty when it is a plug-in. */
export function pluginFaults(found: unknown): readonly string[] {
  if (typeof found !== 'object' || found === null)
    return ['its default export must be a plug-in: an object with name, eventTypes and processNotification']
  const { name, eventTypes, processNotification, getTargets } = found as Partial<
    Record<keyof NotificationPlugin, unknown>
  >
  const faults: string[] = []
  if (typeof name !== 'string' || name === '') faults.push('its name must be a text that is not empty')
  if (typeof processNotification !== 'function') faults.push('its processNotification must be a function')
  if (getTargets !== undefined && typeof getTargets !== 'function')
    faults.push('its getTargets must be a function')
  if (!Array.isArray(eventTypes) || !eventTypes.every((type) => typeof type === 'string'))
    faults.push('its eventTypes must be a list of regular expressions, as texts')
  else
    for (const type of eventTypes as readonly string[])
      if (!isPattern(type)) faults.push(`its event type '${type}' is no regular expression`)
  return faults
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u') instanceof RegExp
  } catch {
    return false
  }
}

/** `file`: where the plug-in is, in the user's words. */
export function pluginProblem(file: string, faults: readonly string[]): Problem {
  return { file, severity: 'error', code: 'BAD_PLUGIN', text: faults.join('; ') }
}
