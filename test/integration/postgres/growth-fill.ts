import type { Pool } from 'pg'

/** How much is in the tables. */
export type TableSize = {
  /** Ended sagas. Every fourth has a key, every tenth was compensated. */
  readonly ended: number
  /** Sagas whose task waits for the next attempt of a step. */
  readonly waiting: number
  /** Sagas whose task is due: a third free, a third held, a third with a lease that has run out. */
  readonly overdue: number
}

/** What the tables are filled with in the tests of this folder. */
export const LARGE: TableSize = { ended: 1_000_000, waiting: 100_000, overdue: 3_000 }

/** So many queues have tasks: `queue-0` and so on. */
const QUEUES = 20

// A saga is known by its number, so that several connections can fill several tables at once. The ids are those that the
// engine would have made: one every two and a half seconds, up to now.
const names = `
  create schema filling;
  create table filling.began as select (extract(epoch from now()) * 1000)::int8 as ms;
  create function filling.id_of(n int4, began int8) returns uuid language sql immutable as $$
    select (
      lpad(to_hex(began - (1200000 - n) * 2500::int8), 12, '0')
      || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15)
    )::uuid
  $$`

const fillSagas = ({ ended, waiting, overdue }: TableSize): string => `
  insert into backstep.saga_definitions (name, version, fingerprint, plan)
    select 'filled-' || n, 1, 'f', '{"nodes": []}' from generate_series(1, 2000) n;
  insert into backstep.sagas
    (id, definition_name, definition_version, key, status, output, started_at, changed_at)
    select filling.id_of(n, ms), 'filled-' || n % 20, 1, case when n % 4 = 0 then 'key-' || n end,
      case
        when n > ${ended} then 'running'
        when n % 10 = 0 then 'compensated'
        else 'completed'
      end,
      case when n <= ${ended} and n % 10 > 0 then '{"tracking": "t-1"}'::jsonb end,
      at, at + interval '2 s'
    from filling.began, generate_series(1, ${ended + waiting + overdue}) n
    cross join lateral (select to_timestamp(ms / 1000) - (1200000 - n) * interval '2.5 s' as at) t;
  insert into backstep.saga_keys (definition_name, key, saga_id, input_hash)
    select 'filled-' || n % 20, 'key-' || n, filling.id_of(n, ms), md5('')
    from filling.began, generate_series(4, ${ended + waiting + overdue}, 4) n`

const fillJournal = ({ ended, waiting, overdue }: TableSize): string => `
  insert into backstep.saga_journal (saga_id, seq, append_id, events)
    select filling.id_of(n, ms), seq, md5(n || '.' || seq)::uuid, case seq
      when 1 then '[{"type": "saga_started", "name": "filled", "input": {"order": "order-000000001"}}]'::jsonb
      else '[{"type": "action_succeeded", "branch": "main", "step": "reserve", "attempt": 1, "output": {}}]'
    end
    from filling.began, generate_series(1, ${ended + waiting + overdue}) n, generate_series(1, 2) seq`

const taskColumns = 'saga_id, branch, queue, nonce, run_at, due_at, at_seq, claim_id, lease_until'

const fillWaiting = ({ ended, waiting }: TableSize): string => `
  insert into backstep.saga_tasks (${taskColumns})
    select filling.id_of(n, ms), 'main', 'queue-' || n % ${QUEUES}, 'n' || md5(n::text), at, at, 2, null, null
    from filling.began, generate_series(${ended + 1}, ${ended + waiting}) n
    cross join lateral (select now() + interval '1 d' + n % 3600 * interval '1 s' as at) t`

const fillOverdue = ({ ended, waiting, overdue }: TableSize): string => `
  insert into backstep.saga_tasks (${taskColumns})
    select filling.id_of(n, ms), 'main', 'queue-' || n % 7, 'n' || md5(n::text), now(), now(), 2,
      case when n % 3 > 0 then gen_random_uuid() end,
      case n % 3 when 1 then now() - interval '1 s' when 2 then now() + interval '1 d' end
    from filling.began,
      generate_series(${ended + waiting + 1}, ${ended + waiting + overdue}) n`

const TABLES = ['sagas', 'saga_keys', 'saga_journal', 'saga_tasks']

/** Makes empty tables fast to fill, and nothing else: what they have is lost when the server dies. */
export const makeUnlogged = async (pool: Pool): Promise<void> => {
  for (const name of TABLES) await pool.query(`alter table backstep.${name} set unlogged`)
}

/** Fills the tables of a migrated database, all but what is overdue, and has Postgres look at them. */
export const fillTables = async (pool: Pool, size: TableSize): Promise<void> => {
  await pool.query(names)
  const others = pool.query(`${fillSagas(size)}; ${fillWaiting(size)}`)
  await Promise.all([others, pool.query(fillJournal(size))])
  await pool.query('vacuum analyze')
}

/** Adds the tasks that are due. */
export const addOverdue = async (pool: Pool, size: TableSize): Promise<void> => {
  await pool.query(fillOverdue(size))
  await pool.query('vacuum analyze backstep.saga_tasks')
}

/** Adds queues with limits, far more than anybody has, and slots in them. */
export const addLimits = async (pool: Pool): Promise<void> => {
  await pool.query(`
    insert into backstep.saga_queues (queue, maximum_concurrency, source)
      select 'limited-' || n, 50, 'operator' from generate_series(1, 2000) n;
    insert into backstep.saga_queue_slots (queue, slot, saga_id, branch, claim_id)
      select 'limited-' || n, slot, gen_random_uuid(), 'main', gen_random_uuid()
      from generate_series(1, 2000) n, generate_series(1, 50) slot;
    analyze backstep.saga_queues, backstep.saga_queue_slots`)
}
