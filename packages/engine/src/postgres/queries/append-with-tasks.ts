import { sql, type RawBuilder } from 'kysely'
import type { NewTask, TaskChange } from '../../ports/saga-store.ts'
import { inMs, nullableJsonText, table, type SqlExecutor } from '../sql-executor.ts'
import type { AppendedRow, AppendRow } from './append-plain.ts'
import { allLocked, lockTasks } from './lock-tasks.ts'
import {
  changeBranches,
  changeName,
  givenBranches,
  hasBranches,
  standingSettlement,
} from './settle-branches.ts'

/**
 * Appends rows together with what they change in tasks and in the saga's row: all of it or nothing, for each saga by
 * itself. Tasks are locked first, then the journal is written; what changes then comes only from rows really written.
 *
 * @returns the rows that were written; whoever is missing lost its claim or a race
 */
export async function appendWithTasks(
  executor: SqlExecutor,
  rows: readonly AppendRow[],
  lockTimeoutMs: number | null,
): Promise<readonly AppendedRow[]> {
  const touched = rows.filter(({ record }) => record.task.type !== 'keep')
  const sagaIds = touched.map(({ record }) => record.sagaId)
  const branching = rows.some((row) => hasBranches(row))
  const journal = table(executor, 'saga_journal')
  const result = await sql<AppendedRow>`
    with
    ${lockTasks(executor, sagaIds, lockTimeoutMs)},
    ${givenAppends(rows)},
    ${lockSagas(executor, rows)}${branching ? givenBranches(rows) : nothing},
    ${standingAppends(branching ? standingSettlement : nothing)},
    e as (
      insert into ${journal} as j (saga_id, seq, append_id, events, snapshot)
      select ok.saga_id, ok.seq, ok.append_id, ok.events::jsonb, ok.snapshot::jsonb
      from ok
      where (
        select ok.after_id is null or p.append_id = ok.after_id
        from ${journal} p where p.saga_id = ok.saga_id and p.seq = ok.seq - 1
      )
      order by ok.saga_id
      on conflict do nothing
      returning j.saga_id, j.seq, j.at
    ),
    -- Once for all that follows: each join of two such lists may compare every row with every other.
    w as materialized (
      select e.at, ok.* from e join ok on ok.saga_id = e.saga_id
    ),
    ${changeTasks(executor)}${branching ? changeBranches(executor) : nothing},
    ${changeSagas(executor)}
    select e.saga_id, e.seq, ${inMs('e.at')} as at from e`.execute(executor.db)
  return result.rows
}

const nothing: RawBuilder<unknown> = sql``

function givenAppends(rows: readonly AppendRow[]): RawBuilder<unknown> {
  const records = rows.map(({ record }) => record)
  const changes = records.map(({ task }) => task)
  const tasks = changes.map((change) => newTask(change))
  return sql`u as materialized (
    select *
    from unnest(
      ${records.map(({ sagaId }) => sagaId)}::uuid[],
      ${records.map(({ seq }) => seq)}::int4[],
      ${records.map(({ appendId }) => appendId)}::uuid[],
      ${records.map(({ afterId }) => afterId)}::uuid[],
      ${rows.map(({ eventsText }) => eventsText)}::text[],
      ${records.map(({ snapshot }) => nullableJsonText(snapshot))}::text[],
      ${changes.map((change) => changeName(change))}::text[],
      ${changes.map((change) => claimOf(change))}::uuid[],
      ${changes.map((change) => branchOf(change))}::text[],
      ${tasks.map((task) => task?.queue ?? null)}::text[],
      ${tasks.map((task) => task?.nonce ?? null)}::text[],
      ${tasks.map((task) => task?.delayMs ?? null)}::float8[],
      ${tasks.map((task) => task?.dispatchGraceMs ?? null)}::float8[],
      ${records.map(({ row }) => row?.status ?? null)}::text[],
      ${records.map(({ row }) => row?.stuckCode ?? null)}::text[],
      ${records.map(({ row }) => row?.stuckStep ?? null)}::text[],
      ${records.map(({ row }) => nullableJsonText(row?.failure))}::text[],
      ${records.map(({ row }) => nullableJsonText(row?.output))}::text[]
    ) as u (
      saga_id, seq, append_id, after_id, events, snapshot,
      change, claim_id, branch, queue, nonce, delay_ms, grace_ms,
      status, stuck_code, stuck_step, failure, output
    )
  )`
}

