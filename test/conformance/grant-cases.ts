import { expect } from 'vitest'

import type { Grant, GrantAnswer, Limits } from '../../packages/engine/src/ports/queue-store.ts'
import type { StartRecord } from '../../packages/engine/src/ports/saga-store.ts'
import { LONG_MS, QUEUE, type Scene } from './scene.ts'

/** What `QueueStore.grant` promises. */
export const grantCases: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  'grants free tasks, the longest due first, under claims that stand': async (scene) => {
    await limit(scene, { maximumConcurrency: 5 })
    const first = await scene.start()
    await scene.passTime(2)
    const second = await scene.start()
    const { grants, refusal } = await ask(scene, 2)
    expect(grants.map(({ sagaId }) => sagaId)).toEqual([first.sagaId, second.sagaId])
    expect(refusal).toBeNull()
    const [grant] = grants
    const record = scene.claimRecord(first, { claimId: grant?.claimId ?? '' })
    expect(grant).toMatchObject({ queue: QUEUE, branch: 'main', nonce: first.task.nonce })
    expect(await scene.store.claim([scene.claimRecord(first)])).toEqual([null])
    expect(await scene.store.claim([record])).toMatchObject([{ sagaId: first.sagaId }])
    expect(await scene.store.listTasks(first.sagaId)).toMatchObject([{ deliveries: 1 }])
  },

  'grants as many as there are slots, and says so': async (scene) => {
    await limit(scene, { maximumConcurrency: 3 })
    await startMany(scene, 5)
    const { grants, refusal } = await ask(scene, 10)
    expect(grants).toHaveLength(3)
    expect(refusal).toEqual({ by: 'concurrency' })
    expect(await ask(scene, 10)).toEqual({ grants: [], refusal: { by: 'concurrency' } })
  },

  'refuses nothing when there is nothing to do': async (scene) => {
    await limit(scene, { maximumConcurrency: 3, rate: { limit: 3, perMs: LONG_MS } })
    await scene.start({ task: { delayMs: LONG_MS } })
    await scene.start({ task: { dispatchGraceMs: LONG_MS } })
    expect(await ask(scene, 3)).toEqual({ grants: [], refusal: null })
  },

  'takes tasks that are left to hints for a while yet, and none that may not run': async (
    scene,
  ) => {
    await limit(scene, { maximumConcurrency: 3 })
    const soon = await scene.start({ task: { dispatchGraceMs: 1_000 } })
    await scene.start({ task: { delayMs: 1_000 } })
    const { grants } = await ask(scene, 3, 2_000)
    expect(grants.map(({ sagaId }) => sagaId)).toEqual([soon.sagaId])
  },

  'grants without limits what is asked for, where none are left': async (scene) => {
    await startMany(scene, 3)
    expect((await ask(scene, 2)).grants).toHaveLength(2)
    await limit(scene, {})
    expect(await ask(scene, 2)).toMatchObject({ grants: [{}], refusal: null })
  },

  'has a slot again once its claim is over, however it ended': async (scene) => {
    await limit(scene, { maximumConcurrency: 1 })
    await startMany(scene, 4)
    const ends = [
      (grant: Grant) => replace(scene, grant),
      (grant: Grant) => remove(scene, grant),
      (grant: Grant) => release(scene, grant),
    ]
    for (const end of ends) {
      const [grant] = (await ask(scene, 2)).grants
      expect(await ask(scene, 1)).toEqual({ grants: [], refusal: { by: 'concurrency' } })
      if (grant !== undefined) await end(grant)
    }
    expect((await ask(scene, 2)).grants).toHaveLength(1)
  },

  'counts a lease that ran out until it is taken over, and then its heir': async (scene) => {
    await limit(scene, { maximumConcurrency: 1 })
    await startMany(scene, 2)
    await ask(scene, 1, 0, 1)
    await scene.passTime(5)
    expect(await ask(scene, 1)).toEqual({ grants: [], refusal: { by: 'concurrency' } })
    expect(await scene.takeOver()).toHaveLength(1)
    expect(await ask(scene, 1)).toEqual({ grants: [], refusal: { by: 'concurrency' } })
  },

  'lets nobody else have a slot of a limit that was lowered until they are few enough': async (
    scene,
  ) => {
    await limit(scene, { maximumConcurrency: 3 })
    await startMany(scene, 6)
    const { grants } = await ask(scene, 3)
    await limit(scene, { maximumConcurrency: 2 })
    for (const [index, grant] of grants.entries()) {
      expect((await ask(scene, 3)).grants).toHaveLength(index === 2 ? 1 : 0)
      await remove(scene, grant)
    }
    expect((await ask(scene, 3)).grants).toHaveLength(1)
    await limit(scene, { maximumConcurrency: 4 })
    expect((await ask(scene, 3)).grants).toHaveLength(1)
  },

  'never has more at once than the limit when many ask': async (scene) => {
    await limit(scene, { maximumConcurrency: 4 })
    await startMany(scene, 12)
    const asks = Array.from({ length: 6 }, () => ask(scene, 3))
    const grants = (await Promise.all(asks)).flatMap((answer) => answer.grants)
    expect(grants.length).toBeLessThanOrEqual(4)
    expect(new Set(grants.map(({ sagaId }) => sagaId)).size).toBe(grants.length)
    const rest = (await ask(scene, 10)).grants
    expect(grants.length + rest.length).toBe(4)
  },

  'grants as many in a time as the rate allows, and says when there is one more': async (scene) => {
    await limit(scene, { rate: { limit: 3, perMs: 600 } })
    await startMany(scene, 9)
    const { grants, refusal } = await ask(scene, 9)
    expect(grants).toHaveLength(3)
    expect(refusal).toMatchObject({ by: 'rate' })
    const waitMs = refusal?.by === 'rate' ? refusal.retryAfterMs : 0
    expect(waitMs).toBeGreaterThan(0)
    expect(waitMs).toBeLessThanOrEqual(200)
    await scene.passTime(waitMs + 1)
    expect((await ask(scene, 9)).grants).toHaveLength(1)
    await scene.passTime(2_000)
    expect((await ask(scene, 9)).grants).toHaveLength(3)
  },

  'never grants more than the bucket has when many ask': async (scene) => {
    await limit(scene, { rate: { limit: 4, perMs: LONG_MS } })
    await startMany(scene, 12)
    const asks = Array.from({ length: 6 }, () => ask(scene, 3))
    const grants = (await Promise.all(asks)).flatMap((answer) => answer.grants)
    const rest = (await ask(scene, 10)).grants
    expect(grants.length + rest.length).toBe(4)
  },

  'makes a takeover pay with a token that is not there yet': async (scene) => {
    await limit(scene, { rate: { limit: 1, perMs: 300 } })
    await startMany(scene, 2)
    expect((await ask(scene, 1, 0, 1)).grants).toHaveLength(1)
    await scene.passTime(5)
    expect(await scene.takeOver()).toHaveLength(1)
    const { refusal } = await ask(scene, 1)
    expect(refusal?.by === 'rate' ? refusal.retryAfterMs : 0).toBeGreaterThan(300)
  },

  'keeps what is in a bucket when its size changes': async (scene) => {
    await limit(scene, { rate: { limit: 4, perMs: LONG_MS } })
    await startMany(scene, 9)
    expect((await ask(scene, 3)).grants).toHaveLength(3)
    await limit(scene, { rate: { limit: 8, perMs: LONG_MS } })
    expect((await ask(scene, 9)).grants).toHaveLength(1)
  },

  'leaves the limits of one queue to that queue': async (scene) => {
    await limit(scene, { maximumConcurrency: 1 })
    await startMany(scene, 2)
    await ask(scene, 2)
    const other = await scene.start({ task: { queue: 'payments' } })
    expect(await scene.claim(other)).toMatchObject({ queue: 'payments' })
  },
}

