/**
 * Lets Node run the TypeScript of examples/ as it is: `node --import ./scripts/strip-types.mjs examples/demo.ts`, its worker threads
 * included. Types are dropped, not checked (`npm run typecheck` does that), and `tocsin` is the built library, as users get it.
 */

import { register } from 'node:module'

register('./strip-types-hooks.mjs', import.meta.url)
