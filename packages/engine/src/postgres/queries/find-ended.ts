import { sql } from 'kysely'
import type { SagaRow } from '../../ports/saga-queries.ts'
import { table, type SqlExecutor } from '../sql-executor.ts'
import { sagaColumns } from './saga-columns.ts'

/** What a look at sagas that somebody waits for came to. */
export interface EndedSagas {
  /** The rows of those that have ended. */
  readonly rows: readonly SagaRow[]
  /** Those that are not in the table. */
  readonly missing: readonly string[]
}

/** Looks for sagas that have ended, and for sagas that are not there; those that are alive are in neither. */
export async function findEnded(
  executor: SqlExecutor,
  sagaIds: readonly string[],
): Promise<EndedSagas> {
  const result = await sql<FoundRow>`
    select u.id as "askedId", f.*
    from unnest(${sagaIds}::uuid[]) as u (id)
    left join lateral (
      select ${sagaColumns}
      from ${table(executor, 'sagas')} s
      where s.id = u.id
      offset 0
    ) f on true
    where f.status is null or f.status not in ('running', 'compensating', 'stuck')`.execute(
    executor.db,
  )
  const rows: SagaRow[] = []
  const missing: string[] = []
  for (const { askedId, ...row } of result.rows) {
    if (row.sagaId === null) missing.push(askedId)
    else rows.push(row)
  }
  return { rows, missing }
}

type FoundRow = { readonly askedId: string } & (SagaRow | { readonly sagaId: null })
