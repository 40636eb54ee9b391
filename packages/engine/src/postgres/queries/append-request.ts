import { sql, type RawBuilder } from 'kysely'
import type { RequestRecord } from '../../ports/saga-store.ts'
import { inMs, jsonText, table, type SqlExecutor } from '../sql-executor.ts'
import { lockTasks } from './lock-tasks.ts'

/** The hints of tasks that nobody holds, and that became due. */
const wokenTasks: RawBuilder<unknown> = sql`
  select coalesce(
    json_agg(json_build_object('branch', w.branch, 'queue', w.queue, 'nonce', w.nonce)), '[]'
  )
  from w where w.claim_id is null`

/** What became of a request. */
export interface RequestedRow {
  /** Whether the saga has a task, that is, somebody who will answer; also where it had one when the statement began. */
  readonly has_task: boolean
  /** Whether there is a journal to append to. */
  readonly has_journal: boolean
  readonly woken: readonly { branch: string; queue: string; nonce: string }[]
  /** Where the request stands in the journal; null when it is not there. */
  readonly seq: number | null
  readonly at: number | null
}

/**
 * Appends a request behind the head of a journal and wakes all tasks of the saga, or does neither: without a task there is
 * nobody to wake, unless it is only to be kept, and behind a head that moved meanwhile the number is taken: tasks change with
 * a row, so a saga whose tasks are about to come is not taken for one that has none. A request that is there already is found.
 */
export async function appendRequest(
  executor: SqlExecutor,
  record: RequestRecord,
): Promise<RequestedRow> {
  const { sagaId, appendId, events, paused } = record
  const journal = table(executor, 'saga_journal')
  const result = await sql<RequestedRow>`
    with
    ${lockTasks(executor, [sagaId], null)},
    held as materialized (select count(*) > 0 as has_task from l),
    earlier as materialized (
      select j.seq, j.at
      from ${journal} j
      where j.saga_id = ${sagaId}::uuid and j.append_id = ${appendId}::uuid
    ),
    e as (
      insert into ${journal} as j (saga_id, seq, append_id, events)
      select ${sagaId}::uuid, head.seq + 1, ${appendId}::uuid, ${jsonText(events)}::jsonb
      from held
      cross join lateral (
        select max(h.seq) as seq from ${journal} h where h.saga_id = ${sagaId}::uuid
      ) head
      where ${placeIsRight(record)}
        and head.seq is not null and not exists (select from earlier)
      on conflict do nothing
      returning j.seq, j.at
    ),
    w as (
      update ${table(executor, 'saga_tasks')} t
      set wake = t.wake + 1, at_seq = e.seq,
        run_at = least(t.run_at, clock_timestamp()),
        due_at = case when t.claim_id is null then clock_timestamp() else t.due_at end
      from e
      where t.saga_id = ${sagaId}::uuid
      returning t.branch, t.queue, t.nonce, t.claim_id
    )${paused === undefined ? sql`` : pauseSaga(executor, { sagaId, paused })}
    select
      exists (select from ${journal} j where j.saga_id = ${sagaId}::uuid) as has_journal,
      (${wokenTasks}) as woken,
      -- Who waits for a fork sees that the task which was there is gone, and not yet those which came in its place.
      held.has_task or exists (
        select from ${table(executor, 'saga_tasks')} t where t.saga_id = ${sagaId}::uuid
      ) as has_task,
      r.seq, ${inMs('r.at')} as at
    from held
    left join (select * from e union all select * from earlier) r on true`.execute(executor.db)
  const [row] = result.rows
  return row ?? { has_task: false, has_journal: false, woken: [], seq: null, at: null }
}

/** Whether the saga has somebody who answers, or is where whoever asks has seen it. */
function placeIsRight({ unheld, afterSeq }: RequestRecord): RawBuilder<unknown> {
  return afterSeq === undefined
    ? sql`(held.has_task or ${unheld === 'append'})`
    : sql`head.seq = ${afterSeq}::int4`
}

function pauseSaga(
  executor: SqlExecutor,
  { sagaId, paused }: { readonly sagaId: string; readonly paused: boolean },
): RawBuilder<unknown> {
  return sql`,
    s as (
      update ${table(executor, 'sagas')} s
      set paused = ${paused}::boolean
      from e
      where s.id = ${sagaId}::uuid
    )`
}
