/** Validation of payloads by any library that speaks Standard Schema (zod, valibot, arktype, ...). */
import { ConfigurationError, describeError, MessagingException, ValidationFailure } from '../core/errors.js'
import { describeValue } from '../core/options.js'
import { isThenable } from '../core/thenable.js'

/** The part of Standard Schema (version 1) that is used here. source: standardschema.dev */
export interface PayloadSchema {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult | Promise<SchemaResult>
  }
}

type SchemaResult =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** Event type -> schema. */
export type Validators = ReadonlyMap<string, PayloadSchema>

/** Throws ConfigurationError that lists what is no schema. */
export function compileValidators(
  schemas: Readonly<Record<string, unknown>> | undefined,
): Validators | undefined {
  if (schemas === undefined) return undefined
  const problems = Object.entries(schemas)
    .filter(([, schema]) => !isSchema(schema))
    .map(
      ([eventType, schema]) =>
        `'validate' wants a Standard Schema for '${eventType}'; found ${describeValue(schema)}`,
    )
  if (problems.length > 0) throw new ConfigurationError('listener', problems)
  return new Map(Object.entries(schemas as Record<string, PayloadSchema>))
}

function isSchema(schema: unknown): boolean {
  if ((typeof schema !== 'object' && typeof schema !== 'function') || schema === null) return false
  const standard = (schema as Partial<PayloadSchema>)['~standard']
  return typeof standard?.validate === 'function'
}

/** What the schema makes of a payload, at once or as a promise. Throws (or rejects with) ValidationFailure, or what the schema throws. */
export function validatePayload(schema: PayloadSchema, eventType: string, payload: unknown): unknown {
  const result = schema['~standard'].validate(payload)
  return isThenable(result)
    ? Promise.resolve(result).then((settled) => valueOf(settled, eventType))
    : valueOf(result, eventType)
}

/** A schema that threw has not judged the payload: a retry may. */
export function validatorFailure(eventType: string, thrown: unknown): MessagingException {
  return new MessagingException(
    'VALIDATOR_THREW',
    `the validator of '${eventType}' threw: ${describeError(thrown)}`,
    { cause: thrown },
  )
}

function valueOf(result: SchemaResult, eventType: string): unknown {
  if (result.issues === undefined) return result.value
  throw new ValidationFailure(eventType, result.issues.map(issueText))
}

function issueText({ message, path }: SchemaIssue): string {
  const keys = (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part))
  return keys.length === 0 ? message : `${keys.join('.')}: ${message}`
}
