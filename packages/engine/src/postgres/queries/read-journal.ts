import { sql } from 'kysely'
import type { NamedEntry } from '../../ports/saga-store.ts'
import { inMs, table, type SqlExecutor, type TableName } from '../sql-executor.ts'

/** The journal rows of one saga after that number, in order, as far as they are in that table. */
export async function readJournal(
  executor: SqlExecutor,
  sagaId: string,
  afterSeq: number,
  journal: Extract<TableName, 'saga_journal' | 'archived_journal'> = 'saga_journal',
): Promise<readonly NamedEntry[]> {
  const result = await sql<NamedEntry>`
    select j.seq, ${inMs('j.at')} as at, j.events, j.append_id as "appendId"
    from ${table(executor, journal)} j
    where j.saga_id = ${sagaId}::uuid and j.seq > ${afterSeq}::int4
    order by j.seq`.execute(executor.db)
  return result.rows
}
