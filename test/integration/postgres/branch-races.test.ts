import { setTimeout as sleep } from 'node:timers/promises'

import { openPostgres, PostgresStore } from '@backstep/engine/postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { eventually } from '../../support/eventually.ts'
import { BranchingWorker, type BranchTally } from './branching-worker.ts'
import { createMigratedDatabase, type MigratedDatabase } from './migrated-database.ts'
import { cancelRequest, QUEUE, startRecord } from './saga-writer.ts'

// Few sagas, so that everybody is always at the same ones.
const SAGAS = 6
const WORKERS = 6
const LONGEST_MS = 25_000
const LEASE_MS = 60

let database: MigratedDatabase

beforeAll(async () => {
  database = await createMigratedDatabase()
})

afterAll(() => database.drop())

const ask = async <Row extends object>(statement: string): Promise<readonly Row[]> => {
  const { rows } = await database.pool.query<Row>(statement)
  return rows
}

const disturb = async (sagaIds: readonly string[], until: AbortSignal): Promise<void> => {
  while (!until.aborted) {
    const sagaId = sagaIds[Math.floor(Math.random() * sagaIds.length)] ?? ''
    // Each saga has a task as long as it lives, and these live on.
    expect(await database.store.request(cancelRequest(sagaId))).toMatchObject({ applied: true })
    await sleep(Math.random() * 20)
  }
}

it('branches that come, go and wake each other leave no deadlock, no gap and no lost task', async () => {
  const records = Array.from({ length: SAGAS }, () => startRecord())
  await database.store.start(records)
  const sagaIds = records.map(({ sagaId }) => sagaId)
  const connections = Array.from({ length: WORKERS }, () =>
    openPostgres({ databaseUrl: database.url, poolSize: 3 }),
  )
  const workers = connections.map((connection) => {
    return new BranchingWorker(new PostgresStore(connection), { queue: QUEUE, leaseMs: LEASE_MS })
  })
  const over = new AbortController()
  const race = [...workers.map((worker) => worker.run(over.signal)), disturb(sagaIds, over.signal)]
  const sum = (of: keyof BranchTally): number => {
    return workers.reduce((all, { tally }) => all + tally[of], 0)
  }
  // A race in which nothing collided would prove nothing.
  const collided = eventually(
    () => {
      expect(sum('settled')).toBeGreaterThan(300)
      expect(sum('drops')).toBeGreaterThan(30)
      expect(sum('takeovers')).toBeGreaterThan(50)
      expect(sum('refused')).toBeGreaterThan(50)
    },
    { timeoutMs: LONGEST_MS, what: 'the race' },
  ).finally(() => over.abort())
  await Promise.all([...race, collided])
  await Promise.all(connections.map((connection) => connection.close()))

  expect(await ask(gaps)).toEqual([])
  expect(await ask(lostOrLeftTasks)).toEqual([])
  expect(await ask(lossesOfNothing)).toEqual([])
  expect(await ask(wrongNumbers)).toEqual([])
  expect(await ask(deadlocks)).toEqual([{ deadlocks: 0 }])
})

const gaps = `
  select saga_id from backstep.saga_journal
  group by saga_id having max(seq) <> count(*) or min(seq) <> 1`

/**
 * The workers write into each row which branches come and which go, as the reason of a request: the last word on each branch
 * is whether it has a task.
 */
const lostOrLeftTasks = `
  with
  words as (
    select j.saga_id, j.seq, e ->> 'actor' as word, b.branch
    from backstep.saga_journal j
    cross join lateral jsonb_array_elements(j.events) e
    cross join lateral jsonb_array_elements_text((e ->> 'reason')::jsonb) as b (branch)
    where e ->> 'type' = 'cancel_requested' and e ->> 'actor' in ('comes', 'goes')
    union all
    select s.id, 1, 'comes', 'main' from backstep.sagas s
  ),
  last as (
    -- What goes and comes again in one row has come.
    select distinct on (saga_id, branch) saga_id, branch, word
    from words order by saga_id, branch, seq desc, word
  )
  select l.saga_id, l.branch, l.word
  from last l
  full join backstep.saga_tasks t on t.saga_id = l.saga_id and t.branch = l.branch
  where (l.word = 'comes') is distinct from (t.branch is not null)`

/** A lease is lost of a branch that has a task by then: its last word was that it comes. */
const lossesOfNothing = `
  select lost.saga_id, lost.seq, e ->> 'branch' as branch
  from backstep.saga_journal lost
  cross join lateral jsonb_array_elements(lost.events) e
  where e ->> 'type' = 'lease_lost' and e ->> 'branch' <> 'main' and (
    select w ->> 'actor'
    from backstep.saga_journal j
    cross join lateral jsonb_array_elements(j.events) w
    where j.saga_id = lost.saga_id and j.seq < lost.seq and w ->> 'type' = 'cancel_requested'
      and w ->> 'actor' in ('comes', 'goes') and (w ->> 'reason')::jsonb ? (e ->> 'branch')
    order by j.seq desc, w ->> 'actor'
    limit 1
  ) is distinct from 'comes'`

/** A task's number is that of the last row that made or woke it, or that lost its lease. */
const wrongNumbers = `
  select t.saga_id, t.branch, t.at_seq, last.seq
  from backstep.saga_tasks t
  cross join lateral (
    select max(j.seq) as seq
    from backstep.saga_journal j
    cross join lateral jsonb_array_elements(j.events) e
    where j.saga_id = t.saga_id and case e ->> 'type'
      when 'saga_started' then t.branch = 'main'
      when 'lease_lost' then e ->> 'branch' = t.branch
      when 'cancel_requested' then case e ->> 'actor'
        when 'comes' then (e ->> 'reason')::jsonb ? t.branch
        when 'goes' then false
        else true
      end
    end
  ) last
  where t.at_seq <> last.seq`

const deadlocks = `
  select deadlocks::int4 from pg_stat_database where datname = current_database()`
