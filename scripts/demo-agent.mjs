/** `npm run demo:agent`: installs what is missing, builds, and runs examples/agent/demo.ts, to which it hands its arguments. */

import { build, installWhatIsMissing } from './prepare.mjs'
import { main, run } from './step.mjs'

await main(async () => {
  await installWhatIsMissing()
  build()
  return run(process.execPath, [
    '--enable-source-maps',
    '--import',
    './scripts/strip-types.mjs',
    'examples/agent/demo.ts',
    ...process.argv.slice(2),
  ])
})
