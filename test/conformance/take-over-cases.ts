import { expect } from 'vitest'

import type { Claim } from '../../packages/engine/src/ports/task-store.ts'
import { LONG_MS, QUEUE, type Scene } from './scene.ts'

/** What `TaskStore.takeOver` promises. */
export const takeOverCases: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  'writes which claim was lost, and gives the task with that row': async (scene) => {
    const lost = await scene.expiredClaim()
    const { sagaId, branch, queue } = lost
    const [taken, ...others] = await scene.takeOver()
    expect(others).toEqual([])
    expect(taken).toMatchObject({ sagaId, branch, queue, wake: 0 })
    expect(taken?.claimId).not.toBe(lost.claimId)
    const entries = await scene.entries(sagaId, 0)
    expect(taken?.journal).toEqual({ type: 'whole', entries })
    const leaseLost = { type: 'lease_lost', branch, claimId: lost.claimId }
    expect(entries.at(-1)).toMatchObject({ seq: 2, events: [leaseLost] })
    const tasks = await scene.store.listTasks(sagaId)
    expect(tasks).toMatchObject([{ claimed: true, deliveries: 2 }])
    expect(tasks[0]?.leaseUntil).toBeGreaterThan(taken?.now ?? Infinity)
  },

  'leaves alone what is held, free or of another queue': async (scene) => {
    await scene.startAndClaim()
    await scene.start()
    await scene.expiredClaim({ task: { queue: 'payments' } })
    expect(await scene.takeOver()).toEqual([])
    expect(await scene.takeOver(100, [])).toEqual([])
    expect(await scene.takeOver(100, [QUEUE, 'payments'])).toHaveLength(1)
  },

  'leaves alone what no sweep is to look at yet': async (scene) => {
    const { sagaId } = await scene.expiredClaim({ task: { dispatchGraceMs: LONG_MS } })
    expect(await scene.takeOver()).toEqual([])
    expect(await scene.journal(sagaId)).toEqual(['1 saga_started'])
  },

  'fences the claim that was lost': async (scene) => {
    const started = await scene.start()
    const record = scene.claimRecord(started, { leaseMs: 1 })
    const lost = await scene.claim(started, record)
    await scene.passTime(5)
    const [taken] = await scene.takeOver()
    const { sagaId, claimId } = lost
    expect(await scene.append(sagaId)).toBe(false)
    const task = { type: 'replace', claimId, next: scene.newTask() } as const
    for (const seq of [2, 3]) expect(await scene.append(sagaId, { seq, task })).toBe(false)
    expect(await scene.complete(lost)).toBe(false)
    expect(await scene.store.claim([record])).toEqual([null])
    const holder = { ...task, claimId: taken?.claimId ?? '' }
    expect(await scene.append(sagaId, { seq: 3, task: holder })).toBe(true)
  },

  'ends what the old nonce could do': async (scene) => {
    const started = await scene.start()
    await scene.claim(started, { leaseMs: 1 })
    await scene.passTime(5)
    const [taken] = await scene.takeOver()
    if (taken === undefined) throw new Error('Nothing was taken over.')
    await scene.store.release([scene.releaseRecord(taken)])
    expect(await scene.store.claim([scene.claimRecord(started)])).toEqual([null])
  },

  'counts every death in the journal': async (scene) => {
    const first = await scene.expiredClaim()
    const search = { queues: [QUEUE], limit: 10 }
    const [second] = await scene.store.takeOver({ ...search, leaseMs: 1 })
    await scene.passTime(5)
    const [third] = await scene.store.takeOver({ ...search, leaseMs: LONG_MS })
    const rows = await scene.entries(first.sagaId, 1)
    expect(rows.flatMap(({ events }) => events)).toMatchObject([
      { type: 'lease_lost', claimId: first.claimId },
      { type: 'lease_lost', claimId: second?.claimId },
    ])
    expect(third?.claimId).not.toBe(second?.claimId)
  },

  'goes behind requests that came meanwhile': async (scene) => {
    const { sagaId } = await scene.expiredClaim()
    await scene.store.request(scene.requestRecord(sagaId))
    const [taken] = await scene.takeOver()
    expect(taken).toMatchObject({ wake: 1 })
    const rows = ['1 saga_started', '2 cancel_requested', '3 lease_lost']
    expect(await scene.journal(sagaId)).toEqual(rows)
  },

  'takes as many as it is told to': async (scene) => {
    for (let count = 0; count < 5; count += 1) await scene.expiredClaim()
    expect(await scene.takeOver(2)).toHaveLength(2)
    expect(await scene.takeOver(2)).toHaveLength(2)
    expect(await scene.takeOver(2)).toHaveLength(1)
  },

  'gives each task to one of many that sweep at once': async (scene) => {
    for (let count = 0; count < 8; count += 1) await scene.expiredClaim()
    const sweeps = await Promise.all(Array.from({ length: 4 }, () => scene.takeOver(3)))
    const rest = await scene.takeOver()
    const taken: readonly Claim[] = [...sweeps.flat(), ...rest]
    expect(taken).toHaveLength(8)
    expect(new Set(taken.map(({ sagaId }) => sagaId)).size).toBe(8)
    const journals = await Promise.all(taken.map(({ sagaId }) => scene.journal(sagaId)))
    for (const rows of journals) expect(rows).toEqual(['1 saga_started', '2 lease_lost'])
  },

  'races with the holder, and one row wins the number': async (scene) => {
    for (let round = 0; round < 5; round += 1) {
      const lost = await scene.expiredClaim()
      const { sagaId, claimId } = lost
      const task = { type: 'replace', claimId, next: scene.newTask() } as const
      const [applied, taken] = await Promise.all([scene.append(sagaId, { task }), scene.takeOver()])
      expect(applied).toBe(taken.length === 0)
      const rows = ['1 saga_started', applied ? '2 action_succeeded' : '2 lease_lost']
      expect(await scene.journal(sagaId)).toEqual(rows)
      expect(await scene.store.listTasks(sagaId)).toMatchObject([{ claimed: !applied }])
    }
  },

  'races with a turn that goes on, and leaves no gap': async (scene) => {
    for (let round = 0; round < 5; round += 1) {
      const { sagaId } = await scene.expiredClaim()
      const [applied, taken] = await Promise.all([scene.append(sagaId), scene.takeOver()])
      const rest = taken.length === 0 ? await scene.takeOver() : taken
      expect(rest).toHaveLength(1)
      const types = applied ? ['2 action_succeeded', '3 lease_lost'] : ['2 lease_lost']
      expect(await scene.journal(sagaId)).toEqual(['1 saga_started', ...types])
      expect(rest[0]?.journal.entries).toHaveLength(types.length + 1)
    }
  },
}
