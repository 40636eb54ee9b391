import { sql, type RawBuilder } from 'kysely'
import type { GrantAnswer, GrantRequest, Refusal } from '../../ports/queue-store.ts'
import { table, type SqlExecutor } from '../sql-executor.ts'
import { filledNow, tokensNow } from './bucket.ts'
import { hintOf, type HintRow } from './hint-row.ts'

/** One row for each grant, or one without a task; what the limits said is in all of them. */
interface GrantRow extends Omit<HintRow, 'saga_id'> {
  readonly saga_id: string | null
  readonly claim_id: string
  readonly granted: number
  /** Slots that could be had; null where the concurrency has no limit. */
  readonly slots: number | null
  /** Tokens that could be had; null where the rate has no limit. */
  readonly tokens: number | null
  readonly ms_per_token: number | null
}

/**
 * Claims free tasks of a limited queue, within its limits.
 *
 * I1. A statement sees its tables as they were when it began, and rows that it locks as they are. So what it saw of a slot
 *     counts only if the slot, once locked, still says the same: a claim that was over then is over for ever.
 * I2. Tokens are counted in a row that is locked.
 * I3. It waits for the lock of the queue's row only, and before it has any other: slots and tasks that are locked are passed
 *     over. So nobody who waits for it can be waited for by it.
 * I4. Its commit does not wait for the disk: no handler starts before the claim that follows, whose commit does, and what is
 *     lost without that is a task that nobody has.
 * I5. Without room, or without a task that could use it, nothing is locked and nothing is written.
 */
export async function grantTasks(
  executor: SqlExecutor,
  { queue, claimIds, leaseMs, aheadMs }: GrantRequest,
): Promise<GrantAnswer> {
  const dueTasks = dueTasksOf(executor, { queue, aheadMs })
  const result = await sql<GrantRow>`
    with
    ${freeSlots(executor, queue)},
    p as materialized (
      select true as found
      from (select t.saga_id ${dueTasks} limit 1) t
    ),
    ${lockedRoom(executor, { queue, wanted: claimIds.length })},
    c as materialized (
      select t.saga_id, t.branch, t.due_at
      ${dueTasks}
      order by t.due_at
      limit (select room.count from room)
      for no key update skip locked
    ),
    n as materialized (
      select c.*, row_number() over (order by c.due_at) as n from c
    ),
    ${changes(executor, { queue, claimIds, leaseMs })}
    select k.*, x.*
    from (
      select
        (select count(*) from k)::float8 as granted,
        case when g.maximum_concurrency is not null then
          (select count(*) from f)::float8
        end as slots,
        coalesce((select b.tokens from b), g.tokens) as tokens,
        g.rate_per_ms::float8 / g.rate_limit as ms_per_token
      from (select) one left join g on true
    ) x
    left join k on true
    order by k.n`.execute(executor.db)
  const { rows } = result
  const grants = rows.flatMap((row) => {
    const { saga_id, claim_id: claimId } = row
    return saga_id === null ? [] : [{ ...hintOf({ ...row, saga_id }), claimId }]
  })
  const isAll = grants.length === claimIds.length
  return { grants, refusal: isAll ? null : refusalOf(rows[0]) }
}

/** The queue's row as the statement sees it, and the slots that are free in it then (I1). */
function freeSlots(executor: SqlExecutor, queue: string): RawBuilder<unknown> {
  const slots = table(executor, 'saga_queue_slots')
  return sql`g as materialized (
      select
        g.maximum_concurrency, g.rate_limit, g.rate_per_ms, ${tokensNow} as tokens
      from ${table(executor, 'saga_queues')} g
      where g.queue = ${queue}::text and ${unflushed}
    ),
    a as materialized (
      select
        s.slot, s.claim_id,
        exists (
          select from ${table(executor, 'saga_tasks')} t
          where t.saga_id = s.saga_id and t.branch = s.branch and t.claim_id = s.claim_id
        ) as is_held
      from ${slots} s
      where s.queue = ${queue}::text
        and (select g.maximum_concurrency from g) is not null
    ),
    -- Slots beyond a limit that was lowered keep free ones below it from being used, until they are over.
    f as materialized (
      select a.slot, a.claim_id
      from a, g
      where not a.is_held and a.slot <= g.maximum_concurrency
      order by a.slot
      offset (
        select count(*) from a, g where a.is_held and a.slot > g.maximum_concurrency
      )
    )`
}

