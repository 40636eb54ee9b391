import { expect } from 'vitest'

import type { StartRecord, StartResult } from '../../packages/engine/src/ports/saga-store.ts'
import { LONG_MS, QUEUE, type Scene } from './scene.ts'
import { startClaimCases } from './start-claim-cases.ts'

/** The time that a start is answered with. */
const at: unknown = expect.any(Number)

/** Asks again for as long as somebody else is about to take the key: then nothing was made, and it is open who has it. */
async function untilSettled(scene: Scene, record: StartRecord): Promise<StartResult> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    const [result] = await scene.store.start([record])
    if (result === undefined) throw new Error('There is no result.')
    if (result.status !== 'busy') return result
    expect(result.sagaId).toBe(record.sagaId)
    await scene.passTime(1)
  }
  throw new Error('The key stays busy.')
}

/** What `SagaStore.start` promises. */
export const startCases: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  ...startClaimCases,

  'makes the saga, its first row and its task': async (scene) => {
    const { sagaId, appendId, event } = await scene.start({
      event: { input: { text: 'ö "\\" 雪' } },
    })
    const row = await scene.store.findSaga(sagaId)
    expect(row).toMatchObject({ sagaId, name: 'order', version: 1, key: null, status: 'running' })
    expect(await scene.entries(sagaId, 0)).toEqual([
      { seq: 1, at: row?.startedAt, events: [event], appendId },
    ])
    const task = { branch: 'main', queue: QUEUE, claimed: false, leaseUntil: null, deliveries: 0 }
    expect(await scene.store.listTasks(sagaId)).toEqual([{ ...task, runAt: expect.any(Number) }])
  },

  'answers with the time of the first row': async (scene) => {
    const batch = [scene.startRecord({ event: { key: 'a' } }), scene.startRecord()]
    const results = await scene.store.start(batch)
    const rows = await Promise.all(batch.map(({ sagaId }) => scene.entries(sagaId, 0)))
    expect(rows.flat()).toHaveLength(2)
    expect(results).toEqual(
      batch.map(({ sagaId }, index) => ({ status: 'started', sagaId, at: rows[index]?.[0]?.at })),
    )
  },

  'keeps nothing that the caller can still change': async (scene) => {
    const input = { amount: 5 }
    const { sagaId } = await scene.start({ event: { input } })
    input.amount = 6
    const [entry] = await scene.entries(sagaId, 0)
    expect(entry?.events).toMatchObject([{ input: { amount: 5 } }])
  },

  'answers in the order of the batch': async (scene) => {
    const keys = ['c', 'a', null, 'b', null]
    const batch = keys.map((key) => scene.startRecord({ event: { key } }))
    const results = await scene.store.start(batch)
    expect(results).toEqual(batch.map(({ sagaId }) => ({ status: 'started', sagaId, at })))
  },

  'gives the saga that has the key when the input is the same': async (scene) => {
    const first = await scene.start({ event: { key: 'o-1' } })
    const again = scene.startRecord({ event: { key: 'o-1' } })
    const existing = { status: 'existing', sagaId: first.sagaId }
    expect(await scene.store.start([again])).toEqual([existing])
    expect(await scene.store.findSaga(again.sagaId)).toBeUndefined()
    expect(await scene.entries(again.sagaId, 0)).toEqual([])
    expect(await scene.store.listTasks(again.sagaId)).toEqual([])
  },

  'names a conflict when the key is there with another input': async (scene) => {
    const first = await scene.start({ event: { key: 'o-1' } })
    const other = scene.startRecord({ event: { key: 'o-1' }, inputHash: 'another' })
    const conflict = { status: 'conflict', sagaId: first.sagaId }
    expect(await scene.store.start([other])).toEqual([conflict])
    expect(await scene.store.findSaga(other.sagaId)).toBeUndefined()
  },

  'starts the others of a batch in which a key is taken': async (scene) => {
    const { sagaId } = await scene.start({ event: { key: 'b' } })
    const free = scene.startRecord({ event: { key: 'a' } })
    const taken = scene.startRecord({ event: { key: 'b' } })
    const conflicting = scene.startRecord({ event: { key: 'b' }, inputHash: 'another' })
    const keyless = scene.startRecord()
    expect(await scene.store.start([taken, free, conflicting, keyless])).toEqual([
      { status: 'existing', sagaId },
      { status: 'started', sagaId: free.sagaId, at },
      { status: 'conflict', sagaId },
      { status: 'started', sagaId: keyless.sagaId, at },
    ])
  },

  'starts one of two records of a batch that name the same key': async (scene) => {
    const one = scene.startRecord({ event: { key: 'o-1' } })
    const two = scene.startRecord({ event: { key: 'o-1' } })
    const results = await scene.store.start([one, two])
    expect(results.map(({ status }) => status).toSorted()).toEqual(['existing', 'started'])
    expect(new Set(results.map(({ sagaId }) => sagaId)).size).toBe(1)
  },

  'starts one of many that race for the same key': async (scene) => {
    const records = Array.from({ length: 6 }, () => scene.startRecord({ event: { key: 'o-1' } }))
    const results = await Promise.all(records.map((record) => untilSettled(scene, record)))
    const statuses = results.map(({ status }) => status)
    expect(statuses.filter((status) => status === 'started')).toHaveLength(1)
    expect(statuses.filter((status) => status === 'existing')).toHaveLength(5)
    expect(new Set(results.map(({ sagaId }) => sagaId)).size).toBe(1)
    expect(await scene.store.listSagas({ limit: 10 })).toHaveLength(1)
  },

  'lets batches with the same keys in another order race': async (scene) => {
    const keys = ['a', 'b', 'c', 'd', 'e']
    const batchOf = (order: readonly string[]) =>
      order.map((key) => scene.startRecord({ event: { key } }))
    const batches = [batchOf(keys), batchOf(keys.toReversed()), batchOf(keys)]
    const results = await Promise.all(batches.map((batch) => scene.store.start(batch)))
    const started = results.flat().filter(({ status }) => status === 'started')
    expect(started).toHaveLength(keys.length)
  },

  'keeps the keys of two definitions apart, and not those of two versions': async (scene) => {
    const key = 'same'
    const { sagaId } = await scene.start({ event: { key } })
    const otherName = scene.startRecord({ event: { key, name: 'travel' } })
    const otherVersion = scene.startRecord({ event: { key, version: 2 } })
    expect(await scene.store.start([otherName, otherVersion])).toEqual([
      { status: 'started', sagaId: otherName.sagaId, at },
      { status: 'existing', sagaId },
    ])
  },

  'is harmless when repeated after a lost reply': async (scene) => {
    for (const key of [null, 'o-1']) {
      const record = await scene.start({ event: { key } })
      const existing = { status: 'existing', sagaId: record.sagaId }
      expect(await scene.store.start([record])).toEqual([existing])
      expect(await scene.journal(record.sagaId)).toEqual(['1 saga_started'])
      expect(await scene.store.listTasks(record.sagaId)).toHaveLength(1)
    }
  },

  'keeps the key of a saga that has ended': async (scene) => {
    const { sagaId } = await scene.startAndClaim({ event: { key: 'o-1' } }).then(async (claim) => {
      await scene.complete(claim)
      return claim
    })
    const again = scene.startRecord({ event: { key: 'o-1' } })
    expect(await scene.store.start([again])).toEqual([{ status: 'existing', sagaId }])
    expect(await scene.store.listTasks(sagaId)).toEqual([])
  },

  'refuses a transaction that is none of its own, and starts nothing': async (scene) => {
    const record = scene.startRecord()
    const start = scene.store.start([record], { transaction: { no: 'handle' } })
    await expect(start).rejects.toMatchObject({
      name: 'BackstepError',
      code: 'CONFIGURATION_INVALID',
    })
    expect(await scene.store.findSaga(record.sagaId)).toBeUndefined()
  },

  'starts the neighbors of a saga that cannot be stored': async (scene) => {
    const good = scene.startRecord()
    const bad = scene.startRecord({ event: { input: { text: 'a lone surrogate \ud800' } } })
    const start = scene.store.start([bad, good])
    await expect(start).rejects.toMatchObject({ code: 'PAYLOAD_INVALID' })
    expect(await scene.store.findSaga(bad.sagaId)).toBeUndefined()
    expect(await scene.store.findSaga(good.sagaId)).toMatchObject({ status: 'running' })
  },

  'delays the first task when asked to': async (scene) => {
    const started = await scene.start({ task: { delayMs: LONG_MS } })
    expect(await scene.store.claim([scene.claimRecord(started)])).toEqual([null])
    const row = await scene.store.findSaga(started.sagaId)
    const [task] = await scene.store.listTasks(started.sagaId)
    expect(Math.abs((task?.runAt ?? 0) - (row?.startedAt ?? 0) - LONG_MS)).toBeLessThan(1_000)
  },

  'takes an empty batch': async (scene) => {
    expect(await scene.store.start([])).toEqual([])
  },
}
