/** `tocsin agent status`: what a running agent has counted, from its status endpoint. */
import { readArguments, single, UsageError } from './arguments.js'
import type { ExitCode, Terminal } from './terminal.js'

const DEFAULT_URL = 'http://127.0.0.1:9754'

/** 1 when the agent is not there or not healthy. */
export async function status(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const given = readArguments(words, { url: 'one', json: 'flag' })
  const url = statusUrl(single(given, 'url') ?? given.rest[0] ?? DEFAULT_URL)
  let report: Report
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) })
    if (!response.ok) throw new Error(`it answers ${response.status}`)
    report = (await response.json()) as Report
  } catch (error) {
    throw new Error(
      `no agent answers at ${url.href} (${describe(error)}); it serves a status from its start on, when its configuration has 'status: {}'`,
      { cause: error },
    )
  }
  await terminal.write(given.flags.has('json') ? `${JSON.stringify(report)}\n` : table(report))
  return report.isHealthy ? 0 : 1
}

/** Throws UsageError. */
function statusUrl(text: string): URL {
  if (!/^https?:/i.test(text) || !URL.canParse(text))
    throw new UsageError(
      `--url wants the address of an agent's status, such as ${DEFAULT_URL}; found '${text}'`,
    )
  return new URL('/status', text)
}

interface Report {
  readonly state: string
  readonly isHealthy: boolean
  readonly waitsFor: readonly string[]
  readonly listeners: readonly { readonly url: string; readonly state: string; readonly inHand: number }[]
  readonly counters: Readonly<Record<string, Readonly<Record<string, number>>>>
}

function table({ state, waitsFor, listeners, counters }: Report): string {
  const rows = [
    ['agent', waitsFor.length === 0 ? state : `${state}, waits for ${waitsFor.join(', ')}`],
    ...listeners.map(({ url, state: now, inHand }) => [`listener ${url}`, `${now}, ${inHand} in hand`]),
    ...Object.entries(counters).flatMap(([name, series]) =>
      // What was never counted is zero; what was never measured is left out.
      Object.keys(series).length === 0 && !name.endsWith('_seconds')
        ? [[name, '0']]
        : Object.entries(series).map(([labels, value]) => [
            labels === '' ? name : `${name} (${labels})`,
            String(Number.isInteger(value) ? value : Number(value.toFixed(3))),
          ]),
    ),
  ] as const
  const width = Math.max(...rows.map(([name = '']) => name.length))
  return rows.map(([name = '', value = '']) => `${name.padEnd(width)}  ${value}\n`).join('')
}

/** fetch says "fetch failed" and hides why. */
function describe(error: unknown): string {
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : error
  if (!(cause instanceof Error)) return String(cause)
  return cause.message === '' ? cause.name : cause.message
}
