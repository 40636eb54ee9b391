import { expect } from 'vitest'

import { LONG_MS, QUEUE, type Scene } from './scene.ts'

/** What `TaskStore.release` promises. */
export const releaseCases: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  'hands a task back under its new nonce': async (scene) => {
    const started = await scene.start()
    const claim = await scene.claim(started)
    const release = scene.releaseRecord(claim)
    expect(await scene.store.release([release])).toEqual([claim.claimId])
    expect(await scene.store.listTasks(claim.sagaId)).toMatchObject([
      { claimed: false, leaseUntil: null, deliveries: 1 },
    ])
    expect(await scene.store.claim([scene.claimRecord(started)])).toEqual([null])
    const again = await scene.claim(started, { nonce: release.nonce })
    expect(again.claimId).not.toBe(claim.claimId)
    expect(await scene.journal(claim.sagaId)).toEqual(['1 saga_started'])
  },

  'leaves nothing to the claim that was handed back': async (scene) => {
    const claim = await scene.startAndClaim()
    await scene.store.release([scene.releaseRecord(claim)])
    expect(await scene.heartbeat([claim])).toEqual([])
    expect(await scene.complete(claim)).toBe(false)
  },

  'makes the task due when its delay is over': async (scene) => {
    const [now, later] = [await scene.startAndClaim(), await scene.startAndClaim()]
    const soon = scene.releaseRecord(now)
    const release = [soon, scene.releaseRecord(later, { delayMs: LONG_MS })]
    expect(await scene.store.release(release)).toHaveLength(2)
    const hints = await scene.store.findOverdue({ queues: [QUEUE], limit: 10 })
    expect(hints).toMatchObject([{ sagaId: now.sagaId, nonce: soon.nonce }])
  },

  'grants no claim before its delay is over': async (scene) => {
    const started = await scene.start()
    const first = scene.releaseRecord(await scene.claim(started), { delayMs: 20 })
    await scene.store.release([first])
    await scene.passTime(25)
    const claim = await scene.claim(started, { nonce: first.nonce })
    const second = scene.releaseRecord(claim, { delayMs: LONG_MS })
    await scene.store.release([second])
    const record = scene.claimRecord(started, { nonce: second.nonce })
    expect(await scene.store.claim([record])).toEqual([null])
  },

  'hands nothing back that was lost, and its neighbors all the same': async (scene) => {
    const lost = await scene.expiredClaim()
    const taken = await scene.takeOver()
    const mine = await scene.startAndClaim()
    const releases = [lost, mine].map((claim) => scene.releaseRecord(claim))
    expect(await scene.store.release(releases)).toEqual([mine.claimId])
    expect(await scene.store.listTasks(lost.sagaId)).toMatchObject([{ claimed: true }])
    expect(await scene.heartbeat(taken)).toHaveLength(1)
  },

  'hands nothing back that was woken since the holder looked': async (scene) => {
    const claim = await scene.startAndClaim()
    await scene.store.request(scene.requestRecord(claim.sagaId))
    const parked = scene.releaseRecord(claim, { delayMs: LONG_MS })
    expect(await scene.store.release([parked])).toEqual([])
    expect(await scene.store.listTasks(claim.sagaId)).toMatchObject([{ claimed: true }])
    const informed = scene.releaseRecord(claim, { wake: claim.wake + 1 })
    expect(await scene.store.release([informed])).toEqual([claim.claimId])
  },

  'races with a request, and the task does not sleep through it': async (scene) => {
    for (let round = 0; round < 5; round += 1) {
      const claim = await scene.startAndClaim()
      const [released, request] = await Promise.all([
        scene.store.release([scene.releaseRecord(claim, { delayMs: LONG_MS })]),
        scene.store.request(scene.requestRecord(claim.sagaId)),
      ])
      const [task] = await scene.store.listTasks(claim.sagaId)
      expect(task?.claimed).toBe(released.length === 0)
      expect(task?.runAt).toBeLessThan(request.applied ? request.at + 1_000 : 0)
    }
  },

  'takes an empty list': async (scene) => {
    expect(await scene.store.release([])).toEqual([])
  },
}
