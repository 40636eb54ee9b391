import { expect } from 'vitest'

import type { StartRecord } from '../../packages/engine/src/ports/saga-store.ts'
import type { Claim } from '../../packages/engine/src/ports/task-store.ts'
import { LONG_MS, rowChange, type Scene } from './scene.ts'

/** What `SagaStore.append` promises about tasks. */
export const appendTaskCases: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  'keeps the claim while the turn goes on': async (scene) => {
    const claim = await scene.startAndClaim()
    expect(await scene.append(claim.sagaId)).toBe(true)
    expect(await scene.store.listTasks(claim.sagaId)).toMatchObject([{ claimed: true }])
  },

  'puts the next task in the place of the claimed one': async (scene) => {
    const started = await scene.start()
    const claim = await scene.claim(started)
    const next = scene.newTask({ queue: 'payments' })
    expect(await replace(scene, claim, { next })).toBe(true)
    expect(await scene.store.listTasks(claim.sagaId)).toMatchObject([
      { branch: 'main', queue: 'payments', claimed: false, leaseUntil: null, deliveries: 1 },
    ])
    expect(await scene.store.claim([scene.claimRecord(started)])).toEqual([null])
    const [again] = await scene.store.claim([scene.claimRecord(started, { nonce: next.nonce })])
    expect(again?.queue).toBe('payments')
    expect(again?.journal.entries.map(({ seq }) => seq)).toEqual([1, 2])
  },

  'delays the next task': async (scene) => {
    const started = await scene.start()
    const claim = await scene.claim(started)
    const next = scene.newTask({ delayMs: LONG_MS })
    await replace(scene, claim, { next })
    const record = scene.claimRecord(started, { nonce: next.nonce })
    expect(await scene.store.claim([record])).toEqual([null])
    expect(await scene.store.findOverdue({ queues: [next.queue], limit: 10 })).toEqual([])
  },

  'leaves the next task to the queue for its own time, however long the former one had': async (
    scene,
  ) => {
    const overdue = async (former: number, next: number): Promise<number> => {
      const started = await scene.start({ task: { dispatchGraceMs: former } })
      const claim = await scene.claim(started)
      const task = scene.newTask({ dispatchGraceMs: next })
      await replace(scene, claim, { next: task })
      const hints = await scene.store.findOverdue({ queues: [task.queue], limit: 10 })
      return hints.filter(({ sagaId }) => sagaId === claim.sagaId).length
    }
    expect(await overdue(0, LONG_MS)).toBe(0)
    expect(await overdue(LONG_MS, LONG_MS)).toBe(0)
    expect(await overdue(LONG_MS, 0)).toBe(1)
  },

  'moves the task to another branch': async (scene) => {
    const claim = await scene.startAndClaim()
    await replace(scene, claim, { next: scene.newTask({ branch: 'main/fork.1' }) })
    const tasks = await scene.store.listTasks(claim.sagaId)
    expect(tasks.map(({ branch }) => branch)).toEqual(['main/fork.1'])
  },

  'replaces and removes nothing under a claim that does not stand': async (scene) => {
    const claim = await scene.startAndClaim()
    const { sagaId, branch } = claim
    const before = await scene.store.listTasks(sagaId)
    const claimId = scene.ids.unique()
    const row = rowChange({ status: 'completed' })
    const next = scene.newTask()
    const changes = [
      { type: 'replace', claimId, next },
      { type: 'remove', branch, claimId },
      { type: 'remove', branch: 'main/fork.1', claimId: claim.claimId },
    ] as const
    for (const task of changes) expect(await scene.append(sagaId, { task, row })).toBe(false)
    expect(await scene.store.listTasks(sagaId)).toEqual(before)
    expect(await scene.journal(sagaId)).toEqual(['1 saga_started'])
    expect(await scene.store.findSaga(sagaId)).toMatchObject({ status: 'running' })
  },

  'changes no task when the number is lost': async (scene) => {
    const claim = await scene.startAndClaim()
    const { sagaId, branch, claimId } = claim
    await scene.append(sagaId)
    const before = await scene.store.listTasks(sagaId)
    expect(await replace(scene, claim)).toBe(false)
    expect(await scene.append(sagaId, { task: { type: 'remove', branch, claimId } })).toBe(false)
    expect(await scene.store.listTasks(sagaId)).toEqual(before)
  },

  'leaves the next task to its claimer when a replacing append is repeated': async (scene) => {
    const started = await scene.start()
    const { sagaId, claimId } = await scene.claim(started)
    const next = scene.newTask()
    const record = scene.appendRecord(sagaId, { task: { type: 'replace', claimId, next } })
    const first = await scene.store.append([record])
    await scene.claim(started, { nonce: next.nonce })
    expect(await scene.store.append([record])).toEqual(first)
    expect(await scene.store.listTasks(sagaId)).toMatchObject([{ claimed: true, deliveries: 2 }])
  },

  'ends a saga: its tasks go, its row changes': async (scene) => {
    const claim = await scene.startAndClaim()
    expect(await scene.complete(claim, { total: 3 })).toBe(true)
    expect(await scene.store.listTasks(claim.sagaId)).toEqual([])
    const ended = { status: 'completed', output: { total: 3 } }
    expect(await scene.store.findSaga(claim.sagaId)).toMatchObject(ended)
  },

  'counts a removing append as applied when it is repeated': async (scene) => {
    const { sagaId, branch, claimId } = await scene.startAndClaim()
    const record = scene.appendRecord(sagaId, { task: { type: 'remove', branch, claimId } })
    const first = await scene.store.append([record])
    expect(first).toMatchObject([{ applied: true }])
    expect(await scene.store.append([record])).toEqual(first)
  },

  'appends for a saga without a task only while it has none': async (scene) => {
    const { sagaId, branch, claimId } = await scene.startAndClaim()
    const next = scene.newTask()
    const create = { type: 'create', next: [next] } as const
    expect(await scene.append(sagaId, { task: create })).toBe(false)
    expect(await scene.append(sagaId, { task: { type: 'none' } })).toBe(false)
    await scene.append(sagaId, { task: { type: 'remove', branch, claimId } })
    expect(await scene.append(sagaId, { seq: 3, task: { type: 'none' } })).toBe(true)
    expect(await scene.store.listTasks(sagaId)).toEqual([])
    expect(await scene.append(sagaId, { seq: 4, task: create })).toBe(true)
    expect(await scene.append(sagaId, { seq: 5, task: { type: 'none' } })).toBe(false)
    const { nonce } = next
    const record = { sagaId, branch, nonce, claimId, leaseMs: LONG_MS, known: null }
    expect(await scene.store.claim([record])).toMatchObject([{ claimId }])
  },

  'makes one task when many race to make it': async (scene) => {
    const { sagaId, branch, claimId } = await scene.startAndClaim()
    await scene.append(sagaId, { task: { type: 'remove', branch, claimId } })
    const race = Array.from({ length: 5 }, () => {
      const task = { type: 'create', next: [scene.newTask()] } as const
      return scene.append(sagaId, { seq: 3, task })
    })
    expect((await Promise.all(race)).filter(Boolean)).toHaveLength(1)
    expect(await scene.store.listTasks(sagaId)).toHaveLength(1)
  },

  'applies each record of a mixed batch by its own condition': async (scene) => {
    const [kept, replaced, removed, stale, idle] = await fiveClaims(scene)
    await scene.append(idle.sagaId, { task: { type: 'remove', ...claimName(idle) } })
    const replacing = (claimId: string) =>
      ({ type: 'replace', claimId, next: scene.newTask() }) as const
    const results = await scene.store.append([
      scene.appendRecord(stale.sagaId, { task: replacing(kept.claimId) }),
      scene.appendRecord(idle.sagaId, {
        seq: 3,
        task: { type: 'create', next: [scene.newTask()] },
      }),
      scene.appendRecord(removed.sagaId, { task: { type: 'remove', ...claimName(removed) } }),
      scene.appendRecord(kept.sagaId),
      scene.appendRecord(replaced.sagaId, { task: replacing(replaced.claimId) }),
    ])
    expect(results.map(({ applied }) => applied)).toEqual([false, true, true, true, true])
    const claims = [kept, replaced, removed, stale, idle]
    const tasks = await Promise.all(claims.map(({ sagaId }) => scene.store.listTasks(sagaId)))
    const claimed = tasks.map((rows) => rows.map((task) => task.claimed))
    expect(claimed).toEqual([[true], [false], [], [true], [false]])
  },

  'lets a replacing append and a request race without a lost wake-up': async (scene) => {
    for (let round = 0; round < 5; round += 1) {
      const claim = await scene.startAndClaim()
      const [applied, request] = await Promise.all([
        replace(scene, claim, { next: scene.newTask({ delayMs: LONG_MS }) }),
        scene.store.request(scene.requestRecord(claim.sagaId)),
      ])
      expect(request).toMatchObject({ applied: true, seq: applied ? 3 : 2 })
      const [task] = await scene.store.listTasks(claim.sagaId)
      expect(task?.claimed).toBe(!applied)
      // Whoever comes first: the delay of the next task is over as soon as somebody asks for something.
      expect(task?.runAt).toBeLessThan(request.applied ? request.at + 1_000 : 0)
    }
  },
}

async function replace(
  scene: Scene,
  claim: Claim,
  wish: { readonly next?: StartRecord['task'] } = {},
): Promise<boolean> {
  const { sagaId, claimId } = claim
  const next = wish.next ?? scene.newTask()
  return scene.append(sagaId, { task: { type: 'replace', claimId, next } })
}

async function fiveClaims(scene: Scene): Promise<[Claim, Claim, Claim, Claim, Claim]> {
  return [
    await scene.startAndClaim(),
    await scene.startAndClaim(),
    await scene.startAndClaim(),
    await scene.startAndClaim(),
    await scene.startAndClaim(),
  ]
}

function claimName({ branch, claimId }: Claim): {
  readonly branch: string
  readonly claimId: string
} {
  return { branch, claimId }
}
