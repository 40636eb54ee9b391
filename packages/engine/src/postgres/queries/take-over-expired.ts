import { sql, type RawBuilder } from 'kysely'
import type { TaskSearch } from '../../ports/task-store.ts'
import { inMs, table, type SqlExecutor } from '../sql-executor.ts'
import { filledNow, tokensNow } from './bucket.ts'
import {
  entryJson,
  latestSnapshot,
  rowsAfterKnown,
  rowsOfSnapshot,
  type ClaimedRow,
} from './claimed-row.ts'

/**
 * Takes over tasks whose lease has run out, one per saga at most, and writes into the journal whose claim was lost: where
 * the journal moved on meanwhile, neither happens. Rows that are locked right now are left for the next time.
 */
export async function takeOverExpired(
  executor: SqlExecutor,
  search: TaskSearch & { readonly leaseMs: number },
): Promise<readonly ClaimedRow[]> {
  const result = await sql<TakenRow>`
    with
    ${expiredTasks(executor, search)},
    ${heirs},
    ${losses(executor)},
    ${lossRows(executor)},
    ${newClaims(executor, search)},
    ${heldSlots(executor)},
    r as materialized (
      select k.*, null::int4 as known, ${latestSnapshot(executor)} as snapshot,
        row_number() over (partition by k.saga_id order by k.branch) = 1 as is_first
      from k
    )
    select r.*, ${inMs('clock_timestamp()')} as now,
      case
        when not r.is_first then null
        when r.snapshot is null then (
          select json_agg(${entryJson} order by j.seq)
          from (${rowsAfterKnown(executor)} union all ${ownRow}) j
        )
        else (
          select json_agg(${entryJson} order by j.seq)
          from (${rowsOfSnapshot(executor)} union all ${ownRow}) j
        )
      end as entries
    from r
    order by r.saga_id, r.branch`.execute(executor.db)
  return withSharedRows(result.rows)
}

/** The row that this very statement writes is not among those that it can read. */
const ownRow: RawBuilder<unknown> = sql`
          select e.seq, e.at, e.events, e.append_id from e where e.saga_id = r.saga_id`

function expiredTasks(executor: SqlExecutor, { queues, limit }: TaskSearch): RawBuilder<unknown> {
  return sql`l as materialized (
      select t.saga_id, t.branch, t.claim_id, t.at_seq
      from unnest(${queues}::text[]) as q (queue)
      cross join lateral (
        select *
        from ${table(executor, 'saga_tasks')} t
        where t.queue = q.queue and t.due_at <= statement_timestamp()
          and t.claim_id is not null and t.lease_until < clock_timestamp()
        order by t.due_at
        limit ${limit}::int8
        for no key update skip locked
      ) t
      limit ${limit}::int8
    )`
}

/** Who gets each task. */
const heirs: RawBuilder<unknown> = sql`h as materialized (
      select
        l.*,
        gen_random_uuid() as new_claim_id,
        'n' || replace(gen_random_uuid()::text, '-', '') as new_nonce
      from l
    )`

/** The lost claims of each saga, as the events of one row. */
function losses(executor: SqlExecutor): RawBuilder<unknown> {
  const journal = table(executor, 'saga_journal')
  return sql`g as materialized (
        select
          l.saga_id,
          (
            select max(j.seq) from ${journal} j where j.saga_id = l.saga_id
          ) as head,
          max(l.at_seq) as at_seq,
          jsonb_agg(jsonb_build_object(
            'type', 'lease_lost', 'branch', l.branch, 'claimId', l.claim_id
          ) order by l.branch) as events
        from l
        group by l.saga_id
      )`
}

/** The row of each saga: none where its journal lacks one that its tasks know of. */
function lossRows(executor: SqlExecutor): RawBuilder<unknown> {
  const journal = table(executor, 'saga_journal')
  return sql`e as (
        insert into ${journal} as j (saga_id, seq, append_id, events)
        select g.saga_id, g.head + 1, gen_random_uuid(), g.events
        from g
        where g.head >= g.at_seq
        order by g.saga_id
        on conflict do nothing
        returning j.saga_id, j.seq, j.at, j.events, j.append_id
      )`
}

function newClaims(
  executor: SqlExecutor,
  search: { readonly leaseMs: number },
): RawBuilder<unknown> {
  return sql`k as (
        update ${table(executor, 'saga_tasks')} t
        set claim_id = h.new_claim_id, nonce = h.new_nonce,
          deliveries = t.deliveries + 1, dispatches = 0, at_seq = e.seq,
          lease_until = clock_timestamp() + ${search.leaseMs}::float8 * interval '1 ms',
          due_at = clock_timestamp() + ${search.leaseMs}::float8 * interval '1 ms'
        from e join h on h.saga_id = e.saga_id
        where t.saga_id = h.saga_id and t.branch = h.branch and t.claim_id = h.claim_id
          and t.saga_id = any(array(select h.saga_id from h))
        returning t.saga_id, t.branch, t.queue, t.claim_id, t.wake, t.at_seq
      )`
}

/**
 * In a limited queue the new claim has the slot of the lost one, and is paid for with a token that may not be there yet: the
 * step has begun once, and nobody may keep it from going on.
 */
function heldSlots(executor: SqlExecutor): RawBuilder<unknown> {
  return sql`slots as (
        update ${table(executor, 'saga_queue_slots')} s
        set claim_id = k.claim_id
        from k join h on h.saga_id = k.saga_id and h.branch = k.branch
        where s.queue = k.queue and s.claim_id = h.claim_id
          and s.saga_id = k.saga_id and s.branch = k.branch
      ),
      paid as (
        update ${table(executor, 'saga_queues')} g
        set tokens = ${tokensNow} - x.taken, refilled_at = ${filledNow}
        from (select k.queue, count(*) as taken from k group by k.queue) x
        where g.queue = x.queue and g.rate_limit is not null
      )`
}

/** Of several tasks of a saga the first brings the rows that all of them get. */
function withSharedRows(rows: readonly TakenRow[]): readonly ClaimedRow[] {
  let shared: Pick<ClaimedRow, 'snapshot' | 'entries'> = { snapshot: null, entries: [] }
  return rows.map((row) => {
    const { snapshot, entries } = row
    if (entries !== null) shared = { snapshot, entries }
    return { ...row, ...shared }
  })
}

type TakenRow = Omit<ClaimedRow, 'entries'> & { readonly entries: ClaimedRow['entries'] | null }
