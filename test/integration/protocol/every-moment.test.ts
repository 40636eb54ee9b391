import { setTimeout as passTime } from 'node:timers/promises'

import { startWorker } from '@backstep/engine'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { TcpProxy } from '../../support/tcp-proxy.ts'
import { createMigratedDatabase, type MigratedDatabase } from '../postgres/migrated-database.ts'
import { contradictions } from './audit.ts'
import { postgresEngine, type PostgresEngine } from './postgres-engine.ts'
import { Participants, restlessSaga } from './restless-saga.ts'

const WORKERS = 3
const RESTLESS_MS = 5_000
const audit = { actor: 'ada', reason: 'a test' }
const tuning = {
  lease: '180ms',
  heartbeat: '50ms',
  sweep: '40ms',
  dispatchGrace: '20ms',
  abortGrace: '50ms',
  shutdownGrace: '1s',
} as const

let database: MigratedDatabase
let client: PostgresEngine

beforeAll(async () => {
  database = await createMigratedDatabase()
  client = postgresEngine(database.url)
})

afterAll(async () => {
  await client.backstep.close()
  await database.drop()
})

/** Does something again and again, with pauses of up to so long. */
async function keep(until: AbortSignal, pauseMs: number, work: () => Promise<void>): Promise<void> {
  while (!until.aborted) {
    await work()
    await passTime(Math.random() * pauseMs)
  }
}

/** Cuts a worker off from Postgres: at once, or after replies or requests were held up for a while. */
async function disturb(proxies: readonly TcpProxy[]): Promise<void> {
  const proxy = proxies[Math.floor(Math.random() * proxies.length)]
  const luck = Math.random()
  if (luck < 0.5) {
    proxy?.setMode({ kind: 'blackhole', direction: luck < 0.25 ? 'down' : 'up' })
    await passTime(Math.random() * 800)
  }
  proxy?.cut()
  proxy?.setMode({ kind: 'pass' })
}

/** Two operators ask for the same stuck saga at once. */
async function operate(): Promise<void> {
  const { backstep } = client
  const [stuck] = await backstep.list({ status: 'stuck', limit: 1 })
  if (stuck === undefined) return
  const { sagaId } = stuck
  const cancels = Math.random() < 0.5
  await Promise.all([
    backstep.retry(sagaId, audit),
    cancels ? backstep.cancel(sagaId, audit) : backstep.retry(sagaId, audit),
  ])
}

test('at every moment each row is what its journal tells, and each live saga has one task', async () => {
  const participants = new Participants()
  const saga = restlessSaga(participants)
  const { backstep } = client
  const proxies = await Promise.all(
    Array.from({ length: WORKERS }, () => TcpProxy.start(database.url)),
  )
  const engines = proxies.map(({ url }) => postgresEngine(url))
  const workers = await Promise.all(
    engines.map((engine) =>
      startWorker({ backstep: engine.backstep, sagas: [saga], concurrency: 15, ...tuning }),
    ),
  )
  const sagaIds: string[] = []
  const found = new Set<string>()
  const until = AbortSignal.timeout(RESTLESS_MS)
  await Promise.all([
    keep(until, 50, async () => {
      sagaIds.push((await backstep.start(saga, { input: {} })).sagaId)
    }),
    keep(until, 150, async () => {
      const sagaId = sagaIds[Math.floor(Math.random() * sagaIds.length)]
      if (sagaId !== undefined) await backstep.cancel(sagaId, audit)
    }),
    keep(until, 60, operate),
    keep(until, 300, () => disturb(proxies)),
    keep(until, 30, async () => {
      for (const problem of await contradictions(database.pool)) found.add(problem)
    }),
  ])
  await Promise.all(workers.map((worker) => worker.stop()))
  expect([...found]).toEqual([])

  const rows = await backstep.list({ limit: 1_000 })
  const standing = (status: string): readonly number[] => [
    ...new Set(
      rows
        .filter((row) => row.status === status)
        .map(({ sagaId }) => participants.standing(sagaId).length),
    ),
  ]
  expect(standing('completed')).toEqual([4])
  expect(standing('compensated')).toEqual([0])
  await Promise.all(engines.map((engine) => engine.backstep.close()))
  await Promise.all(proxies.map((proxy) => proxy.close()))
})
