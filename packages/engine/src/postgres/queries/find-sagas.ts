import { sql, type RawBuilder } from 'kysely'
import type { SagaRow } from '../../ports/saga-queries.ts'
import { table, type SqlExecutor } from '../sql-executor.ts'
import { sagaColumns } from './saga-columns.ts'

/** The rows of these sagas, as far as they are in that source: the table sagas unless said otherwise. */
export async function findSagas(
  executor: SqlExecutor,
  sagaIds: readonly string[],
  archive?: RawBuilder<unknown>,
): Promise<readonly SagaRow[]> {
  const result = await sql<SagaRow>`
    select ${sagaColumns}
    from ${archive === undefined ? oneByOne(executor, sagaIds) : archive} s
    where s.id = any(${sagaIds}::uuid[])`.execute(executor.db)
  return result.rows
}

/** Each by its key: a plan for the whole list, made while the table was small, would go on to read all of another index. */
function oneByOne(executor: SqlExecutor, sagaIds: readonly string[]): RawBuilder<unknown> {
  return sql`unnest(${sagaIds}::uuid[]) as g (saga_id)
    cross join lateral (
      select * from ${table(executor, 'sagas')} s where s.id = g.saga_id offset 0
    )`
}
