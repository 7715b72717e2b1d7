/** The bounds of memory of one transformer, where its parameters do not say otherwise. */
export const LIMITS = {
  /** Resources (or resources and meters) remembered: parameter `cache_size`. The one unheard of for the longest time goes first. */
  resources: 100_000,
  /** Seconds that one is remembered after it was last heard of: parameter `cache_age`. */
  age: 86_400,
  /** Samples (or sums) kept for a flush. With so many, the next flush lets them go, whatever the parameters say. */
  held: 100_000,
} as const
