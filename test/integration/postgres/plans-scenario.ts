import { randomUUID } from 'node:crypto'

import { openPostgres, PostgresStore, retain } from '@backstep/engine/postgres'
import type { Pool } from 'pg'

import { fillSagas } from './retain-scene.ts'
import {
  appendRecord,
  cancelRequest,
  claimOf,
  completion,
  LONG_MS,
  newTask,
  QUEUE,
  startAndClaim,
  startRecord,
} from './saga-writer.ts'

/** More rows than there are from one snapshot to the next. */
const LONG = 120

type SagaFilter = Parameters<PostgresStore['listSagas']>[0]

/** Calls every method of the store, in every form that changes the statement. */
export const useStore = async (pool: Pool): Promise<void> => {
  const connection = openPostgres({ pool, prepare: true })
  // Heartbeats too, so that they are told of.
  const { executor, transactions } = connection
  const store = new PostgresStore({ executor, heartbeatExecutor: executor, transactions })
  await startSagas(pool, store)
  await work(store)
  await sweep(store)
  await useLimits(store)
  await ask(store)
  await connection.close()
}

const startSagas = async (pool: Pool, store: PostgresStore): Promise<void> => {
  const taken = startRecord('taken')
  await store.start([startRecord(), taken, startRecord('free')])
  await store.start([startRecord('taken')])
  await store.start([startRecord(null, { claim: { claimId: randomUUID(), leaseMs: LONG_MS } })])
  const client = await pool.connect()
  await client.query('begin')
  await store.start([startRecord('in a transaction')], { transaction: client })
  await client.query('commit')
  client.release()
}

const work = async (store: PostgresStore): Promise<void> => {
  const claim = await startAndClaim(store)
  const { sagaId, claimId, branch } = claim
  await store.heartbeat({ claims: [claim], leaseMs: LONG_MS })
  const first = appendRecord(sagaId)
  await store.append([first])
  // Once more, and too late: what is there already is looked up.
  await store.append([first, appendRecord(sagaId)])
  await store.request(cancelRequest(sagaId))
  const next = newTask()
  await store.append([appendRecord(sagaId, { seq: 4, task: { type: 'replace', claimId, next } })])
  const known = { seq: first.seq, appendId: first.appendId }
  const again = { sagaId, branch, nonce: next.nonce, claimId: randomUUID(), leaseMs: LONG_MS }
  const [held] = await store.claim([{ ...again, known }])
  if (!held) throw new Error('The claim was not granted.')
  await store.release([{ ...again, wake: held.wake, nonce: newTask().nonce, delayMs: 0 }])
  await store.append([completion(await startAndClaim(store))])
  await claimLongSaga(store)
  await forkAndJoin(store)
}

/** Branches come, wake each other, go, and come for a saga that has none. */
const forkAndJoin = async (store: PostgresStore): Promise<void> => {
  const main = await startAndClaim(store)
  const { sagaId } = main
  const next = [newTask({ branch: 'main/one' }), newTask({ branch: 'main/two' })]
  const settled = { type: 'settle', dropped: [], next: [], wake: true } as const
  const forked = { ...settled, claims: [main], next }
  await store.append([appendRecord(sagaId, { task: forked })])
  // Several claims on one saga have a statement of their own.
  const claims = await store.claim(
    next.map(({ branch, nonce }) => {
      return { sagaId, branch, nonce, claimId: randomUUID(), leaseMs: LONG_MS, known: null }
    }),
  )
  const held = claims.flatMap((claim) => claim ?? [])
  await store.append([appendRecord(sagaId, { seq: 3, task: { ...settled, claims: held } })])
  await store.append([appendRecord(sagaId, { seq: 4, task: { type: 'create', next } })])
  if ((await store.listTasks(sagaId)).length !== next.length) throw new Error('No fork, no join.')
}

/** Long enough that its journal is read from a snapshot, if there is one. */
const claimLongSaga = async (store: PostgresStore): Promise<void> => {
  const { sagaId, branch, claimId } = await startAndClaim(store)
  for (let seq = 2; seq < LONG; seq += 1) await store.append([appendRecord(sagaId, { seq })])
  const next = newTask()
  await store.append([
    appendRecord(sagaId, { seq: LONG, task: { type: 'replace', claimId, next } }),
  ])
  const again = { sagaId, branch, nonce: next.nonce, claimId: randomUUID(), leaseMs: LONG_MS }
  await store.claim([{ ...again, known: null }])
}

