import { sql } from 'kysely'
import type { StartRecord } from '../../ports/saga-store.ts'
import { table, type SqlExecutor } from '../sql-executor.ts'

/** What is in the way of a saga that was not made. */
export interface StartedRow {
  /** The id that was asked for. */
  readonly asked_id: string
  /** The saga that has the key, or the id; null when neither is taken any more. */
  readonly saga_id: string | null
  /** Null when it is the id that was taken. */
  readonly input_hash: string | null
}

/** Looks up the sagas that have the keys or the ids of these records, in a statement of its own: it sees what they lost to. */
export async function findStarted(
  executor: SqlExecutor,
  records: readonly StartRecord[],
): Promise<readonly StartedRow[]> {
  const result = await sql<StartedRow>`
    select
      u.saga_id as asked_id,
      coalesce(k.saga_id, (select s.id from ${table(executor, 'sagas')} s where s.id = u.saga_id))
        as saga_id,
      k.input_hash
    from unnest(
      ${records.map(({ sagaId }) => sagaId)}::uuid[],
      ${records.map(({ event }) => event.name)}::text[],
      ${records.map(({ event }) => event.key)}::text[]
    ) as u (saga_id, name, key)
    left join lateral (
      select k.saga_id, k.input_hash
      from ${table(executor, 'saga_keys')} k
      where k.definition_name = u.name and k.key = u.key
      offset 0
    ) k on true`.execute(executor.db)
  return result.rows
}
