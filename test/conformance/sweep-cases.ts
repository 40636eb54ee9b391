import { expect } from 'vitest'

import type { StartRecord } from '../../packages/engine/src/ports/saga-store.ts'
import type { OverdueTask, TaskHint } from '../../packages/engine/src/ports/task-store.ts'
import { LONG_MS, QUEUE, type Scene } from './scene.ts'

const everything = { queues: [QUEUE], limit: 100 }
const nothingServed = { queues: [], limit: 100 }

/** What `TaskStore.findOverdue` and `TaskStore.findUndispatched` promise. */
export const sweepCases: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  'finds free tasks that are due, as hints that can be claimed': async (scene) => {
    const started = await scene.start()
    const hints = await scene.store.findOverdue(everything)
    expect(hints).toEqual([overdue(started)])
    expect(await scene.claim(started, { nonce: hints[0]?.nonce ?? '' })).toMatchObject({ wake: 0 })
  },

  'leaves a task to the queue until its grace is over': async (scene) => {
    await scene.start({ task: { dispatchGraceMs: LONG_MS } })
    await scene.start({ task: { delayMs: LONG_MS } })
    const soon = await scene.start({ task: { delayMs: 5, dispatchGraceMs: 15 } })
    await scene.passTime(25)
    expect(await scene.store.findOverdue(everything)).toEqual([{ ...hintOf(soon), hinted: true }])
  },

  'finds what is left to the queue yet when it is told to look early, but not what may not run':
    async (scene) => {
      const left = await scene.start({ task: { dispatchGraceMs: 2_000 } })
      await scene.start({ task: { dispatchGraceMs: LONG_MS } })
      await scene.start({ task: { delayMs: 1_000 } })
      const held = await scene.startAndClaim({ task: { dispatchGraceMs: 2_000 } })
      const early = { ...everything, earlyMs: 2_000 }
      expect(await scene.store.findOverdue(early)).toEqual([{ ...hintOf(left), hinted: true }])
      expect(await scene.store.findOverdue(everything)).toEqual([])
      expect(await scene.store.heartbeat({ claims: [held], leaseMs: LONG_MS })).toHaveLength(1)
    },

  'finds only what is in the queues that are served': async (scene) => {
    const [here, there] = [await scene.start(), await scene.start({ task: { queue: 'payments' } })]
    expect(await scene.store.findOverdue(everything)).toEqual([overdue(here)])
    const both = await scene.store.findOverdue({ queues: [QUEUE, 'payments'], limit: 10 })
    expect(both).toHaveLength(2)
    expect(both).toEqual(expect.arrayContaining([overdue(here), overdue(there)]))
    expect(await scene.store.findOverdue(nothingServed)).toEqual([])
  },

  'finds as many as it is told to, and the same ones until they are claimed': async (scene) => {
    for (let count = 0; count < 3; count += 1) await scene.start()
    expect(await scene.store.findOverdue({ ...everything, limit: 2 })).toHaveLength(2)
    const all = await scene.store.findOverdue(everything)
    expect(all).toHaveLength(3)
    expect(await scene.store.findOverdue(everything)).toEqual(all)
  },

  'passes over what is held, which is looked at again when its lease ends': async (scene) => {
    const started = await scene.start()
    await scene.claim(started, { leaseMs: 400 })
    expect(await scene.store.findOverdue(everything)).toEqual([])
    expect(await scene.takeOver()).toEqual([])
    await scene.passTime(410)
    expect(await scene.store.findOverdue(everything)).toEqual([])
    expect(await scene.takeOver()).toMatchObject([{ sagaId: started.sagaId }])
  },

  'moves a held task out of the way until the end that its lease has then': async (scene) => {
    const claim = await scene.startAndClaim()
    await scene.store.findOverdue(everything)
    // A lease never shrinks in earnest; here it shows what the search has moved.
    await scene.store.heartbeat({ claims: [claim], leaseMs: 1 })
    await scene.passTime(5)
    expect(await scene.takeOver()).toEqual([])
  },

  'does not let what is held hide what is free': async (scene) => {
    for (let count = 0; count < 5; count += 1) await scene.startAndClaim()
    const free = await scene.start()
    const search = { ...everything, limit: 2 }
    let hints: readonly TaskHint[] = []
    // A look may be spent on moving held tasks away; it must not be spent on the same ones again.
    for (let look = 0; look < 4 && hints.length === 0; look += 1) {
      hints = await scene.store.findOverdue(search)
    }
    expect(hints).toEqual([overdue(free)])
  },

  'finds tasks of queues that nobody serves here': async (scene) => {
    await scene.start()
    const there = await scene.start({ task: { queue: 'payments' } })
    await scene.claim(await scene.start({ task: { queue: 'payments' } }))
    await scene.start({ task: { queue: 'payments', dispatchGraceMs: LONG_MS } })
    expect(await scene.store.findUndispatched(everything)).toEqual([hintOf(there)])
  },

  'finds as many undispatched as it is told to': async (scene) => {
    for (let count = 0; count < 3; count += 1) await scene.start()
    const search = { ...nothingServed, limit: 2 }
    const first = await scene.store.findUndispatched(search)
    const second = await scene.store.findUndispatched(nothingServed)
    expect(first).toHaveLength(2)
    expect(new Set([...first, ...second].map(({ sagaId }) => sagaId)).size).toBe(3)
  },

  'keeps the nonce when a task is sent again': async (scene) => {
    const started = await scene.start()
    const [hint] = await scene.store.findUndispatched(nothingServed)
    expect(hint).toEqual(hintOf(started))
    expect(await scene.claim(started)).toMatchObject({ sagaId: started.sagaId })
  },

  'sends a task again after a time that doubles': async (scene) => {
    await scene.start({ task: { dispatchGraceMs: 40 } })
    const startMs = scene.nowMs()
    const sightings: { readonly beforeMs: number; readonly afterMs: number }[] = []
    while (sightings.length < 4 && scene.nowMs() < startMs + 20_000) {
      await scene.passTime(10)
      const beforeMs = scene.nowMs()
      const found = await scene.store.findUndispatched(nothingServed)
      if (found.length > 0) sightings.push({ beforeMs, afterMs: scene.nowMs() })
    }
    expect(sightings).toHaveLength(4)
    for (const [index, { beforeMs }] of sightings.entries()) {
      const nextMs = sightings[index + 1]?.afterMs ?? Infinity
      expect(nextMs - startMs).toBeGreaterThanOrEqual(2 * (beforeMs - startMs))
    }
  },

  'sends at once what somebody asked for meanwhile': async (scene) => {
    const started = await scene.start()
    await scene.store.findUndispatched(nothingServed)
    await scene.store.request(scene.requestRecord(started.sagaId))
    expect(await scene.store.findUndispatched(nothingServed)).toEqual([hintOf(started)])
  },

  'sends each task once when many sweep at once': async (scene) => {
    for (let count = 0; count < 6; count += 1) await scene.start({ task: { dispatchGraceMs: 300 } })
    await scene.passTime(310)
    const search = { ...nothingServed, limit: 2 }
    const sweeps = Array.from({ length: 3 }, () => scene.store.findUndispatched(search))
    const found = (await Promise.all(sweeps)).flat().map(({ sagaId }) => sagaId)
    expect(new Set(found).size).toBe(found.length)
  },
}

/** One that no queue was to bring. */
function overdue(record: StartRecord): OverdueTask {
  return { ...hintOf(record), hinted: false }
}

function hintOf({ sagaId, task }: StartRecord): TaskHint {
  const { branch, queue, nonce } = task
  return { sagaId, branch, queue, nonce }
}
