import { sql, type RawBuilder } from 'kysely'
import type { StartRecord } from '../../ports/saga-store.ts'
import { inMs, table, type SqlExecutor } from '../sql-executor.ts'
import { lockTimeout } from './lock-tasks.ts'

/** A saga to be made, with its first event as text. */
export interface StartRow {
  readonly record: StartRecord
  readonly eventsText: string
}

/** A saga that was made, or whose key is busy: then `at` is null. `at` is milliseconds since 1970. */
export interface MadeRow {
  readonly saga_id: string
  readonly at: number | null
}

/** What to do about a key that an open transaction has taken. */
export type BusyKeys = 'wait' | 'pass'

/**
 * Makes sagas whose keys and ids are free: key, saga, first journal row and first task, all or none of them. A task may be
 * born with its claim; its due time is that of any new task, and the sweep that finds it held moves it on.
 *
 * @returns those that were made, and those that were passed over; all others lost to a saga that is there
 */
export async function insertSagas(
  executor: SqlExecutor,
  rows: readonly StartRow[],
  limits: StartLimits,
): Promise<readonly MadeRow[]> {
  const result = await sql<MadeRow>`
    with
    ${givenSagas(rows, limits)},
    ${lockedKeys(executor, limits)},
    ${takeKeys(executor)},
    s as (
      insert into ${table(executor, 'sagas')}
        (id, definition_name, definition_version, key, started_at, changed_at)
      select u.saga_id, u.name, u.version, u.key, u.at, u.at
      from u
      where u.key is null or u.saga_id in (select k.saga_id from k)
      order by u.name, u.key, u.saga_id
      on conflict do nothing
      returning id
    ),
    n as (
      insert into ${table(executor, 'saga_tasks')}
        (saga_id, branch, queue, nonce, run_at, due_at, at_seq, claim_id, lease_until, deliveries)
      select
        u.saga_id, u.branch, u.queue, u.nonce,
        u.at + u.delay_ms * interval '1 ms',
        u.at + (u.delay_ms + u.grace_ms) * interval '1 ms',
        1, u.claim_id, u.at + u.lease_ms * interval '1 ms', (u.claim_id is not null)::int
      from u join s on s.id = u.saga_id
    ),
    e as (
      insert into ${table(executor, 'saga_journal')} (saga_id, seq, append_id, events, at)
      select u.saga_id, 1, u.append_id, u.events::jsonb, u.at
      from u join s on s.id = u.saga_id
      returning saga_id, at
    )
    select e.saga_id, ${inMs('e.at')} as at from e
    union all
    select b.saga_id, null from b where not b.is_free`.execute(executor.db)
  return result.rows
}

/** How long a start may wait for others. */
export interface StartLimits {
  readonly lockTimeoutMs: number | null
  readonly busyKeys: BusyKeys
}

function givenSagas(
  rows: readonly StartRow[],
  { lockTimeoutMs }: StartLimits,
): RawBuilder<unknown> {
  const records = rows.map(({ record }) => record)
  const events = records.map(({ event }) => event)
  const tasks = records.map(({ task }) => task)
  return sql`u as materialized (
    select r.*, clock_timestamp() as at
    from unnest(
      ${records.map(({ sagaId }) => sagaId)}::uuid[],
      ${records.map(({ appendId }) => appendId)}::uuid[],
      ${rows.map(({ eventsText }) => eventsText)}::text[],
      ${records.map(({ inputHash }) => inputHash)}::text[],
      ${events.map(({ name }) => name)}::text[],
      ${events.map(({ version }) => version)}::int4[],
      ${events.map(({ key }) => key)}::text[],
      ${tasks.map(({ branch }) => branch)}::text[],
      ${tasks.map(({ queue }) => queue)}::text[],
      ${tasks.map(({ nonce }) => nonce)}::text[],
      ${tasks.map(({ delayMs }) => delayMs)}::float8[],
      ${tasks.map(({ dispatchGraceMs }) => dispatchGraceMs)}::float8[],
      ${records.map(({ claim }) => claim?.claimId ?? null)}::uuid[],
      ${records.map(({ claim }) => claim?.leaseMs ?? null)}::float8[]
    ) as r (
      saga_id, append_id, events, input_hash, name, version, key,
      branch, queue, nonce, delay_ms, grace_ms, claim_id, lease_ms
    )
    where ${lockTimeout(lockTimeoutMs)}
  )`
}

/**
 * Before a free key is taken its name is locked, for this transaction. Who finds a name locked knows that somebody is about
 * to take the key, and need not wait for that transaction to learn so. A key that is taken already locks nothing: of many
 * who ask for it nobody waits.
 */
function lockedKeys(executor: SqlExecutor, { busyKeys }: StartLimits): RawBuilder<unknown> {
  const scope = sql`hashtextextended(u.name, hashtextextended(${executor.schema}::text, 0))`
  const name = sql`hashtextextended(u.key, ${scope})`
  const locks =
    busyKeys === 'pass'
      ? sql`pg_try_advisory_xact_lock(${name})`
      : sql`pg_advisory_xact_lock(${name}) is not null`
  return sql`b as materialized (
    select u.saga_id, ${locks} as is_free
    from u
    where u.key is not null and (
      select k.saga_id from ${table(executor, 'saga_keys')} k
      where k.definition_name = u.name and k.key = u.key
    ) is null
    order by u.name, u.key, u.saga_id
  )`
}

/** Keys first: a saga whose key is taken must not come into being. A key is not taken for an id that exists already. */
function takeKeys(executor: SqlExecutor): RawBuilder<unknown> {
  return sql`k as (
    insert into ${table(executor, 'saga_keys')} (definition_name, key, saga_id, input_hash)
    select u.name, u.key, u.saga_id, u.input_hash
    from u
    where u.saga_id in (select b.saga_id from b where b.is_free)
      and (select s.id from ${table(executor, 'sagas')} s where s.id = u.saga_id) is null
    order by u.name, u.key, u.saga_id
    on conflict do nothing
    returning saga_id
  )`
}