async function limit(scene: Scene, limits: Partial<Limits>): Promise<void> {
  const none = { maximumConcurrency: null, rate: null }
  await scene.store.declareLimits([{ queue: QUEUE, ...none, ...limits }])
}

function startMany(scene: Scene, count: number): Promise<readonly StartRecord[]> {
  return Promise.all(Array.from({ length: count }, () => scene.start()))
}

function ask(scene: Scene, count: number, aheadMs = 0, leaseMs = LONG_MS): Promise<GrantAnswer> {
  const claimIds = Array.from({ length: count }, () => scene.ids.unique())
  return scene.store.grant({ queue: QUEUE, claimIds, leaseMs, aheadMs })
}

/** The next step on another queue. */
async function replace(scene: Scene, { sagaId, claimId }: Grant): Promise<void> {
  const next = scene.newTask({ queue: 'payments' })
  await scene.append(sagaId, { task: { type: 'replace', claimId, next } })
}

async function remove(scene: Scene, { sagaId, branch, claimId }: Grant): Promise<void> {
  await scene.append(sagaId, { task: { type: 'remove', branch, claimId } })
}

async function release(scene: Scene, { sagaId, branch, claimId }: Grant): Promise<void> {
  const nonce = scene.ids.nonce()
  await scene.store.release([{ sagaId, branch, claimId, wake: 0, nonce, delayMs: LONG_MS }])
}
