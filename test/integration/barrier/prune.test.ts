import { pruneBarrier } from '@backstep/engine/barrier'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'

import { uuidV7 } from '../../../packages/engine/src/runtime/system-ids.ts'
import { createParticipant, type Participant } from './participant.ts'

let participant: Participant
const dayMs = 86_400_000

beforeAll(async () => {
  participant = await createParticipant()
})

beforeEach(() => participant.pool.query('truncate backstep_barrier.effects'))

afterAll(() => participant.drop())

/** Rows of a saga that was started so many days ago, and whose state changed so many days ago. */
const insert = async (count: number, startedDays: number, changedDays: number): Promise<void> => {
  for (let n = 0; n < count; n += 1) {
    const random = crypto.getRandomValues(new Uint8Array(10))
    await participant.pool.query(
      `insert into backstep_barrier.effects (saga_id, branch, step, round, state, changed_at)
       values ($1, 'main', 'reserve', 1, 'done', now() - $2::float8 * interval '1 day')`,
      [uuidV7(Date.now() - startedDays * dayMs, random), changedDays],
    )
  }
}

const left = async (): Promise<number> => {
  const { rows } = await participant.pool.query<{ n: number }>(
    'select count(*)::integer as n from backstep_barrier.effects',
  )
  return rows[0]?.n ?? Number.NaN
}

it('pruning deletes what has not changed for that long, and nothing else', async () => {
  await insert(3, 100, 99)
  await insert(2, 100, 89)
  await insert(1, 1, 0)
  const { pool } = participant
  expect(await pruneBarrier({ pool, olderThan: '90d' })).toBe(3)
  expect(await pruneBarrier({ pool, olderThan: '90d' })).toBe(0)
  expect(await left()).toBe(3)
})

it('pruning goes on until nothing is left, in batches that end within a saga as well', async () => {
  await insert(20, 100, 99)
  await participant.pool.query(
    `insert into backstep_barrier.effects (saga_id, branch, step, round, state, changed_at)
     select saga_id, 'items[' || n || ']', step, round, 'undone', changed_at
     from backstep_barrier.effects, generate_series(1, 4) as n`,
  )
  const { url: databaseUrl } = participant
  expect(await pruneBarrier({ databaseUrl, olderThan: '90d', batchSize: 7 })).toBe(100)
  expect(await left()).toBe(0)
})

it('pruning passes over rows of old sagas that are still young, however many there are', async () => {
  await insert(10, 100, 1)
  await insert(5, 99, 98)
  expect(await pruneBarrier({ pool: participant.pool, olderThan: '90d', batchSize: 3 })).toBe(5)
})

it('pruning ends after a batch when it is told to', async () => {
  await insert(10, 100, 99)
  const { pool } = participant
  const signal = AbortSignal.abort()
  expect(await pruneBarrier({ pool, olderThan: '90d', batchSize: 4, signal })).toBe(4)
  expect(await left()).toBe(6)
})

it('the age is a duration like all others', async () => {
  const attempt = pruneBarrier({ pool: participant.pool, olderThan: '90' })
  await expect(attempt).rejects.toMatchObject({ code: 'DURATION_INVALID' })
})

it('pruning says what to run where the table is not there', async () => {
  const attempt = pruneBarrier({ pool: participant.pool, olderThan: '90d', schema: 'nowhere' })
  await expect(attempt).rejects.toMatchObject({
    code: 'DATABASE_NOT_MIGRATED',
    message: expect.stringContaining('Call migrateBarrier('),
  })
})
