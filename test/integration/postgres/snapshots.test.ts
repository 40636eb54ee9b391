import { startWorker, type RunningWorker } from '@backstep/engine'
import { ClockedBreakers, MemoryTaskQueue } from '@backstep/engine/memory'
import { openPostgres, PostgresStore } from '@backstep/engine/postgres'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'

import { fold } from '../../../packages/engine/src/core/fold.ts'
import { restore } from '../../../packages/engine/src/core/restore-snapshot.ts'
import type { SagaSnapshot } from '../../../packages/engine/src/core/snapshot.ts'
import { defineSaga } from '../../../packages/engine/src/definition/define-saga.ts'
import type { RegisteredSaga } from '../../../packages/engine/src/definition/saga-definition.ts'
import { validateDefinition } from '../../../packages/engine/src/definition/validate-definition.ts'
import type { Claim, ClaimRecord } from '../../../packages/engine/src/ports/task-store.ts'
import { Backstep } from '../../../packages/engine/src/runtime/backstep.ts'
import { silentLogger } from '../../../packages/engine/src/runtime/silent-logger.ts'
import { systemClock } from '../../../packages/engine/src/runtime/system-clock.ts'
import { systemIds } from '../../../packages/engine/src/runtime/system-ids.ts'
import { untyped } from '../../unit/definition/order-saga.ts'
import { createMigratedDatabase, type MigratedDatabase } from './migrated-database.ts'

const STEPS = 230

let database: MigratedDatabase

beforeAll(async () => {
  database = await createMigratedDatabase()
})

afterAll(() => database.drop())

/** A store that remembers what came with its claims. */
class WatchedStore extends PostgresStore {
  readonly claims: Claim[] = []

  override async claim(batch: readonly ClaimRecord[]): Promise<readonly (Claim | null)[]> {
    const claims = await super.claim(batch)
    this.claims.push(...claims.filter((claim) => claim !== null))
    return claims
  }
}

interface Process {
  readonly backstep: Backstep
  readonly store: WatchedStore
  readonly worker: RunningWorker
}

/** A client and a worker that know nothing of what others in this process have in their memory. */
async function processWith(saga: RegisteredSaga): Promise<Process> {
  const connection = openPostgres({ databaseUrl: database.url, poolSize: 3 })
  const store = new WatchedStore(connection)
  const stores = {
    sagas: store,
    tasks: store,
    transactions: store,
    definitions: store,
    queries: store,
    limits: store,
    pauses: store,
  }
  const breakers = new ClockedBreakers()
  const engine = { ...stores, breakers, clock: systemClock, ids: systemIds, logger: silentLogger }
  const backstep = new Backstep({ ...engine, queue: new MemoryTaskQueue() }, () =>
    connection.close(),
  )
  const worker = await startWorker({
    backstep,
    sagas: [saga],
    sweep: '50ms',
    dispatchGrace: '50ms',
  })
  onTestFinished(async () => {
    await worker.stop()
    await backstep.close()
  })
  return { backstep, store, worker }
}

function sumOf({ results }: { readonly results: Readonly<Record<string, number>> }): number {
  return Object.values(results).reduce((sum, result) => sum + result, 0)
}

/** Adds numbers up; every seventh step fails once, and one step waits. */
function longSaga(waitsAt: number, wait: () => Promise<void>): RegisteredSaga {
  let saga = untyped(defineSaga({ name: `waits-at-${waitsAt}`, version: 1, input: z.object({}) }))
  for (let place = 1; place <= STEPS; place += 1) {
    const action = async ({ attempt, results }: { attempt: number; results: object }) => {
      if (place === waitsAt) await wait()
      if (place % 7 === 0 && attempt === 1) throw new Error(`Step ${place} is not in the mood.`)
      return Object.keys(results).length
    }
    const retry = { initialInterval: '1ms', jitter: 'none' }
    saga = saga.step(`step-${place}`, { action, retry, compensation: () => undefined })
  }
  return validateDefinition(saga.output(sumOf))
}

type StoredSnapshot = { readonly seq: number; readonly snapshot: SagaSnapshot }

async function storedSnapshots(sagaId: string): Promise<readonly StoredSnapshot[]> {
  const { rows } = await database.pool.query<StoredSnapshot>(
    `select seq, snapshot from backstep.saga_journal
     where saga_id = $1 and snapshot is not null order by seq`,
    [sagaId],
  )
  return rows
}

test('a process that never saw the saga goes on from a snapshot, and ends as if it had read all', async () => {
  const reached = Promise.withResolvers<void>()
  const saga = longSaga(220, async () => reached.resolve())
  const first = await processWith(saga)
  const { sagaId } = await first.backstep.start(saga, { input: {} })
  await reached.promise
  await first.worker.stop()

  const second = await processWith(saga)
  const result = await second.backstep.result(sagaId, { timeout: '20s' })

  expect(result).toMatchObject({ status: 'completed', output: (STEPS * (STEPS - 1)) / 2 })
  const [claim] = second.store.claims
  expect(claim?.journal).toMatchObject({ type: 'snapshot', snapshot: { seq: 199 } })
}, 60_000)

test('what Postgres keeps of a state is that state', async () => {
  const saga = longSaga(0, async () => {})
  const { backstep } = await processWith(saga)
  const { sagaId } = await backstep.start(saga, { input: { of: 'the caller' } })
  await backstep.result(sagaId, { timeout: '20s' })
  const { journal, plan } = await backstep.describe(sagaId)

  const snapshots = await storedSnapshots(sagaId)

  expect(snapshots.map(({ seq }) => seq)).toEqual([100, 200])
  for (const { seq, snapshot } of snapshots) {
    const before = journal.slice(0, seq - 1)
    expect(restore(plan, sagaId, snapshot, before)).toStrictEqual(fold(plan, sagaId, before))
  }
}, 60_000)
