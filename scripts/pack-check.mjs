/** `npm run pack:check`: what publint and are-the-types-wrong say of the packed library. dist/ has to be built. */

import { pack } from './pack.mjs'
import { main, must, root } from './step.mjs'

await main(async () => {
  const tarball = pack(`${root}/coverage`)
  await must('npx', ['--no-install', 'publint', 'run', tarball, '--strict'])
  // Not node10, which knows no exports: Node itself has not resolved that way since version 12.
  await must('npx', ['--no-install', 'attw', tarball, '--profile', 'node16'])
  return 0
})