/** True; the commit of this statement, and of no other one, is written to disk with the next one (I4). */
const unflushed: RawBuilder<boolean> = sql<boolean>`(
        select set_config('synchronous_commit', 'off', true)
      ) is not null`

/** Free tasks that may run, in the order of their due times. */
function dueTasksOf(
  executor: SqlExecutor,
  { queue, aheadMs }: Pick<GrantRequest, 'queue' | 'aheadMs'>,
): RawBuilder<unknown> {
  return sql`
      from ${table(executor, 'saga_tasks')} t
      where t.queue = ${queue}::text
        and t.due_at <= statement_timestamp() + ${aheadMs}::float8 * interval '1 ms'
        and t.claim_id is null and t.run_at <= clock_timestamp()`
}

/** The bucket and the slots, locked, and how many tasks there is room for (I2, I3, I5). */
function lockedRoom(
  executor: SqlExecutor,
  { queue, wanted }: { readonly queue: string; readonly wanted: number },
): RawBuilder<unknown> {
  const slots = table(executor, 'saga_queue_slots')
  const hasRoom = sql`(
        select coalesce(g.tokens, 1) >= 1
          and (g.maximum_concurrency is null or exists (select from f))
        from (select) one left join g on true
      ) and exists (select from p)`
  return sql`b as materialized (
      select ${tokensNow} as tokens, ${filledNow} as filled_at
      from ${table(executor, 'saga_queues')} g
      where g.queue = ${queue}::text and g.rate_limit is not null and ${hasRoom}
      for no key update
    ),
    w as materialized (
      select case
        when not (${hasRoom}) then 0
        when (select g.rate_limit from g) is null then ${wanted}::int8
        else least(
          ${wanted}::int8, coalesce((select greatest(0, floor(b.tokens)) from b), 0)::int8
        )
      end as count
    ),
    o as materialized (
      select s.slot
      from ${slots} s
      join f on f.slot = s.slot
      where s.queue = ${queue}::text and s.claim_id is not distinct from f.claim_id
        and (select w.count from w) > 0
      order by s.slot
      limit (select w.count from w)
      for no key update of s skip locked
    ),
    room as materialized (
      select case
        when (select g.maximum_concurrency from g) is null then w.count
        else (select count(*) from o)
      end as count
      from w
    )`
}

/** Claims, and what they take: a slot and a token each. */
function changes(
  executor: SqlExecutor,
  { queue, claimIds, leaseMs }: Pick<GrantRequest, 'queue' | 'claimIds' | 'leaseMs'>,
): RawBuilder<unknown> {
  return sql`k as (
      update ${table(executor, 'saga_tasks')} t
      set claim_id = i.claim_id, dispatches = 0,
        lease_until = clock_timestamp() + ${leaseMs}::float8 * interval '1 ms',
        due_at = clock_timestamp() + ${leaseMs}::float8 * interval '1 ms'
      from n
      join unnest(${claimIds}::uuid[]) with ordinality as i (claim_id, n) on i.n = n.n
      where t.saga_id = n.saga_id and t.branch = n.branch and t.claim_id is null
        and t.saga_id = any(array(select n.saga_id from n))
      returning t.saga_id, t.branch, t.queue, t.nonce, t.claim_id, n.n
    ),
    taken as (
      update ${table(executor, 'saga_queue_slots')} s
      set saga_id = k.saga_id, branch = k.branch, claim_id = k.claim_id
      from k
      join (select o.slot, row_number() over (order by o.slot) as n from o) o on o.n = k.n
      where s.queue = ${queue}::text and s.slot = o.slot
    ),
    paid as (
      update ${table(executor, 'saga_queues')} g
      set tokens = b.tokens - (select count(*) from k), refilled_at = b.filled_at
      from b
      where g.queue = ${queue}::text and exists (select from k)
    )`
}

function refusalOf(row: GrantRow | undefined): Refusal | null {
  if (row === undefined) return null
  const { granted, slots, tokens, ms_per_token: msPerToken } = row
  if (tokens !== null && msPerToken !== null && tokens < granted + 1) {
    const missing = granted + 1 - tokens
    return { by: 'rate', retryAfterMs: Math.max(1, Math.ceil(missing * msPerToken)) }
  }
  return slots !== null && slots <= granted ? { by: 'concurrency' } : null
}
