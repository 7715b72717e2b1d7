/** Compiled, never run: any Standard Schema fits `validate`. */
import type { StandardSchemaV1 } from '@standard-schema/spec'

import type { PayloadSchema } from '../../src/index.js'

const fits = (schema: StandardSchemaV1): PayloadSchema => schema
void fits
