import { sql, type RawBuilder } from 'kysely'
import type { LimitsOverride, NamedLimits, QueueLimits } from '../../ports/queue-store.ts'
import { jsonText, table, type SqlExecutor } from '../sql-executor.ts'
import { filledNow, tokensNow } from './bucket.ts'
import { limitsColumns, queueLimitsOf, type LimitsRow } from './read-limits.ts'

/** Writes what code says. The rows are locked in the order of their names; who would change nothing writes nothing. */
export async function declareLimits(
  executor: SqlExecutor,
  declared: readonly NamedLimits[],
): Promise<void> {
  const saying = declared.map(({ maximumConcurrency, rate }) => ({ maximumConcurrency, rate }))
  await sql`
    with
    u as materialized (
      select *
      from unnest(
        ${declared.map(({ queue }) => queue)}::text[],
        ${declared.map(({ maximumConcurrency }) => maximumConcurrency)}::int4[],
        ${declared.map(({ rate }) => rate?.limit ?? null)}::int4[],
        ${declared.map(({ rate }) => rate?.perMs ?? null)}::int8[],
        ${saying.map((said) => jsonText(said))}::text[]
      ) as u (queue, maximum_concurrency, rate_limit, rate_per_ms, declared)
      order by queue
    ),
    said as (
      insert into ${table(executor, 'saga_queues')} as g (
        queue, maximum_concurrency, rate_limit, rate_per_ms, tokens, source, declared
      )
      select
        u.queue, u.maximum_concurrency, u.rate_limit, u.rate_per_ms, coalesce(u.rate_limit, 0),
        'code', u.declared::jsonb
      from u
      on conflict (queue) do update set
        declared = excluded.declared,
        ${takenOver(sql`case when g.source = 'code'`, sql`end`)}
      where g.declared is distinct from excluded.declared
      returning g.queue, g.maximum_concurrency
    )
    ${makeSlots(executor)}`.execute(executor.db)
}

/** The new limits, where the condition says so; what is in the bucket stays in it. */
function takenOver(when: RawBuilder<unknown>, end: RawBuilder<unknown>): RawBuilder<unknown> {
  const held = (column: string): RawBuilder<unknown> => {
    const name = sql.raw(column)
    return sql`${name} = ${when} then excluded.${name} else g.${name} ${end}`
  }
  return sql`${held('maximum_concurrency')}, ${held('rate_limit')}, ${held('rate_per_ms')},
        tokens = ${when}
          then least(coalesce(${tokensNow}, excluded.rate_limit), excluded.rate_limit, excluded.tokens)
          else g.tokens ${end},
        refilled_at = ${when} then ${filledNow} else g.refilled_at ${end},
        changed_at = ${when} then clock_timestamp() else g.changed_at ${end}`
}

/** A slot for each step that may run at once. Those that are too many stay: claims may still be in them. */
function makeSlots(executor: SqlExecutor): RawBuilder<unknown> {
  return sql`insert into ${table(executor, 'saga_queue_slots')} (queue, slot)
    select said.queue, slot
    from said
    cross join lateral generate_series(1, said.maximum_concurrency) as s (slot)
    on conflict do nothing`
}

/** Sets what an operator wants. */
export async function overrideLimits(
  executor: SqlExecutor,
  change: LimitsOverride,
): Promise<QueueLimits> {
  const { queue, to, actor, reason } = change
  const result = await sql<LimitsRow>`
    with
    before as materialized (
      select g.*
      from ${table(executor, 'saga_queues')} g
      where g.queue = ${queue}::text
      for no key update
    ),
    v as materialized (
      select ${wantedLimits(to)}
      from (select) one left join before b on true
    ),
    said as (
      insert into ${table(executor, 'saga_queues')} as g (
        queue, maximum_concurrency, rate_limit, rate_per_ms, tokens, source,
        changed_by, change_reason
      )
      select
        ${queue}::text, v.maximum_concurrency, v.rate_limit, v.rate_per_ms,
        coalesce(v.rate_limit, 0), ${to === 'code' ? 'code' : 'operator'}::text,
        ${actor}::text, ${reason}::text
      from v
      on conflict (queue) do update set
        source = excluded.source, changed_by = excluded.changed_by,
        change_reason = excluded.change_reason,
        ${takenOver(sql`case when true`, sql`end`)}
      returning g.*
    ),
    slots as (${makeSlots(executor)})
    select ${limitsColumns} from said g`.execute(executor.db)
  const [row] = result.rows
  if (row === undefined) throw new RangeError(`The limits of queue ${queue} were not written.`)
  return queueLimitsOf(row)
}

/** What is to hold instead of the row `b`, if there is one: what code has said, or a change of what holds. */
function wantedLimits(to: LimitsOverride['to']): RawBuilder<unknown> {
  if (to === 'code') {
    return sql`
        (b.declared ->> 'maximumConcurrency')::int4 as maximum_concurrency,
        (b.declared #>> '{rate,limit}')::int4 as rate_limit,
        (b.declared #>> '{rate,perMs}')::int8 as rate_per_ms`
  }
  const { maximumConcurrency: most, rate } = to
  const limit = rate === null ? null : rate?.limit
  const perMs = rate === null ? null : rate?.perMs
  return sql`
        ${wanted(most, 'int4', 'maximum_concurrency')} as maximum_concurrency,
        ${wanted(limit, 'int4', 'rate_limit')} as rate_limit,
        ${wanted(perMs, 'int8', 'rate_per_ms')} as rate_per_ms`
}

/** A value, or what the row has where none was given. */
function wanted(given: unknown, type: 'int4' | 'int8', column: string): RawBuilder<unknown> {
  return given === undefined ? sql.raw(`b.${column}`) : sql`${given}::${sql.raw(type)}`
}
