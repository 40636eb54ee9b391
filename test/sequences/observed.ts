import type { Pool } from 'pg'

import type { JournalEntry } from '../../packages/engine/src/core/event.ts'
import type { SagaStatus } from '../../packages/engine/src/core/state.ts'

/** A task as it is in its table. */
export interface ObservedTask {
  readonly branch: string
  readonly nonce: string
  readonly isClaimed: boolean
  readonly isDue: boolean
}

/** All that Postgres has of one saga. */
export interface ObservedSaga {
  readonly sagaId: string
  readonly status: SagaStatus
  readonly stuckCode: string | null
  readonly stuckStep: string | null
  readonly failure: unknown
  readonly tasks: readonly ObservedTask[]
  readonly journal: readonly JournalEntry[]
}

const text = `
  select
    s.id as "sagaId", s.status, s.stuck_code as "stuckCode", s.stuck_step as "stuckStep", s.failure,
    (
      select coalesce(json_agg(json_build_object(
        'branch', t.branch, 'nonce', t.nonce, 'isClaimed', t.claim_id is not null,
        'isDue', t.run_at <= clock_timestamp()
      ) order by t.branch), '[]')
      from backstep.saga_tasks t where t.saga_id = s.id
    ) as tasks,
    (
      select json_agg(json_build_object(
        'seq', j.seq, 'at', (extract(epoch from j.at) * 1000)::float8, 'events', j.events
      ) order by j.seq)
      from backstep.saga_journal j where j.saga_id = s.id
    ) as journal
  from backstep.sagas s where s.id = any($1::uuid[])`

/** Read as an operator would read it: not through the store. */
export async function observe(
  pool: Pool,
  sagaIds: readonly string[],
): Promise<ReadonlyMap<string, ObservedSaga>> {
  if (sagaIds.length === 0) return new Map()
  const query = { name: 'observe', text, values: [sagaIds] }
  const { rows } = await pool.query<ObservedSaga>(query)
  return new Map(rows.map((row) => [row.sagaId, row]))
}
