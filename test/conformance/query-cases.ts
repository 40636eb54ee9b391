import { expect } from 'vitest'

import type { SagaFilter } from '../../packages/engine/src/ports/saga-queries.ts'
import { LONG_MS, rowChange, type Scene } from './scene.ts'

/** What `SagaQueries` promises. */
export const queryCases: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  'finds a saga by its id': async (scene) => {
    const { sagaId } = await scene.start({ event: { key: 'o-1', version: 2 } })
    const row = await scene.store.findSaga(sagaId)
    const time = { startedAt: row?.startedAt, changedAt: row?.startedAt }
    const ids = { sagaId, name: 'order', version: 2, key: 'o-1' }
    const saga = { ...ids, ...rowChange({}), ...time, paused: false }
    expect(row).toEqual(saga)
    expect(await scene.store.findSaga(scene.ids.sortable())).toBeUndefined()
  },

  'gives times in milliseconds since 1970': async (scene) => {
    const { sagaId } = await scene.start()
    const row = await scene.store.findSaga(sagaId)
    const [entry] = await scene.store.readJournal(sagaId, 0)
    const [task] = await scene.store.listTasks(sagaId)
    const claim = await scene.startAndClaim()
    for (const time of [row?.startedAt, row?.changedAt, entry?.at, task?.runAt, claim.now]) {
      expect(time).toBeGreaterThan(Date.UTC(2020, 0, 1))
      expect(time).toBeLessThan(Date.UTC(2100, 0, 1))
    }
  },

  'lists sagas, newest first, in pages': async (scene) => {
    const ids: string[] = []
    for (let count = 0; count < 5; count += 1) ids.unshift((await scene.start()).sagaId)
    expect(await listed(scene, { limit: 10 })).toEqual(ids)
    const pages: string[] = []
    for (let page = 0; page < 3; page += 1) {
      const last = pages.at(-1)
      const before = last === undefined ? {} : { before: last }
      pages.push(...(await listed(scene, { ...before, limit: 2 })))
    }
    expect(pages).toEqual(ids)
    expect(await listed(scene, { before: ids.at(-1) ?? '', limit: 2 })).toEqual([])
  },

  'filters by status, name and key': async (scene) => {
    const running = (await scene.start({ event: { key: 'a' } })).sagaId
    const travel = (await scene.start({ event: { key: 'a', name: 'travel' } })).sagaId
    const ended = await scene.startAndClaim({ event: { key: 'b' } })
    await scene.complete(ended)
    const limit = 10
    expect(await listed(scene, { statuses: ['running'], limit })).toEqual([travel, running])
    const both = ['completed', 'running'] as const
    expect(await listed(scene, { statuses: both, limit })).toEqual([ended.sagaId, travel, running])
    expect(await listed(scene, { statuses: ['abandoned'], limit })).toEqual([])
    expect(await listed(scene, { statuses: [], limit })).toEqual([])
    expect(await listed(scene, { name: 'travel', limit })).toEqual([travel])
    expect(await listed(scene, { key: 'a', limit })).toEqual([travel, running])
    const narrow = { name: 'order', key: 'a', statuses: ['running'], limit } as const
    expect(await listed(scene, narrow)).toEqual([running])
    expect(await listed(scene, { ...narrow, before: running })).toEqual([])
  },

  'filters by age': async (scene) => {
    const old = (await scene.start()).sagaId
    await scene.passTime(500)
    await scene.start()
    expect(await listed(scene, { olderThanMs: 450, limit: 10 })).toEqual([old])
    expect(await listed(scene, { olderThanMs: LONG_MS, limit: 10 })).toEqual([])
    expect(await listed(scene, { olderThanMs: 0, limit: 10 })).toHaveLength(2)
  },

  'finds those of many that have ended': async (scene) => {
    const running = await scene.start()
    const stuck = await scene.start()
    const row = rowChange({ status: 'stuck', stuckCode: 'poison_task', stuckStep: 'reserve' })
    await scene.append(stuck.sagaId, { row })
    const [one, two] = [await scene.startAndClaim(), await scene.startAndClaim()]
    await scene.complete(one, { total: 1 })
    const { sagaId, branch, claimId } = two
    const task = { type: 'remove', branch, claimId } as const
    await scene.append(sagaId, { task, row: rowChange({ status: 'compensated' }) })
    const asked = [running.sagaId, two.sagaId, stuck.sagaId, one.sagaId, scene.ids.sortable()]
    const ended = await scene.store.findEnded(asked)
    const statuses = new Map(ended.map((saga) => [saga.sagaId, saga.status]))
    expect(statuses).toEqual(
      new Map([
        [one.sagaId, 'completed'],
        [two.sagaId, 'compensated'],
      ]),
    )
    expect(ended.find((saga) => saga.sagaId === one.sagaId)?.output).toEqual({ total: 1 })
    expect(await scene.store.findEnded([])).toEqual([])
  },

  'lists the tasks of a saga': async (scene) => {
    const { sagaId, claimId } = await scene.startAndClaim()
    expect(await scene.store.listTasks(sagaId)).toMatchObject([{ branch: 'main', claimed: true }])
    const next = scene.newTask({ branch: 'main/fork.1', queue: 'payments', delayMs: 1_000 })
    await scene.append(sagaId, { task: { type: 'replace', claimId, next } })
    const [task] = await scene.store.listTasks(sagaId)
    const [, entry] = await scene.store.readJournal(sagaId, 0)
    const { branch, queue } = next
    expect(task).toMatchObject({ branch, queue, claimed: false, leaseUntil: null })
    expect(Math.abs((task?.runAt ?? 0) - (entry?.at ?? 0) - 1_000)).toBeLessThan(500)
    expect(await scene.store.listTasks(scene.ids.sortable())).toEqual([])
  },

  'counts live sagas by status': async (scene) => {
    const empty = { live: { running: 0, compensating: 0, stuck: 0 }, oldestDueMs: 0 }
    expect(await scene.store.readBacklog()).toEqual(empty)
    const rows = [
      rowChange({ status: 'compensating' }),
      rowChange({ status: 'stuck', stuckCode: 'poison_task' }),
      rowChange({ status: 'stuck', stuckCode: 'orphan_effect' }),
    ]
    for (const row of rows) await scene.append((await scene.start()).sagaId, { row })
    await scene.start()
    await scene.complete(await scene.startAndClaim())
    const live = { running: 1, compensating: 1, stuck: 2 }
    expect(await scene.store.readBacklog()).toMatchObject({ live })
  },

  'tells how long the oldest free task has been due': async (scene) => {
    await scene.startAndClaim()
    await scene.start({ task: { delayMs: LONG_MS } })
    await scene.start({ task: { dispatchGraceMs: LONG_MS } })
    await scene.passTime(20)
    expect(await scene.store.readBacklog()).toMatchObject({ oldestDueMs: 0 })
    await scene.start()
    await scene.passTime(50)
    await scene.start()
    const { oldestDueMs } = await scene.store.readBacklog()
    expect(oldestDueMs).toBeGreaterThanOrEqual(50)
    expect(oldestDueMs).toBeLessThan(30_000)
  },

  'gives rows that the caller may keep': async (scene) => {
    const claim = await scene.startAndClaim()
    await scene.complete(claim, { lines: [1, 2] })
    const first = await scene.store.findSaga(claim.sagaId)
    const second = await scene.store.findSaga(claim.sagaId)
    expect(second).toEqual(first)
    expect(second).not.toBe(first)
    expect(second?.output).not.toBe(first?.output)
  },
}

async function listed(scene: Scene, filter: SagaFilter): Promise<readonly string[]> {
  return (await scene.store.listSagas(filter)).map(({ sagaId }) => sagaId)
}
