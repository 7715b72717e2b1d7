/** How dist/ is built: each source file becomes a module of its own, twice (ESM and CommonJS), with its declarations. */

import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: [
    'src/index.ts',
    'src/driver.ts',
    'src/conformance/index.ts',
    'src/testing/index.ts',
    'src/agent/index.ts',
    'src/cli/main.ts',
    'src/executors/worker-main.ts',
    'src/notify/shards/shard-main.ts',
  ],
  format: ['esm', 'cjs'],
  // `.js` and `.cjs`: worker threads are started from './worker-main.js' and './shard-main.js', in both formats.
  fixedExtension: false,
  platform: 'node',
  target: 'node20.19',
  unbundle: true,
  sourcemap: true,
  dts: { sourcemap: true },
  deps: { onlyBundle: ['typed-emitter'] },
  outputOptions(options) {
    const { entryFileNames } = options
    // The only thing of others that is built in: 30 lines of types, so that nobody installs typed-emitter's optional rxjs (12 MB). They
    // go beside the file that uses them, not into a node_modules folder within dist/.
    return {
      ...options,
      entryFileNames: (chunk) =>
        entryFileNames.replace(
          '[name]',
          chunk.name.replace(/^node_modules\/typed-emitter\/index/, 'core/typed-emitter'),
        ),
    }
  },
})
