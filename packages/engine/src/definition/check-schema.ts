import type { StandardSchemaV1 } from '@standard-schema/spec'

import { printPath, type PathSegment } from '../core/print-path.ts'

/** More of them are counted only: one reads the first few. */
const maximumIssues = 10

/** `value` is what the schema made of it. `problem` names each issue by its path, in one line. */
export type SchemaCheck =
  | { readonly valid: true; readonly value: unknown }
  | {
      readonly valid: false
      readonly problem: string
      readonly issues: readonly StandardSchemaV1.Issue[]
    }

/** Runs any Standard Schema, whether it answers now or later. Rejects only when the schema itself throws. */
export async function checkSchema(schema: StandardSchemaV1, value: unknown): Promise<SchemaCheck> {
  const result = await schema['~standard'].validate(value)
  if (result.issues === undefined) return { valid: true, value: result.value }
  const lines = result.issues.slice(0, maximumIssues).map(printIssue)
  const rest = result.issues.length - lines.length
  if (rest > 0) lines.push(`and ${rest} more`)
  return { valid: false, problem: lines.join('; '), issues: result.issues }
}

function printIssue({ path = [], message }: StandardSchemaV1.Issue): string {
  const where = printPath(path.map(segmentOf))
  return where === '' ? message : `${where}: ${message}`
}

function segmentOf(segment: PropertyKey | StandardSchemaV1.PathSegment): PathSegment {
  const key = typeof segment === 'object' ? segment.key : segment
  return typeof key === 'symbol' ? String(key) : key
}
