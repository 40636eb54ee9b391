import { escapeIdentifier } from 'pg'

/** Where the barrier's tables are when no schema is named. */
export const defaultBarrierSchema = 'backstep_barrier'

/** The table of effects with its schema in front, as SQL: nothing depends on a search path. */
export function effectsTable(schema: string): string {
  return `${escapeIdentifier(schema)}.effects`
}
