import { retain } from '@backstep/engine/postgres'
import type { PoolClient } from 'pg'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { eventually } from '../../support/eventually.ts'
import { createMigratedDatabase, type MigratedDatabase } from './migrated-database.ts'
import { fillSagas, whereabouts } from './retain-scene.ts'
import { appendRecord } from './saga-writer.ts'

let database: MigratedDatabase
let client: PoolClient
let sagaId: string

beforeEach(async () => {
  database = await createMigratedDatabase()
  client = await database.pool.connect()
  const at = `now() - interval '8 days'`
  // The first run makes the month, so that the next one has nothing to do but the move.
  await fillSagas(database.pool, { count: 1, status: 'compensated', at })
  await archive()
  const [id = ''] = await fillSagas(database.pool, { count: 1, status: 'compensated', at })
  sagaId = id
})

afterEach(async () => {
  client.release()
  await database.drop()
})

const archive = () => retain({ databaseUrl: database.url, archiveAfter: '7d' })

/** A late result for a saga with three rows; nobody holds it. */
const late = () => appendRecord(sagaId, { seq: 4, task: { type: 'none' } })

/** Waits until a session stands in line for a lock: one of the store, or one that moves sagas. */
const waiting = (who: 'store' | 'retain'): Promise<void> =>
  eventually(async () => {
    const { rowCount } = await database.pool.query(
      `select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'
        and (case application_name when 'backstep' then 'store' else 'retain' end) = $1`,
      [who],
    )
    expect(rowCount).toBe(1)
  })

it('a saga to which somebody is appending stays until that is done', async () => {
  await client.query('begin')
  await client.query(
    `insert into backstep.saga_journal (saga_id, seq, append_id, events)
    values ($1, 4, gen_random_uuid(), '[{"type": "late_result"}]')`,
    [sagaId],
  )
  const appended = database.store.append([late()])
  await waiting('store')
  expect(await archive()).toMatchObject({ moved: { sagas: 0 } })
  await client.query('rollback')
  expect(await appended).toMatchObject([{ applied: true }])
  expect(await whereabouts(database.pool, [sagaId])).toMatchObject({ live: 1, liveRows: 4 })
  expect(await archive()).toMatchObject({ moved: { sagas: 1, journalRows: 4 } })
})

it('nothing is appended to a saga that is on its way into the archive', async () => {
  await client.query('begin')
  await client.query('lock table backstep.archived_sagas in share mode')
  const moved = archive()
  await waiting('retain')
  const appended = database.store.append([late()])
  await waiting('store')
  await client.query('rollback')
  expect(await moved).toMatchObject({ moved: { sagas: 1, journalRows: 3 } })
  expect(await appended).toEqual([{ applied: false }])
  const there = { live: 0, liveRows: 0, archived: 1, archivedRows: 3 }
  expect(await whereabouts(database.pool, [sagaId])).toMatchObject(there)
})
