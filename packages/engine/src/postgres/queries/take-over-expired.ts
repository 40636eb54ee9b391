import { sql, type RawBuilder } from 'kysely'
import type { TaskSearch } from '../../ports/task-store.ts'
import { inMs, table, type SqlExecutor } from '../sql-executor.ts'
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
  const journal = table(executor, 'saga_journal')
  const result = await sql<ClaimedRow>`
    with
    ${expiredTasks(executor, search)},
    ${heirs(executor)},
    e as (
      insert into ${journal} as j (saga_id, seq, append_id, events)
      select h.saga_id, h.head + 1, gen_random_uuid(), h.events
      from h
      where h.head >= h.at_seq
      order by h.saga_id
      on conflict do nothing
      returning j.saga_id, j.seq, j.at, j.events
    ),
    k as (
      update ${table(executor, 'saga_tasks')} t
      set claim_id = h.new_claim_id, nonce = h.new_nonce,
        deliveries = t.deliveries + 1, dispatches = 0, at_seq = e.seq,
        lease_until = clock_timestamp() + ${search.leaseMs}::float8 * interval '1 ms',
        due_at = clock_timestamp() + ${search.leaseMs}::float8 * interval '1 ms'
      from e join h on h.saga_id = e.saga_id
      where t.saga_id = h.saga_id and t.branch = h.branch and t.claim_id = h.claim_id
        and t.saga_id = any(array(select h.saga_id from h))
      returning t.saga_id, t.branch, t.queue, t.claim_id, t.wake, t.at_seq
    ),
    r as materialized (
      select k.*, null::int4 as known, ${latestSnapshot(executor)} as snapshot from k
    )
    select r.*, ${inMs('clock_timestamp()')} as now,
      case
        when r.snapshot is null then (
          select json_agg(${entryJson} order by j.seq)
          from (${rowsAfterKnown(executor)} union all ${ownRow}) j
        )
        else (
          select json_agg(${entryJson} order by j.seq)
          from (${rowsOfSnapshot(executor)} union all ${ownRow}) j
        )
      end as entries
    from r`.execute(executor.db)
  return result.rows
}

/** The row that this very statement writes is not among those that it can read. */
const ownRow: RawBuilder<unknown> = sql`
          select e.seq, e.at, e.events from e where e.saga_id = r.saga_id`

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

/** One task per saga, because one statement can write one row into a journal; and who gets it. */
function heirs(executor: SqlExecutor): RawBuilder<unknown> {
  return sql`h as materialized (
      select
        l.*,
        (
          select max(j.seq) from ${table(executor, 'saga_journal')} j where j.saga_id = l.saga_id
        ) as head,
        jsonb_build_array(jsonb_build_object(
          'type', 'lease_lost', 'branch', l.branch, 'claimId', l.claim_id
        )) as events,
        gen_random_uuid() as new_claim_id,
        'n' || replace(gen_random_uuid()::text, '-', '') as new_nonce
      from (
        select distinct on (l.saga_id) l.* from l order by l.saga_id, l.branch
      ) l
    )`
}
