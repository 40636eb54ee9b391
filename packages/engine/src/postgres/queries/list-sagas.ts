import { sql, type RawBuilder } from 'kysely'
import type { SagaFilter, SagaRow } from '../../ports/saga-queries.ts'
import { table, type SqlExecutor } from '../sql-executor.ts'
import { sagaColumns } from './saga-columns.ts'

/** Sagas of that source (the table sagas unless said otherwise) that pass a filter, newest first: ids are made in the order of time. */
export async function listSagas(
  executor: SqlExecutor,
  filter: SagaFilter,
  source: RawBuilder<unknown> = table(executor, 'sagas'),
): Promise<readonly SagaRow[]> {
  const result = await sql<SagaRow>`
    select ${sagaColumns}
    from ${source} s
    where ${sql.join(conditions(executor, filter), sql` and `)}
    order by s.id desc
    limit ${filter.limit}::int8`.execute(executor.db)
  return result.rows
}

function conditions(executor: SqlExecutor, filter: SagaFilter): readonly RawBuilder<boolean>[] {
  const { statuses, name, key, olderThanMs, before } = filter
  const found: RawBuilder<boolean>[] = [sql`true`]
  if (statuses !== undefined) found.push(sql`s.status = any(${statuses}::text[])`)
  // Said once more in the words of the partial index, which otherwise could not be used.
  if (statuses?.every((status) => liveStatuses.has(status)))
    found.push(sql`s.status in ('running', 'compensating', 'stuck')`)
  if (name !== undefined) found.push(sql`s.definition_name = ${name}::text`)
  if (key !== undefined) found.push(hasKey(executor, key, name))
  if (olderThanMs !== undefined)
    found.push(sql`s.started_at <= clock_timestamp() - ${olderThanMs}::float8 * interval '1 ms'`)
  if (before !== undefined) found.push(sql`s.id < ${before}::uuid`)
  return found
}

const liveStatuses: ReadonlySet<string> = new Set(['running', 'compensating', 'stuck'])

function hasKey(executor: SqlExecutor, key: string, name: string | undefined): RawBuilder<boolean> {
  const named = name === undefined ? sql`true` : sql`k.definition_name = ${name}::text`
  return sql`s.id in (
      select k.saga_id from ${table(executor, 'saga_keys')} k
      where k.key = ${key}::text and ${named}
    )`
}
