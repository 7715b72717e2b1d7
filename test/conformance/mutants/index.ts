import { carryingMutants } from './carrying.js'
import { creditMutants } from './credit.js'
import { deadLetterMutants } from './dead-letters.js'
import type { Mutant } from './kit.js'
import { lifeMutants } from './life.js'
import { retryMutants } from './retries.js'
import { routingMutants } from './routing.js'
import { settlingMutants } from './settling.js'
import { storingMutants } from './storing.js'

export const mutants: readonly Mutant[] = [
  ...carryingMutants,
  ...routingMutants,
  ...storingMutants,
  ...creditMutants,
  ...settlingMutants,
  ...retryMutants,
  ...deadLetterMutants,
  ...lifeMutants,
]
