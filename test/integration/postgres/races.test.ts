import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { openPostgres, PostgresStore } from '@backstep/engine/postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { createMigratedDatabase, type MigratedDatabase } from './migrated-database.ts'
import { END_OF_TURN, RacingWorker, type Tally } from './racing-worker.ts'
import { cancelRequest, newTask, QUEUE, startRecord, type SagaEvent } from './saga-writer.ts'

const SAGAS = 40
const WORKERS = 6
const RACE_MS = 6_000
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

/** Asks for cancels, and puts sagas that lost their last task to work again. */
const disturb = async (sagaIds: readonly string[], until: AbortSignal): Promise<void> => {
  const { store } = database
  while (!until.aborted) {
    const sagaId = sagaIds[Math.floor(Math.random() * sagaIds.length)] ?? ''
    const { applied } = await store.request(cancelRequest(sagaId))
    if (!applied) {
      const head = (await store.readJournal(sagaId, 0)).length
      const events = [{ type: 'saga_resumed', actor: 'ada', reason: 'again' }] as const
      const task = { type: 'create', next: [newTask()] } as const
      await store.append([
        {
          sagaId,
          seq: head + 1,
          appendId: randomUUID(),
          events,
          task,
          row: null,
          snapshot: null,
          afterId: null,
        },
      ])
    }
    await sleep(Math.random() * 10)
  }
}

it('racing workers with short leases leave no gap, no deadlock, no lost saga and no late append', async () => {
  const records = Array.from({ length: SAGAS }, () => startRecord())
  await database.store.start(records)
  const sagaIds = records.map(({ sagaId }) => sagaId)
  const connections = Array.from({ length: WORKERS }, () =>
    openPostgres({ databaseUrl: database.url, poolSize: 2 }),
  )
  const workers = connections.map(
    (connection) =>
      new RacingWorker(new PostgresStore(connection), { queue: QUEUE, leaseMs: LEASE_MS }),
  )
  const until = AbortSignal.timeout(RACE_MS)
  await Promise.all([
    ...workers.map((worker) => worker.run(until)),
    disturb(sagaIds, until),
    disturb(sagaIds, until),
  ])
  await Promise.all(connections.map((connection) => connection.close()))

  const sum = (of: keyof Tally): number => workers.reduce((all, { tally }) => all + tally[of], 0)
  // A race in which nothing collided would prove nothing.
  expect(sum('appends')).toBeGreaterThan(500)
  expect(sum('takeovers')).toBeGreaterThan(50)
  expect(sum('lostRaces')).toBeGreaterThan(0)

  for (const sagaId of sagaIds) {
    const entries = await database.store.readJournal(sagaId, 0)
    expect(secondHolders(entries.flatMap(({ events }) => events))).toEqual([])
  }
  expect(await ask(gaps)).toEqual([])
  expect(await ask(livingWithoutTask)).toEqual([])
  expect(await ask(appendsAfterLoss)).toEqual([])
  expect(await ask(tasksAheadOfJournal)).toEqual([])
  expect(await ask(deadlocks)).toEqual([{ deadlocks: 0 }])
})

/** Claims that wrote while another one, which was neither lost nor at its end, had written before. */
const secondHolders = (events: readonly SagaEvent[]): readonly string[] => {
  const found: string[] = []
  let holder: string | null = null
  for (const event of events) {
    if (event.type !== 'action_starting' && event.type !== 'lease_lost') continue
    if (holder !== null && holder !== event.claimId) found.push(event.claimId)
    const ends = event.type === 'lease_lost' || event.step === END_OF_TURN
    holder = ends ? null : event.claimId
  }
  return found
}

const gaps = `
  select saga_id from backstep.saga_journal
  group by saga_id having max(seq) <> count(*) or min(seq) <> 1`

/** A saga whose last word is not that it halted has a task; and one that halted has none. */
const livingWithoutTask = `
  select s.id
  from backstep.sagas s
  cross join lateral (
    select j.events -> -1 ->> 'type' as type
    from backstep.saga_journal j
    cross join lateral jsonb_array_elements(j.events) e
    where j.saga_id = s.id and e ->> 'type' in ('saga_started', 'saga_resumed', 'saga_stuck')
    order by j.seq desc limit 1
  ) last
  where (last.type <> 'saga_stuck')
    <> exists (select from backstep.saga_tasks t where t.saga_id = s.id)`

/** The racing workers put their claim's name into each verdict. */
const appendsAfterLoss = `
  select a.saga_id, a.seq
  from backstep.saga_journal a
  cross join lateral jsonb_array_elements(a.events) v
  join backstep.saga_journal l on l.saga_id = a.saga_id and l.seq < a.seq
  cross join lateral jsonb_array_elements(l.events) lost
  where v ->> 'type' = 'action_starting' and lost ->> 'type' = 'lease_lost'
    and v ->> 'claimId' = lost ->> 'claimId'`

const tasksAheadOfJournal = `
  select t.saga_id from backstep.saga_tasks t
  where t.at_seq > (select max(j.seq) from backstep.saga_journal j where j.saga_id = t.saga_id)`

const deadlocks = `
  select deadlocks::int4 from pg_stat_database where datname = current_database()`
