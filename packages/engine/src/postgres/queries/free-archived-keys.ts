import { sql, type RawBuilder } from 'kysely'
import { table, type SqlExecutor } from '../sql-executor.ts'

/** What was done in a stretch of a month. */
export interface FreedKeys {
  /** The last saga that was looked at; null when there was none. */
  readonly last: string | null
  readonly freed: number
}

/**
 * Deletes the keys of the next sagas of a month, in the order of their ids. The join is a look at the index for each saga:
 * left to itself, Postgres might read all keys instead.
 */
export async function freeArchivedKeys(
  executor: SqlExecutor,
  month: RawBuilder<unknown>,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<FreedKeys> {
  const keys = table(executor, 'saga_keys')
  const result = await sql<FreedKeys>`
    with
    w as materialized (
      select a.id, a.definition_name, a.key
      from ${month} a
      where a.id > ${after}::uuid
      order by a.id
      limit ${limit}::int8
    ),
    d as (
      delete from ${keys} k
      where k.ctid = any(array(
        select f.row
        from w
        cross join lateral (
          select k.ctid as row
          from ${keys} k
          where k.definition_name = w.definition_name and k.key = w.key and k.saga_id = w.id
          offset 0
        ) f
      ))
      returning 1
    )
    select
      (select w.id from w order by w.id desc limit 1) as last,
      (select count(*) from d)::float8 as freed`.execute(executor.db)
  return result.rows[0] ?? { last: null, freed: 0 }
}
