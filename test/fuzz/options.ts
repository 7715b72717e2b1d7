import type { Law } from './law.js'
export const optionLaws: readonly Law[] = []
