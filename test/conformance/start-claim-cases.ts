import { expect } from 'vitest'

import type { NewClaim, StartRecord } from '../../packages/engine/src/ports/saga-store.ts'
import { cancelRequested, LONG_MS, QUEUE, type Scene, type StartWish } from './scene.ts'

/** A task that is born held, and the claim that holds it. */
interface Born {
  readonly record: StartRecord
  readonly claim: NewClaim
}

async function startHeld(scene: Scene, wish: StartWish & { leaseMs?: number } = {}): Promise<Born> {
  const { leaseMs = LONG_MS, ...rest } = wish
  const claim = { claimId: scene.ids.unique(), leaseMs }
  return { record: await scene.start({ ...rest, claim }), claim }
}

/** A started saga whose claim is over before this resolves. */
async function startExpired(scene: Scene): Promise<Born> {
  const born = await startHeld(scene, { leaseMs: 1 })
  await scene.passTime(5)
  return born
}

/** What `SagaStore.start` promises of a task that is born with its claim. */
export const startClaimCases: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  'makes a task that its starter holds': async (scene) => {
    const claim = { claimId: scene.ids.unique(), leaseMs: LONG_MS }
    const record = scene.startRecord({ claim })
    const { sagaId } = record
    const [result] = await scene.store.start([record])
    const [entry] = await scene.entries(sagaId, 0)
    expect(result).toEqual({ status: 'started', sagaId, at: entry?.at })
    const [task] = await scene.store.listTasks(sagaId)
    expect(task).toMatchObject({ branch: 'main', queue: QUEUE, claimed: true, deliveries: 1 })
    expect(Math.abs((task?.leaseUntil ?? 0) - (entry?.at ?? 0) - LONG_MS)).toBeLessThan(1_000)
    expect(await scene.journal(sagaId)).toEqual(['1 saga_started'])
  },

  'grants a task that was born held to its own claim and to no other': async (scene) => {
    const { record, claim } = await startHeld(scene)
    expect(await scene.store.claim([scene.claimRecord(record)])).toEqual([null])
    const { claimId } = claim
    const wrongNonce = scene.claimRecord(record, { claimId, nonce: scene.ids.nonce() })
    expect(await scene.store.claim([wrongNonce])).toEqual([null])
    const again = await scene.claim(record, { claimId })
    expect(again).toMatchObject({ sagaId: record.sagaId, claimId, wake: 0 })
    expect(again.journal).toMatchObject({ type: 'whole', entries: [{ seq: 1 }] })
    expect(await scene.store.claim([scene.claimRecord(record)])).toEqual([null])
    expect(await scene.store.listTasks(record.sagaId)).toMatchObject([{ deliveries: 2 }])
  },

  'grants a task that was born held to no other even when its lease is over': async (scene) => {
    const { record, claim } = await startExpired(scene)
    expect(await scene.store.claim([scene.claimRecord(record)])).toEqual([null])
    expect(await scene.claim(record, { claimId: claim.claimId })).toMatchObject({
      claimId: claim.claimId,
    })
    expect(await scene.takeOver()).toEqual([])
  },

  'keeps a birth claim by heartbeat, appends under it and ends the saga with it': async (scene) => {
    const { record, claim } = await startHeld(scene, { leaseMs: 1 })
    const { sagaId } = record
    const { claimId } = claim
    expect(await scene.heartbeat([{ sagaId, claimId }])).toEqual([{ claimId, wake: 0 }])
    await scene.passTime(5)
    expect(await scene.takeOver()).toEqual([])
    expect(await scene.append(sagaId)).toBe(true)
    const task = { type: 'remove', branch: 'main', claimId } as const
    expect(await scene.append(sagaId, { seq: 3, task })).toBe(true)
    expect(await scene.store.listTasks(sagaId)).toEqual([])
  },

  'passes a task that was born held on to the next one': async (scene) => {
    const { record, claim } = await startHeld(scene)
    const { sagaId } = record
    const next = scene.newTask({ queue: 'payments' })
    const task = { type: 'replace', claimId: claim.claimId, next } as const
    expect(await scene.append(sagaId, { task })).toBe(true)
    expect(await scene.store.listTasks(sagaId)).toMatchObject([
      { queue: 'payments', claimed: false, deliveries: 1 },
    ])
    expect(await scene.claim(record, { nonce: next.nonce })).toMatchObject({ queue: 'payments' })
  },

  'hands a task that was born held back under its new nonce': async (scene) => {
    const { record, claim } = await startHeld(scene)
    const { sagaId, task } = record
    const { claimId } = claim
    const release = { sagaId, branch: task.branch, claimId, wake: 0, delayMs: 0 }
    const nonce = scene.ids.nonce()
    expect(await scene.store.release([{ ...release, nonce }])).toEqual([claimId])
    expect(await scene.store.claim([scene.claimRecord(record, { claimId })])).toEqual([null])
    const hint = { sagaId, branch: task.branch, queue: QUEUE, nonce }
    expect(await scene.store.findOverdue({ queues: [QUEUE], limit: 10 })).toMatchObject([hint])
  },

  'hides a task that was born held from sweeps until its lease is over': async (scene) => {
    const { record, claim } = await startHeld(scene)
    expect(await scene.store.findOverdue({ queues: [QUEUE], limit: 10 })).toEqual([])
    expect(await scene.store.findUndispatched({ queues: [], limit: 10 })).toEqual([])
    expect(await scene.takeOver()).toEqual([])
    const { sagaId } = record
    const { claimId } = claim
    expect(await scene.store.heartbeat({ claims: [{ sagaId, claimId }], leaseMs: 1 })).toEqual([
      { claimId, wake: 0 },
    ])
    const free = await scene.start()
    const [hint, ...others] = await scene.store.findOverdue({ queues: [QUEUE], limit: 10 })
    expect(hint).toMatchObject({ sagaId: free.sagaId })
    expect(others).toEqual([])
  },

  'takes over a task that was born held once its lease is over, and names its claim': async (
    scene,
  ) => {
    const { record, claim } = await startExpired(scene)
    const { sagaId } = record
    const [taken, ...others] = await scene.takeOver()
    expect(others).toEqual([])
    expect(taken).toMatchObject({ sagaId, branch: 'main', queue: QUEUE, wake: 0 })
    expect(taken?.claimId).not.toBe(claim.claimId)
    const entries = await scene.entries(sagaId, 0)
    expect(taken?.journal).toEqual({ type: 'whole', entries })
    expect(entries.at(-1)).toMatchObject({
      seq: 2,
      events: [{ type: 'lease_lost', branch: 'main', claimId: claim.claimId }],
    })
    const { claimId } = claim
    expect(await scene.store.claim([scene.claimRecord(record, { claimId })])).toEqual([null])
    expect(await scene.heartbeat([{ sagaId, claimId }])).toEqual([])
    expect(await scene.append(sagaId)).toBe(false)
  },

  'leaves a task that was born held alone before anybody is to look at it': async (scene) => {
    await startHeld(scene, { leaseMs: 1, task: { dispatchGraceMs: LONG_MS } })
    await scene.passTime(5)
    expect(await scene.takeOver()).toEqual([])
  },

  'wakes the holder that a task was born with': async (scene) => {
    const { record, claim } = await startHeld(scene)
    const { sagaId } = record
    const { claimId } = claim
    expect(await scene.store.request(scene.requestRecord(sagaId))).toMatchObject({ seq: 2 })
    expect(await scene.heartbeat([{ sagaId, claimId }])).toEqual([{ claimId, wake: 1 }])
    expect(await scene.append(sagaId)).toBe(false)
    const again = await scene.claim(record, { claimId })
    expect(again.journal.entries.at(-1)?.events).toEqual([cancelRequested])
  },

  'leaves the claim alone when a start with it is repeated': async (scene) => {
    for (const key of [null, 'o-1']) {
      const { record, claim } = await startHeld(scene, { event: { key } })
      const { sagaId } = record
      const before = await scene.store.listTasks(sagaId)
      expect(await scene.store.start([record])).toEqual([{ status: 'existing', sagaId }])
      expect(await scene.store.listTasks(sagaId)).toEqual(before)
      expect(await scene.claim(record, { claimId: claim.claimId })).toMatchObject({ sagaId })
      expect(await scene.journal(sagaId)).toEqual(['1 saga_started'])
    }
  },

  'does not give a claim back to its starter who repeats the start too late': async (scene) => {
    const { record, claim } = await startExpired(scene)
    const { sagaId } = record
    const [taken] = await scene.takeOver()
    expect(await scene.store.start([record])).toEqual([{ status: 'existing', sagaId }])
    const { claimId } = claim
    expect(await scene.store.claim([scene.claimRecord(record, { claimId })])).toEqual([null])
    expect(await scene.heartbeat([{ sagaId, claimId: taken?.claimId ?? '' }])).toHaveLength(1)
  },

  'gives no claim on a saga that has the key already': async (scene) => {
    const free = await scene.start({ event: { key: 'o-1' } })
    const { sagaId } = free
    for (const inputHash of ['hash-of-input', 'another']) {
      const claim = { claimId: scene.ids.unique(), leaseMs: LONG_MS }
      const late = scene.startRecord({ event: { key: 'o-1' }, inputHash, claim })
      const [result] = await scene.store.start([late])
      expect(result?.sagaId).toBe(sagaId)
      expect(await scene.heartbeat([{ sagaId, claimId: claim.claimId }])).toEqual([])
    }
    expect(await scene.store.listTasks(sagaId)).toMatchObject([{ claimed: false, deliveries: 0 }])
    expect(await scene.claim(free)).toMatchObject({ sagaId })
  },

  'holds some of a batch and leaves the others free': async (scene) => {
    const wishes = ['c', null, 'a', null, 'b', null].map((key, index) => {
      const held = index % 2 === 1 || key === 'a'
      const claim = held ? { claimId: scene.ids.unique(), leaseMs: LONG_MS + index } : null
      return scene.startRecord({ event: { key }, claim })
    })
    const results = await scene.store.start(wishes)
    expect(results.map(({ status }) => status)).toEqual(wishes.map(() => 'started'))
    expect(results.map(({ sagaId }) => sagaId)).toEqual(wishes.map(({ sagaId }) => sagaId))
    for (const record of wishes) {
      const { sagaId, claim } = record
      const claimed = claim !== null
      const deliveries = claimed ? 1 : 0
      expect(await scene.store.listTasks(sagaId)).toMatchObject([{ claimed, deliveries }])
      const stranger = await scene.store.claim([scene.claimRecord(record)])
      expect(stranger[0]?.sagaId ?? null).toBe(claimed ? null : sagaId)
      if (claim === null) continue
      expect(await scene.claim(record, { claimId: claim.claimId })).toMatchObject({ sagaId })
    }
  },
}
