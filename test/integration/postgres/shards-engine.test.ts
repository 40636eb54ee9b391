import { randomUUID } from 'node:crypto'

import { createBackstep, defineSaga, reject, startWorker, type Backstep } from '@backstep/engine'
import { openPostgres, PostgresStore } from '@backstep/engine/postgres'
import { startRedis, type RedisServer } from '@backstep/servers'
import { Pool } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'

import { eventually } from '../../support/eventually.ts'
import type { TestDatabase } from '../../support/test-database.ts'
import { contradictions } from '../protocol/audit.ts'
import { createShardedDatabase, SHARDS } from './shards-database.ts'

type Fate = 'completes' | 'is retried' | 'is rejected' | 'waits'

const audit = { actor: 'ada', reason: 'a test' }
const failed = new Set<string>()

const saga = defineSaga({
  name: 'order',
  version: 1,
  input: z.object({ fate: z.enum(['completes', 'is retried', 'is rejected', 'waits']) }),
})
  .step('reserve', { action: () => 'r-1', compensation: () => {} })
  .step('charge', {
    retry: { initialInterval: '20ms', maximumInterval: '20ms' },
    action: ({ input, sagaId }) => {
      if (input.fate === 'is rejected') throw reject('declined', 'The card was declined.')
      if (input.fate === 'is retried' && !failed.has(sagaId)) {
        failed.add(sagaId)
        throw new Error('The bank does not answer.')
      }
    },
    compensation: () => {},
  })
  .step('ship', {
    retry: { initialInterval: '1h', jitter: 'none' },
    action: ({ input }) => {
      if (input.fate === 'waits') throw new Error('There is nobody in the warehouse.')
    },
    compensation: () => {},
  })

let database: TestDatabase
let redis: RedisServer
let backstep: Backstep
let pool: Pool

beforeAll(async () => {
  ;[database, redis] = await Promise.all([createShardedDatabase(), startRedis()])
  backstep = createBackstep({ databaseUrl: database.url, redisUrl: redis.url })
  pool = new Pool({ connectionString: database.url })
})

afterAll(async () => {
  await backstep.close()
  await pool.end()
  await Promise.all([database.drop(), redis.close()])
})

/** Claims the task of a saga that nobody works on, and is not heard of any more. */
const loseWorker = async (sagaId: string): Promise<void> => {
  const connection = openPostgres({ databaseUrl: database.url })
  const store = new PostgresStore(connection)
  const { rows } = await pool.query<{ readonly nonce: string }>(
    'select nonce from backstep.saga_tasks where saga_id = $1',
    [sagaId],
  )
  const nonce = rows[0]?.nonce ?? ''
  const record = { sagaId, branch: 'main', nonce, claimId: randomUUID(), leaseMs: 1, known: null }
  expect(await store.claim([record])).toMatchObject([{ sagaId }])
  await connection.close()
}

const startMany = async (fate: Fate): Promise<readonly string[]> => {
  const handles = await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      backstep.start(saga, { key: `${fate} ${n}`, input: { fate } }),
    ),
  )
  return handles.map(({ sagaId }) => sagaId)
}

const statuses = async (sagaIds: readonly string[]): Promise<readonly string[]> => {
  const results = await Promise.all(
    sagaIds.map((sagaId) => backstep.result(sagaId, { timeout: '20s' })),
  )
  return [...new Set(results.map(({ status }) => status))]
}

const events = async (sagaIds: readonly string[]): Promise<ReadonlySet<string>> => {
  const { rows } = await pool.query<{ readonly type: string }>(
    `select distinct e ->> 'type' as type
    from backstep.saga_journal, jsonb_array_elements(events) e where saga_id = any($1)`,
    [sagaIds],
  )
  return new Set(rows.map(({ type }) => type))
}

it('the whole engine runs on partitioned tables', async () => {
  const lost = await startMany('completes')
  for (const sagaId of lost) await loseWorker(sagaId)
  const worker = await startWorker({
    backstep,
    sagas: [saga],
    sweep: '100ms',
    dispatchGrace: '100ms',
  })
  const retried = await startMany('is retried')
  const rejected = await startMany('is rejected')
  const waiting = await startMany('waits')
  expect(await statuses([...lost, ...retried])).toEqual(['completed'])
  expect(await events(lost)).toContain('lease_lost')
  expect(await events(retried)).toContain('action_failed')
  expect(await statuses(rejected)).toEqual(['compensated'])
  await eventually(async () => expect(await events(waiting)).toContain('action_failed'))
  for (const sagaId of waiting) await backstep.cancel(sagaId, audit)
  expect(await statuses(waiting)).toEqual(['compensated'])
  expect((await startMany('waits')).toSorted()).toEqual(waiting.toSorted())
  await worker.stop()
  expect(await contradictions(pool)).toEqual([])
  const { rows } = await pool.query(`select distinct tableoid from backstep.saga_journal`)
  expect(rows).toHaveLength(SHARDS)
})

it('people see the steps of a saga in partitions, too', async () => {
  const [sagaId] = await startMany('completes')
  const { rows } = await pool.query<{ readonly step: string }>(
    'select step from backstep.saga_steps where saga_id = $1 order by position',
    [sagaId],
  )
  expect(rows.map(({ step }) => step)).toEqual(['reserve', 'charge', 'ship'])
})
