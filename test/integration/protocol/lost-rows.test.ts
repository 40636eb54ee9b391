import { randomUUID } from 'node:crypto'

import { defineSaga, startWorker } from '@backstep/engine'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'

import { MemoryTaskQueue } from '@backstep/engine/memory'
import { eventually } from '../../support/eventually.ts'
import { createMigratedDatabase, type MigratedDatabase } from '../postgres/migrated-database.ts'
import { postgresEngine } from './postgres-engine.ts'

let database: MigratedDatabase

beforeAll(async () => {
  database = await createMigratedDatabase()
})

afterAll(() => database.drop())

test('a turn whose last row was lost, and taken by another, decides nothing on it', async () => {
  const { backstep } = postgresEngine(database.url, new MemoryTaskQueue())
  const ran: string[] = []
  let sagaId = ''
  const reserved = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const saga = defineSaga({ name: 'lossy', version: 1, input: z.object({}) })
    .step('reserve', {
      action: () => void ran.push('reserve'),
      compensation: () => void ran.push('undo reserve'),
    })
    .step('pay', {
      action: async () => {
        ran.push('pay')
        reserved.resolve()
        await goOn.promise
      },
      compensation: () => void ran.push('undo pay'),
    })
    .step('ship', { action: () => void ran.push('ship'), compensation: () => {} })
  const tuning = { lease: '900ms', heartbeat: '300ms', sweep: '100ms', timeout: '1s' } as const
  const worker = await startWorker({ backstep, sagas: [saga], ...tuning })
  const handle = await backstep.start(saga, { input: {} })
  sagaId = handle.sagaId
  await reserved.promise
  // What a failover to a server that lags behind does: row 2 is gone, and an outsider's row has its number.
  await database.pool.query('delete from backstep.saga_journal where saga_id = $1 and seq = 2', [
    sagaId,
  ])
  const request = { type: 'cancel_requested', actor: 'ann', reason: 'too late' } as const
  const record = { sagaId, appendId: randomUUID(), events: [request] }
  expect(await database.store.request(record)).toMatchObject({ applied: true, seq: 2 })
  goOn.resolve()
  // Whoever takes over reads what is there: the first step was never heard of, and is undone as unknown.
  await eventually(
    async () => {
      expect(await backstep.get(sagaId)).toMatchObject({ status: 'compensated' })
    },
    { timeoutMs: 60_000 },
  )
  expect(ran).not.toContain('ship')
  expect(ran.at(-1)).toBe('undo reserve')
  await worker.stop()
  await backstep.close()
}, 90_000)
