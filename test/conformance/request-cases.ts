import { expect } from 'vitest'

import { LONG_MS, QUEUE, type Scene } from './scene.ts'

/** What `SagaStore.request` promises. */
export const requestCases: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  'appends behind whatever is there': async (scene) => {
    const { sagaId, task } = await scene.start()
    await scene.append(sagaId)
    const result = await scene.store.request(scene.requestRecord(sagaId))
    const [row] = await scene.store.readJournal(sagaId, 2)
    const { branch, queue, nonce } = task
    const woken = [{ sagaId, branch, queue, nonce }]
    expect(result).toEqual({ applied: true, seq: 3, at: row?.at, woken })
    expect(row?.events).toMatchObject([{ type: 'cancel_requested', actor: 'ada' }])
  },

  'is not applied to a saga that has no task': async (scene) => {
    const claim = await scene.startAndClaim()
    await scene.complete(claim)
    const request = scene.requestRecord(claim.sagaId)
    expect(await scene.store.request(request)).toEqual({ applied: false })
    expect(await scene.journal(claim.sagaId)).toEqual(['1 saga_started', '2 saga_completed'])
  },

  'is not applied to a saga that is not there': async (scene) => {
    const sagaId = scene.ids.sortable()
    expect(await scene.store.request(scene.requestRecord(sagaId))).toEqual({ applied: false })
    expect(await scene.store.readJournal(sagaId, 0)).toEqual([])
  },

  'is kept by a saga that has no task, where that is asked for': async (scene) => {
    const claim = await scene.startAndClaim()
    const { sagaId } = claim
    await scene.complete(claim)
    const record = { ...scene.requestRecord(sagaId), unheld: 'append' } as const
    const kept = await scene.store.request(record)
    expect(kept).toMatchObject({ applied: true, seq: 3, woken: [] })
    expect(await scene.store.request(record)).toEqual(kept)
    expect(await scene.store.request({ ...record, sagaId: scene.ids.sortable() })).toEqual({
      applied: false,
    })
    expect(await scene.journal(sagaId)).toHaveLength(3)
    expect(await scene.store.listTasks(sagaId)).toEqual([])
  },

  'wakes the holder and leaves it its claim': async (scene) => {
    const claim = await scene.startAndClaim()
    const { sagaId, claimId, wake } = claim
    const before = await scene.store.listTasks(sagaId)
    await scene.store.request(scene.requestRecord(sagaId))
    expect(await scene.store.listTasks(sagaId)).toEqual(before)
    expect(await scene.heartbeat([claim])).toEqual([{ claimId, wake: wake + 1 }])
    await scene.store.request(scene.requestRecord(sagaId))
    expect(await scene.heartbeat([claim])).toEqual([{ claimId, wake: wake + 2 }])
  },

  'makes a task that waits due at once': async (scene) => {
    const delayed = await scene.start({ task: { delayMs: LONG_MS, dispatchGraceMs: LONG_MS } })
    const { sagaId, task } = delayed
    expect(await scene.store.findOverdue({ queues: [QUEUE], limit: 10 })).toEqual([])
    await scene.store.request(scene.requestRecord(sagaId))
    const { branch, queue, nonce } = task
    const hint = { sagaId, branch, queue, nonce }
    expect(await scene.store.findOverdue({ queues: [QUEUE], limit: 10 })).toMatchObject([hint])
    const claim = await scene.claim(delayed)
    expect(claim.wake).toBe(1)
    expect(claim.journal.entries.map(({ seq }) => seq)).toEqual([1, 2])
  },

  'takes the next number from a holder that has not seen it': async (scene) => {
    const { sagaId, claimId } = await scene.startAndClaim()
    await scene.store.request(scene.requestRecord(sagaId))
    const task = { type: 'replace', claimId, next: scene.newTask() } as const
    expect(await scene.append(sagaId, { task })).toBe(false)
    expect(await scene.append(sagaId, { seq: 3, task })).toBe(true)
  },

  'is counted on in the next task': async (scene) => {
    const started = await scene.start()
    const { sagaId, claimId } = await scene.claim(started)
    await scene.store.request(scene.requestRecord(sagaId))
    const next = scene.newTask()
    await scene.append(sagaId, { seq: 3, task: { type: 'replace', claimId, next } })
    expect(await scene.claim(started, { nonce: next.nonce })).toMatchObject({ wake: 1 })
  },

  'is found when it is repeated, and wakes nobody again': async (scene) => {
    const claim = await scene.startAndClaim()
    const record = scene.requestRecord(claim.sagaId)
    const first = await scene.store.request(record)
    await scene.append(claim.sagaId, { seq: 3 })
    expect(await scene.store.request(record)).toEqual(first)
    expect(await scene.heartbeat([claim])).toMatchObject([{ wake: 1 }])
    const { sagaId, branch, claimId } = claim
    await scene.append(sagaId, { seq: 4, task: { type: 'remove', branch, claimId } })
    expect(await scene.store.request(record)).toEqual(first)
    expect(await scene.journal(sagaId)).toHaveLength(4)
  },

  'loses none of many that come at once': async (scene) => {
    const claim = await scene.startAndClaim()
    const { sagaId, claimId } = claim
    const race = Array.from({ length: 8 }, () => scene.store.request(scene.requestRecord(sagaId)))
    const seqs = (await Promise.all(race)).map((result) => (result.applied ? result.seq : 0))
    expect(seqs.toSorted((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9])
    expect(await scene.heartbeat([claim])).toEqual([{ claimId, wake: 8 }])
  },

  'goes behind the appends that a holder makes meanwhile': async (scene) => {
    const { sagaId } = await scene.startAndClaim()
    const holder = appendUntilLost(scene, sagaId)
    const requests = await Promise.all(
      Array.from({ length: 4 }, () => scene.store.request(scene.requestRecord(sagaId))),
    )
    expect(requests.every(({ applied }) => applied)).toBe(true)
    const appended = await holder
    expect(await scene.journal(sagaId)).toHaveLength(1 + appended + requests.length)
  },
}

async function appendUntilLost(scene: Scene, sagaId: string): Promise<number> {
  for (let appended = 0; appended < 20; appended += 1) {
    if (!(await scene.append(sagaId, { seq: appended + 2 }))) return appended
  }
  return 20
}