const sweep = async (store: PostgresStore): Promise<void> => {
  const expired = startRecord()
  await store.start([expired])
  await claimOf(store, expired, 0)
  const queues = [QUEUE, 'queue-1']
  await store.takeOver({ queues, limit: 10, leaseMs: LONG_MS })
  await store.findOverdue({ queues, limit: 10 })
  await store.findUndispatched({ queues, limit: 10 })
}

/** A queue with both limits, which are used up, and lost. */
const useLimits = async (store: PostgresStore): Promise<void> => {
  const queue = 'limited'
  const rate = { limit: 5, perMs: LONG_MS }
  await store.declareLimits([{ queue, maximumConcurrency: 2, rate }])
  const by = { queue, actor: 'ada', reason: 'a test' }
  await store.overrideLimits({ ...by, to: { maximumConcurrency: 3 } })
  await store.overrideLimits({ ...by, to: { rate } })
  await store.overrideLimits({ ...by, to: { maximumConcurrency: 3, rate } })
  await store.overrideLimits({ ...by, to: 'code' })
  await store.readLimits()
  await store.readUse()
  await store.start([1, 2, 3].map(() => startRecord(null, { task: newTask({ queue }) })))
  const claimIds = [randomUUID(), randomUUID(), randomUUID()]
  const { grants } = await store.grant({ queue, claimIds, leaseMs: 0, aheadMs: 0 })
  if (grants.length !== 2) throw new Error('Two tasks were to be granted.')
  await store.takeOver({ queues: [queue], limit: 10, leaseMs: LONG_MS })
}

const ask = async (store: PostgresStore): Promise<void> => {
  const { sagaId } = startRecord()
  await store.start([startRecord(null, { sagaId })])
  const unknown = startRecord().sagaId
  await store.findSaga(unknown)
  await store.findEnded([sagaId, unknown])
  await store.readJournal(unknown, 0)
  await store.listTasks(sagaId)
  await store.readBacklog()
  await store.register({
    fingerprint: 'plain',
    plan: { name: 'order', version: 1, inputSchema: {}, nodes: [] },
  })
  await store.findDefinition('order', 1)
  await store.listDefinitions()
  const held = { kind: 'definition', name: 'held', version: 1 } as const
  await store.pause(held, { actor: 'ada', reason: 'to look at the plans' })
  await store.listPauses()
  await store.resume(held)
  for (const filter of filters()) await store.listSagas(filter)
}

/** All combinations of what may be asked for in a list. */
const filters = (): readonly SagaFilter[] => {
  const parts: readonly (readonly Partial<SagaFilter>[])[] = [
    [{}, { statuses: ['stuck'] }, { statuses: ['completed'] }],
    [{}, { name: 'order' }],
    [{}, { key: 'key-4' }],
    [{}, { olderThanMs: 1_000 }],
    [{}, { before: startRecord().sagaId }],
  ]
  return parts.reduce<readonly SagaFilter[]>(
    (all, part) => all.flatMap((one) => part.map((more) => Object.assign({}, one, more))),
    [{ limit: 10 }],
  )
}

/** Makes sagas that are older than everything else in there, archives them, and drops a month of them. */
export const retainOld = async (pool: Pool): Promise<void> => {
  const old = { status: 'completed', journalRows: 1 }
  await fillSagas(pool, { ...old, count: 20, at: `'2000-01-20'`, keys: 'old' })
  // Enough of them that their month is not read from end to end because it is small.
  await fillSagas(pool, { ...old, count: 5_000, at: `'2001-01-20'`, keys: 'less old' })
  const archiveAfter = '5000d'
  await retain({ pool, archiveAfter, dryRun: true })
  const sinceMs = Date.now() - Date.UTC(2000, 5)
  await retain({ pool, archiveAfter, dropAfter: `${Math.floor(sinceMs / 86_400_000)}d` })
}
