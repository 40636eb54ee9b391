import type { StandardSchemaV1 } from '@standard-schema/spec'

import type { JsonValue } from '../core/json.ts'
import { checkPayload } from '../core/payload.ts'

/**
 * What a schema takes (`input`) or gives (`output`) as JSON Schema (2020-12), where its library can write that down by the
 * Standard JSON Schema interface. Null where it cannot: a schema with a custom class is as good as any at run time.
 */
export function jsonSchemaOf(schema: StandardSchemaV1, side: 'input' | 'output'): JsonValue {
  const standard: object = schema['~standard']
  if (!('jsonSchema' in standard)) return null
  const converter = standard.jsonSchema
  if (!isConverter(converter)) return null
  try {
    return checkPayload(converter[side]({ target: 'draft-2020-12' }), 'The JSON Schema').value
  } catch {
    return null
  }
}

type Convert = (options: { readonly target: string }) => unknown

function isConverter(value: unknown): value is Readonly<Record<'input' | 'output', Convert>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'input' in value &&
    'output' in value &&
    typeof value.input === 'function' &&
    typeof value.output === 'function'
  )
}
