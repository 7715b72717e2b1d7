/**
 * The suites that hold every driver and every executor to their contracts (`tocsin/conformance`): ours, and yours. They need no test
 * framework.
 */
export type { UsedNames } from './check.js'
export { type ExecutorConformanceOptions, executorConformance } from './executor.js'
export { type ConformanceOptions, conformance, type RegisterTest } from './suite.js'
