import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Failure } from '../core/failure.ts'
import type { JsonValue } from '../core/json.ts'
import { checkPayload } from '../core/payload.ts'
import { checkSchema } from '../definition/check-schema.ts'
import { failure, thrownFailure } from './to-failure.ts'

/** A result that can be stored, or why it cannot. */
export type AcceptedOutput =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly failure: Failure }

/**
 * Checks what a handler returned: against the step's schema where there is one, and for being storable. Never throws. Only
 * a schema takes time; without one the answer is there at once.
 */
export function acceptOutput(
  step: string,
  value: unknown,
  schema: StandardSchemaV1 | undefined,
): AcceptedOutput | Promise<AcceptedOutput> {
  return schema === undefined ? storable(step, value) : fitting(step, value, schema)
}

async function fitting(
  step: string,
  value: unknown,
  schema: StandardSchemaV1,
): Promise<AcceptedOutput> {
  try {
    const checked = await checkSchema(schema, value)
    if (checked.valid) return storable(step, checked.value)
    return invalid(`${subject(step)} does not satisfy its schema: ${checked.problem}`)
  } catch (error) {
    return unchecked(step, error)
  }
}

function storable(step: string, value: unknown): AcceptedOutput {
  try {
    return { ok: true, value: checkPayload(value, subject(step)).value }
  } catch (error) {
    return unchecked(step, error)
  }
}

/** It may come from the schema or from a getter of the value: whatever was thrown has to be readable first. */
function unchecked(step: string, error: unknown): AcceptedOutput {
  const { code, message } = thrownFailure(error, null)
  if (code === 'PAYLOAD_INVALID') return invalid(message)
  return invalid(`${subject(step)} cannot be checked: ${message}`)
}

function subject(step: string): string {
  return `The output of "${step}"`
}

function invalid(message: string): AcceptedOutput {
  return { ok: false, failure: failure('invalid', 'payload_invalid', message) }
}
