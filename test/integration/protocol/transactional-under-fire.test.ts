import { setTimeout as passTime } from 'node:timers/promises'

import { startWorker } from '@backstep/engine'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { eventually } from '../../support/eventually.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { createMigratedDatabase, type MigratedDatabase } from '../postgres/migrated-database.ts'
import { contradictions } from './audit.ts'
import { postgresEngine, type PostgresEngine } from './postgres-engine.ts'
import { balances, createAccounts, movesOf, transferSaga } from './transfer-saga.ts'

const WORKERS = 3
const FIRE_MS = 5_000
const audit = { actor: 'ada', reason: 'a test' }
const tuning = {
  lease: '300ms',
  heartbeat: '80ms',
  sweep: '40ms',
  dispatchGrace: '20ms',
  abortGrace: '50ms',
  shutdownGrace: '2s',
} as const

let database: MigratedDatabase
let client: PostgresEngine

beforeAll(async () => {
  database = await createMigratedDatabase()
  client = postgresEngine(database.url)
  await createAccounts(database.pool, ['ann', 'ben'])
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

/** Cuts a worker off, at once or after some time in which nothing came through. */
async function disturb(proxies: readonly TcpProxy[]): Promise<void> {
  const proxy = proxies[Math.floor(Math.random() * proxies.length)]
  const luck = Math.random()
  if (luck < 0.6) {
    proxy?.setMode({ kind: 'blackhole', direction: luck < 0.3 ? 'down' : 'up' })
    await passTime(Math.random() * 500)
  }
  proxy?.cut()
  proxy?.setMode({ kind: 'pass' })
}

/** Ends a session that is inside a transaction of a handler, wherever it is. */
async function endOneSession(): Promise<void> {
  await database.pool.query(`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'backstep step'
      and xact_start is not null
    order by random() limit 1`)
}

/** Sets going again what the fire has stopped, until there is nothing left that lives. */
async function untilAllEnded(): Promise<void> {
  const { backstep } = client
  const live = ['running', 'compensating', 'stuck'] as const
  await eventually(
    async () => {
      for (const { sagaId } of await backstep.list({ status: 'stuck' })) {
        await backstep.retry(sagaId, audit)
      }
      expect(await backstep.list({ status: live })).toEqual([])
    },
    { timeoutMs: 60_000, what: 'all sagas end' },
  )
}

const everyMove = ['credit', 'debit', 'undo credit', 'undo debit']
/** Compensated sagas have come as far as they came, and are back where they were. */
const backAgain = [[], ['debit', 'undo debit'], everyMove].map((moves) => moves.join())

const patience = { timeout: 120_000 }

test(
  'rows and journals agree whatever breaks, and every transfer is made once',
  patience,
  async () => {
    const { backstep } = client
    const proxies = await Promise.all(
      Array.from({ length: WORKERS }, () => TcpProxy.start(database.url)),
    )
    const engines = proxies.map(({ url }) => postgresEngine(url))
    const workers = await Promise.all(
      engines.map((engine) =>
        startWorker({
          backstep: engine.backstep,
          sagas: [transferSaga],
          concurrency: 10,
          ...tuning,
        }),
      ),
    )
    const sagaIds: string[] = []
    const until = AbortSignal.timeout(FIRE_MS)
    await Promise.all([
      keep(until, 30, async () => {
        const input = { from: 'ann', to: 'ben', cents: 1, refused: Math.random() < 0.3 }
        sagaIds.push((await backstep.start(transferSaga, { input })).sagaId)
      }),
      keep(until, 100, async () => {
        const sagaId = sagaIds.at(-1 - Math.floor(Math.random() * 5))
        if (sagaId !== undefined) await backstep.cancel(sagaId, audit)
      }),
      keep(until, 300, () => disturb(proxies)),
      keep(until, 100, endOneSession),
    ])
    await untilAllEnded()
    await Promise.all(workers.map((worker) => worker.stop()))

    const rows = await Promise.all(sagaIds.map((sagaId) => backstep.get(sagaId)))
    for (const { sagaId, status } of rows) {
      const moves = (await movesOf(database.pool, sagaId)).join()
      const right = status === 'completed' ? ['credit,debit'] : backAgain
      expect(right, `${status} ${sagaId}`).toContain(moves)
    }
    const made = rows.filter(({ status }) => status === 'completed').length
    expect(await balances(database.pool)).toEqual({ ann: 1_000 - made, ben: 1_000 + made })
    expect(await contradictions(database.pool)).toEqual([])
    await Promise.all(engines.map((engine) => engine.backstep.close()))
    await Promise.all(proxies.map((proxy) => proxy.close()))
  },
)
