/**
 * `npm run demo` and `npm run demo:agent`: installs what is missing, builds, and runs the example that is the first argument, to which it
 * hands the others.
 */

import { build, installWhatIsMissing } from './prepare.mjs'
import { main, run } from './step.mjs'

await main(async () => {
  await installWhatIsMissing()
  build()
  return run(process.execPath, [
    '--enable-source-maps',
    '--import',
    './scripts/strip-types.mjs',
    ...process.argv.slice(2),
  ])
})
