import { sql, type RawBuilder } from 'kysely'

/**
 * The ids of a batch, for `= any(…)`. Postgres does not see how many they are, and looks each one up by the index: told of
 * a thousand, it may read a whole table instead.
 */
export function archiveBatch(ids: readonly string[]): RawBuilder<readonly string[]> {
  return sql`array(select unnest(${ids}::uuid[]))`
}
