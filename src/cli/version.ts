import { readFileSync } from 'node:fs'

/** Of the package that this file is in: sources and built file are as deep in it. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { readonly version: string }).version
}
