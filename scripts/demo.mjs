/** `npm run demo`: installs what is missing, builds, and runs examples/demo.ts, to which it hands its arguments. */

import { existsSync } from 'node:fs'

import { build, installWhatIsMissing } from './prepare.mjs'
import { Advice, main, root, run } from './step.mjs'

await main(async () => {
  if (!existsSync(`${root}/examples/demo.ts`)) throw new Advice('examples/demo.ts is not there yet')
  await installWhatIsMissing()
  await build()
  return run(process.execPath, [
    '--import',
    './scripts/strip-types.mjs',
    'examples/demo.ts',
    ...process.argv.slice(2),
  ])
})
