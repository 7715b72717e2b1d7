/**
 * How dist/ is built, as ESM and as CommonJS: each door is a file that takes what it shows from the few files in dist/shared/, so that a
 * program loads four files rather than a hundred, and has each class once whatever doors it uses. Of the declarations, with the docstrings,
 * there is one file for each source file.
 */

import { defineConfig } from 'tsdown'

/**
 * The files behind the doors; what only one door has stays in its file. From the bottom up: each takes along what it imports, unless one
 * before it has it.
 */
const SHARED = {
  core: /[\\/]src[\\/]core[\\/]/,
  executors: /[\\/]src[\\/]executors[\\/](?!worker-main)/,
  library: /[\\/]src[\\/](?!notify[\\/]shards[\\/]shard-main)(drivers|notify|transport|index)/,
  agent: /[\\/]src[\\/]agent[\\/](?!index)/,
}

const common = {
  entry: {
    index: 'src/index.ts',
    driver: 'src/driver.ts',
    'conformance/index': 'src/conformance/index.ts',
    'testing/index': 'src/testing/index.ts',
    'agent/index': 'src/agent/index.ts',
  },
  fixedExtension: false,
  platform: 'node',
  target: 'node20.19',
}

/** Written as ESM for both formats: of CommonJS, tsdown would leave the JavaScript as well. */
const declarations = (extensions) => ({
  ...common,
  format: 'esm',
  unbundle: true,
  deps: { onlyBundle: ['typed-emitter'] },
  outExtensions: () => extensions,
  dts: { emitDtsOnly: true, sourcemap: true },
  outputOptions: (options) => ({
    ...options,
    // The only thing of others that is built in: 30 lines of types, so that nobody installs typed-emitter's optional rxjs (12 MB). They
    // go beside the file that uses them, not into a node_modules folder within dist/.
    entryFileNames: ({ name }) =>
      `${name.replace(/^node_modules\/typed-emitter\/index/, 'core/typed-emitter')}${extensions.js}`,
  }),
})

export default defineConfig([
  {
    ...common,
    entry: {
      ...common.entry,
      'cli/main': 'src/cli/main.ts',
      // Beside shared/executors.js, which starts worker threads with './worker-main.js', and library.js with its './shard-main.js', in both formats.
      'shared/worker-main': 'src/executors/worker-main.ts',
      'shared/shard-main': 'src/notify/shards/shard-main.ts',
    },
    format: ['esm', 'cjs'],
    sourcemap: true,
    dts: false,
    outputOptions: (options, format) => ({
      ...options,
      // No hashes: a stack trace names the same file from version to version.
      chunkFileNames: `shared/[name].${format === 'cjs' ? 'cjs' : 'js'}`,
      comments: { jsdoc: false, annotation: true, legal: true },
      // The package holds src/ itself.
      sourcemapExcludeSources: true,
      // What the files show each other keeps its name.
      minifyInternalExports: false,
      codeSplitting: { groups: Object.entries(SHARED).map(([name, test]) => ({ name, test })) },
    }),
  },
  declarations({ js: '.js', dts: '.d.ts' }),
  declarations({ js: '.cjs', dts: '.d.cts' }),
])
