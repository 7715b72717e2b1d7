/** Packs the built library into a folder, as `npm publish` would. */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { Advice, outputOf } from './step.mjs'

/** The path of the tarball. dist/ has to be built: the package's own `prepack` is left out. */
export function pack(folder) {
  mkdirSync(folder, { recursive: true })
  const told = outputOf('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder])
  if (told === undefined) throw new Advice('npm pack failed; its output is above')
  return join(folder, JSON.parse(told)[0].filename)
}