function newTask(change: TaskChange): NewTask | null {
  if (change.type === 'replace') return change.next
  const [next = null, ...others] = change.type === 'create' ? change.next : []
  return others.length === 0 ? next : null
}

function claimOf(change: TaskChange): string | null {
  return change.type === 'replace' || change.type === 'remove' ? change.claimId : null
}

function branchOf(change: TaskChange): string | null {
  return change.type === 'remove' ? change.branch : (newTask(change)?.branch ?? null)
}

/**
 * Without a task there is nothing else to lock that says that a saga is still there: whoever moves it to the archive locks
 * its row first, and then takes its journal along, with what was appended until then.
 */
function lockSagas(executor: SqlExecutor, rows: readonly AppendRow[]): RawBuilder<unknown> {
  const unheld = rows.filter(
    ({ record: { task } }) => task.type === 'create' || task.type === 'none',
  )
  return sql`h as materialized (
    select s.id
    from unnest(${unheld.map(({ record }) => record.sagaId)}::uuid[]) as g (id)
    join ${table(executor, 'sagas')} s on s.id = g.id
    where ${allLocked}
    order by s.id
    for no key update of s
  )`
}

/**
 * The appends whose word about the tasks still holds. What is looked for among the locked tasks is hashed, once for all: to
 * count them for each append compares every append with every task.
 */
function standingAppends(more: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`ok as materialized (
    select u.*
    from u
    where ${allLocked}
      and case u.change
        when 'keep' then true
        when 'drop' then true
        when 'replace' then (u.saga_id, u.claim_id) in (
          select l.saga_id, l.claim_id from l where l.claim_id is not null
        )
        when 'remove' then (u.saga_id, u.branch, u.claim_id) in (
          select l.saga_id, l.branch, l.claim_id from l where l.claim_id is not null
        )${more}
        else u.saga_id not in (select l.saga_id from l) and u.saga_id in (select h.id from h)
      end
  )`
}

/** One CTE for each way in which tasks change. */
function changeTasks(executor: SqlExecutor): RawBuilder<unknown> {
  const tasks = table(executor, 'saga_tasks')
  return sql`n as (
      update ${tasks} t
      set branch = w.branch, queue = w.queue, nonce = w.nonce,
        claim_id = null, lease_until = null, dispatches = 0, at_seq = w.seq,
        run_at = w.at + w.delay_ms * interval '1 ms',
        -- Indexed: left alone while it still gives the queue half of its time, and no more than that.
        due_at = case
          when t.due_at between w.at + (w.delay_ms + w.grace_ms / 2) * interval '1 ms'
            and w.at + (w.delay_ms + w.grace_ms) * interval '1 ms' then t.due_at
          else w.at + (w.delay_ms + w.grace_ms) * interval '1 ms'
        end
      from w
      where w.change = 'replace' and t.saga_id = w.saga_id and t.claim_id = w.claim_id
    ),
    d as (
      delete from ${tasks} t
      using w
      where w.change in ('remove', 'drop') and t.saga_id = w.saga_id
    ),
    c as (
      insert into ${tasks} (saga_id, branch, queue, nonce, run_at, due_at, at_seq)
      select
        w.saga_id, w.branch, w.queue, w.nonce,
        w.at + w.delay_ms * interval '1 ms',
        w.at + (w.delay_ms + w.grace_ms) * interval '1 ms',
        w.seq
      from w
      where w.change = 'create'
    )`
}

/** The rows that people query, where a status changes. */
function changeSagas(executor: SqlExecutor): RawBuilder<unknown> {
  return sql`s as (
      update ${table(executor, 'sagas')} s
      set status = w.status, stuck_code = w.stuck_code, stuck_step = w.stuck_step,
        -- What has ended is not paused any more.
        paused = s.paused and w.status in ('running', 'compensating', 'stuck'),
        failure = w.failure::jsonb, output = w.output::jsonb, changed_at = w.at
      from w
      where w.status is not null and s.id = w.saga_id
    )`
}
