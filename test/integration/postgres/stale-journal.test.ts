import { randomUUID } from 'node:crypto'

import { afterAll, beforeAll, expect, it } from 'vitest'

import { eventually } from '../../support/eventually.ts'
import { createMigratedDatabase, type MigratedDatabase } from './migrated-database.ts'
import { cancelRequest, LONG_MS, startRecord } from './saga-writer.ts'

let database: MigratedDatabase

beforeAll(async () => {
  database = await createMigratedDatabase()
})

afterAll(() => database.drop())

const somebodyWaitsForALock = async (): Promise<void> => {
  const { rows } = await database.pool.query(`
    select from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`)
  expect(rows).toHaveLength(1)
}

it('a claim that had to wait for a request has that request in its journal', async () => {
  const { store, pool } = database
  const record = startRecord()
  await store.start([record])
  const { sagaId, task } = record
  const writer = await pool.connect()
  await writer.query('begin')
  await writer.query(
    'update backstep.saga_tasks set wake = wake + 1, at_seq = 2 where saga_id = $1',
    [sagaId],
  )
  await writer.query(
    `insert into backstep.saga_journal (saga_id, seq, append_id, events)
     values ($1, 2, gen_random_uuid(), '[{"type": "cancel_refused", "reason": "late"}]')`,
    [sagaId],
  )
  const { branch, nonce } = task
  const claimed = { branch, nonce, claimId: randomUUID(), leaseMs: LONG_MS, known: null }
  const claiming = store.claim([{ sagaId, ...claimed }])
  // Its view of the journal is from before the commit, its view of the task from after it.
  await eventually(somebodyWaitsForALock)
  await writer.query('commit')
  writer.release()
  const [claim] = await claiming
  expect(claim?.journal.entries.map(({ seq }) => seq)).toEqual([1, 2])
})

it('a request that had to wait for a fork goes to the branches, which it did not see at first', async () => {
  const { store, pool } = database
  const record = startRecord()
  await store.start([record])
  const { sagaId } = record
  const writer = await pool.connect()
  await writer.query('begin')
  await writer.query('delete from backstep.saga_tasks where saga_id = $1', [sagaId])
  await writer.query(
    `insert into backstep.saga_journal (saga_id, seq, append_id, events)
     values ($1, 2, gen_random_uuid(), '[{"type": "cancel_refused", "reason": "late"}]')`,
    [sagaId],
  )
  await writer.query(
    `insert into backstep.saga_tasks (saga_id, branch, queue, nonce, run_at, due_at, at_seq)
     values ($1, 'main/one', 'orders', $2, now(), now(), 2)`,
    [sagaId, record.task.nonce],
  )
  const requesting = store.request(cancelRequest(sagaId))
  // All the tasks that it sees are gone when it may go on.
  await eventually(somebodyWaitsForALock)
  await writer.query('commit')
  writer.release()
  expect(await requesting).toMatchObject({ applied: true, seq: 3 })
  const { rows } = await pool.query(
    'select branch, at_seq, wake from backstep.saga_tasks where saga_id = $1',
    [sagaId],
  )
  expect(rows).toEqual([{ branch: 'main/one', at_seq: 3, wake: 1 }])
})
