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

/** Checks what a handler returned: against the step's schema where there is one, and for being storable. Never throws. */
export async function acceptOutput(
  step: string,
  value: unknown,
  schema: StandardSchemaV1 | undefined,
): Promise<AcceptedOutput> {
  try {
    const name = `The output of "${step}"`
    const checked =
      schema === undefined ? ({ valid: true, value } as const) : await checkSchema(schema, value)
    if (!checked.valid) return invalid(`${name} does not satisfy its schema: ${checked.problem}`)
    return { ok: true, value: checkPayload(checked.value, name).value }
  } catch (error) {
    // It may come from the schema or from a getter of the value: whatever was thrown has to be readable first.
    const { code, message } = thrownFailure(error, null)
    if (code === 'PAYLOAD_INVALID') return invalid(message)
    return invalid(`The output of "${step}" cannot be checked: ${message}`)
  }
}

function invalid(message: string): AcceptedOutput {
  return { ok: false, failure: failure('invalid', 'payload_invalid', message) }
}
