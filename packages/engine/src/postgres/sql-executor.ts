import { sql, type Kysely, type RawBuilder } from 'kysely'

/** Where a query runs: a pool, a transaction or a caller's connection, and the schema that our tables are in. */
export interface SqlExecutor {
  readonly db: Kysely<unknown>
  readonly schema: string
}

/** Our tables and views. */
export type TableName =
  | 'migration_checksums'
  | 'saga_definitions'
  | 'sagas'
  | 'saga_keys'
  | 'saga_journal'
  | 'saga_tasks'
  | 'saga_queues'
  | 'saga_queue_slots'
  | 'archived_sagas'
  | 'archived_journal'
  | 'pauses'

/** A table with its schema in front: nothing depends on a search path, which a connection pooler may take away. */
export function table(executor: SqlExecutor, name: TableName): RawBuilder<unknown> {
  return sql.id(executor.schema, name)
}

/** A timestamp expression as milliseconds since 1970, which arrive as a number; microseconds are kept as its fraction. */
export function inMs(timestamp: string): RawBuilder<number> {
  return sql`(extract(epoch from ${sql.raw(timestamp)}) * 1000)::float8`
}

/** JSON goes to Postgres as text and is cast there: the driver would take an array for a Postgres array. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value)
}

/** The same for a column that is null where there is no value. */
export function nullableJsonText(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value)
}
