import { expect } from 'vitest'

import type { Scene } from './scene.ts'

/** What `TaskStore.heartbeat` promises. */
export const heartbeatCases: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  'extends leases': async (scene) => {
    const started = await scene.start()
    const claim = await scene.claim(started, { leaseMs: 1_000 })
    const { claimId, wake } = claim
    const [before] = await scene.store.listTasks(started.sagaId)
    expect(await scene.heartbeat([claim])).toEqual([{ claimId, wake }])
    const [after] = await scene.store.listTasks(started.sagaId)
    expect(after?.leaseUntil).toBeGreaterThan(before?.leaseUntil ?? Infinity)
    expect(after).toEqual({ ...before, leaseUntil: after?.leaseUntil })
  },

  'leaves claims that do not stand out of the answer': async (scene) => {
    const [one, two] = [await scene.startAndClaim(), await scene.startAndClaim()]
    await scene.complete(two)
    const unknown = { sagaId: one.sagaId, claimId: scene.ids.unique() }
    const kept = await scene.heartbeat([unknown, two, one])
    expect(kept).toEqual([{ claimId: one.claimId, wake: 0 }])
  },

  'keeps many at once': async (scene) => {
    const claims = await Promise.all(Array.from({ length: 5 }, () => scene.startAndClaim()))
    const claimIds = claims.map(({ claimId }) => claimId)
    const kept = await scene.heartbeat(claims)
    expect(kept.map(({ claimId }) => claimId).toSorted()).toEqual(claimIds.toSorted())
  },

  'revives a lease that ran out and that nobody took over': async (scene) => {
    const claim = await scene.expiredClaim()
    expect(await scene.heartbeat([claim])).toEqual([{ claimId: claim.claimId, wake: 0 }])
    expect(await scene.takeOver()).toEqual([])
    expect(await scene.journal(claim.sagaId)).toEqual(['1 saga_started'])
  },

  'does not revive what was taken over': async (scene) => {
    const claim = await scene.expiredClaim()
    await scene.takeOver()
    expect(await scene.heartbeat([claim])).toEqual([])
  },

  'races with a takeover, and one of them has the task': async (scene) => {
    for (let round = 0; round < 5; round += 1) {
      const claim = await scene.expiredClaim()
      const [kept, taken] = await Promise.all([scene.heartbeat([claim]), scene.takeOver()])
      expect(kept.length + taken.length).toBe(1)
      expect(await scene.journal(claim.sagaId)).toHaveLength(1 + taken.length)
    }
  },

  'takes an empty list': async (scene) => {
    expect(await scene.heartbeat([])).toEqual([])
  },
}
