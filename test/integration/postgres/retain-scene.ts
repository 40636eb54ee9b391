import type { Pool } from 'pg'

/** Sagas to be put into the tables as they are, as if they had been run. */
export type FilledSagas = {
  readonly count: number
  readonly status: string
  /** When they ended, in SQL: `now() - interval '8 days'`. They began a minute earlier. */
  readonly at: string
  /** Given keys that begin like this. */
  readonly keys?: string
  readonly journalRows?: number
  readonly tasks?: boolean
}

/** Makes sagas of any age with ids of their time, and gives back the ids. */
export const fillSagas = async (pool: Pool, filled: FilledSagas): Promise<readonly string[]> => {
  const { count, status, at, keys, journalRows = 3, tasks = false } = filled
  const { rows } = await pool.query<{ readonly id: string }>(
    `with
    made as materialized (
      select n, at, $3::text || '-' || n as key, (
        lpad(to_hex((extract(epoch from at) * 1000)::int8 - 60000), 12, '0')
        || '7' || left(md5(random()::text), 3) || '8' || left(md5(random()::text), 15)
      )::uuid as id
      from (select n, (${at})::timestamptz as at from generate_series(1, $1::int4) n) m
    ),
    s as (
      insert into backstep.sagas
        (id, definition_name, definition_version, key, status, stuck_code, failure, output,
         started_at, changed_at)
      select id, 'order', 1, key, $2::text,
        case when $2 = 'stuck' then 'handler_defect' end,
        case when $2 = 'compensated' then '{"code": "full"}'::jsonb end,
        case when $2 = 'completed' then '{"n": 1}'::jsonb end,
        at - interval '1 minute', at
      from made
    ),
    k as (
      insert into backstep.saga_keys (definition_name, key, saga_id, input_hash)
      select 'order', key, id, 'hash-of-input' from made where key is not null
    ),
    j as (
      insert into backstep.saga_journal (saga_id, seq, append_id, events, at)
      select id, seq, gen_random_uuid(), '[{"type": "saga_compensated"}]', at - (10 - seq) * interval '1 s'
      from made, generate_series(1, $4::int4) seq
    ),
    t as (
      insert into backstep.saga_tasks (saga_id, branch, queue, run_at, due_at, nonce, at_seq)
      select id, 'main', 'orders', at, at, 'n' || replace(gen_random_uuid()::text, '-', ''), 1
      from made where $5::boolean
    )
    select id from made order by id`,
    [count, status, keys ?? null, journalRows, tasks],
  )
  return rows.map(({ id }) => id)
}

/** What the tables in use and the archive have of these sagas. */
export type Whereabouts = {
  readonly live: number
  readonly liveRows: number
  readonly archived: number
  readonly archivedRows: number
  readonly keys: number
}

/** Counts sagas, journal rows and keys, of these sagas or of all. */
export const whereabouts = async (
  pool: Pool,
  ids: readonly string[] | null = null,
): Promise<Whereabouts> => {
  const { rows } = await pool.query<Whereabouts>(
    `select
      (select count(*)::int4 from backstep.sagas where $1::uuid[] is null or id = any($1)) as live,
      (select count(*)::int4 from backstep.saga_journal
        where $1::uuid[] is null or saga_id = any($1)) as "liveRows",
      (select count(*)::int4 from backstep.archived_sagas
        where $1::uuid[] is null or id = any($1)) as archived,
      (select count(*)::int4 from backstep.archived_journal
        where $1::uuid[] is null or saga_id = any($1)) as "archivedRows",
      (select count(*)::int4 from backstep.saga_keys
        where $1::uuid[] is null or saga_id = any($1)) as keys`,
    [ids],
  )
  const [row] = rows
  if (row === undefined) throw new Error('There was no answer.')
  return row
}

/** The archive's tables, with their parents where they are attached. */
export const months = async (pool: Pool): Promise<Readonly<Record<string, string>>> => {
  const { rows } = await pool.query<{ readonly name: string; readonly state: string }>(`
    select c.relname as name, case
      when i.inhrelid is null then 'detached' when i.inhdetachpending then 'detaching' else 'attached'
    end as state
    from pg_class c left join pg_inherits i on i.inhrelid = c.oid
    where c.relkind = 'r' and c.relname like 'archived\\_%'
    order by c.relname`)
  return Object.fromEntries(rows.map(({ name, state }) => [name, state]))
}

/** Postgres's month of a time: `2026-11`. */
export const monthOf = async (pool: Pool, at: string): Promise<string> => {
  const { rows } = await pool.query<{ readonly month: string }>(
    `select to_char((${at})::timestamptz at time zone 'UTC', 'YYYY-MM') as month`,
  )
  return rows[0]?.month ?? ''
}

/** Ends the sessions of this database that are at such a statement; gives back how many there were. */
export const killSessions = async (pool: Pool, statement: string): Promise<number> => {
  const { rowCount } = await pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'
      and query ilike '%' || $1 || '%'`,
    [statement],
  )
  return rowCount ?? 0
}
