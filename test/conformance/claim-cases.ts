import { expect } from 'vitest'

import { LONG_MS, QUEUE, rowsOf, type Scene } from './scene.ts'

/** What `TaskStore.claim` promises. */
export const claimCases: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  'grants a free task with everything to work on it': async (scene) => {
    const started = await scene.start()
    const record = scene.claimRecord(started)
    const [claim] = await scene.store.claim([record])
    const { sagaId, branch, claimId } = record
    const entries = await scene.entries(sagaId, 0)
    const now = expect.any(Number)
    const journal = { type: 'whole', entries }
    expect(claim).toEqual({ sagaId, branch, queue: QUEUE, claimId, wake: 0, now, journal })
    const [task] = await scene.store.listTasks(sagaId)
    expect(task).toMatchObject({ claimed: true, deliveries: 1 })
    expect(Math.abs((task?.leaseUntil ?? 0) - (claim?.now ?? 0) - LONG_MS)).toBeLessThan(1_000)
  },

  'gives the whole journal in order': async (scene) => {
    const started = await scene.start()
    for (let seq = 2; seq <= 12; seq += 1) await scene.append(started.sagaId, { seq })
    const { journal } = await scene.claim(started)
    expect(journal.type).toBe('whole')
    expect(rowsOf(journal.entries)).toEqual(await scene.journal(started.sagaId))
    expect(journal.entries).toHaveLength(12)
  },

  'grants nothing under another nonce, branch or saga': async (scene) => {
    const started = await scene.start()
    const other = await scene.start()
    const wrong = [
      { nonce: scene.ids.nonce() },
      { branch: 'main/fork.1' },
      { sagaId: other.sagaId },
      { sagaId: scene.ids.sortable() },
    ]
    const records = wrong.map((wish) => scene.claimRecord(started, wish))
    for (const record of records) expect(await scene.store.claim([record])).toEqual([null])
    expect(await scene.store.listTasks(started.sagaId)).toMatchObject([
      { claimed: false, deliveries: 0 },
    ])
  },

  'grants nothing that somebody holds, even when the lease is over': async (scene) => {
    const started = await scene.start()
    await scene.claim(started, { leaseMs: 1 })
    await scene.passTime(5)
    expect(await scene.store.claim([scene.claimRecord(started)])).toEqual([null])
  },

  'grants the same claim again when it is repeated': async (scene) => {
    const started = await scene.start()
    const record = scene.claimRecord(started)
    const [first] = await scene.store.claim([record])
    const [again] = await scene.store.claim([record])
    expect(again).toEqual({ ...first, now: again?.now })
    expect(await scene.journal(started.sagaId)).toEqual(['1 saga_started'])
    await scene.store.request(scene.requestRecord(started.sagaId))
    const [later] = await scene.store.claim([record])
    expect(later).toMatchObject({ wake: 1, journal: { entries: [{ seq: 1 }, { seq: 2 }] } })
  },

  'revives a lease that ran out when it is repeated': async (scene) => {
    const started = await scene.start()
    const record = scene.claimRecord(started)
    await scene.store.claim([{ ...record, leaseMs: 1 }])
    await scene.passTime(5)
    expect(await scene.store.claim([record])).toMatchObject([{ claimId: record.claimId }])
    expect(await scene.takeOver()).toEqual([])
  },

  'grants one of two that race': async (scene) => {
    for (let round = 0; round < 5; round += 1) {
      const started = await scene.start()
      const race = [scene.claimRecord(started), scene.claimRecord(started)]
      const claims = await Promise.all(race.map((record) => scene.store.claim([record])))
      expect(claims.flat().filter((claim) => claim !== null)).toHaveLength(1)
    }
  },

  'grants one of two that come in one batch': async (scene) => {
    const started = await scene.start()
    const batch = [scene.claimRecord(started), scene.claimRecord(started)]
    const claims = await scene.store.claim(batch)
    expect(claims).toHaveLength(2)
    const granted = claims.filter((claim) => claim !== null)
    expect(granted).toHaveLength(1)
    expect(await scene.heartbeat(granted)).toHaveLength(1)
  },

  'grants nothing too soon, and something once the delay is over': async (scene) => {
    const later = await scene.start({ task: { delayMs: LONG_MS } })
    expect(await scene.store.claim([scene.claimRecord(later)])).toEqual([null])
    const soon = await scene.start({ task: { delayMs: 20 } })
    await scene.passTime(25)
    expect(await scene.claim(soon)).toMatchObject({ sagaId: soon.sagaId })
  },

  'does not mind the dispatch grace': async (scene) => {
    const started = await scene.start({ task: { dispatchGraceMs: LONG_MS } })
    expect(await scene.claim(started)).toMatchObject({ sagaId: started.sagaId })
  },

  'answers in the order of the batch': async (scene) => {
    const [one, held, two, later] = [
      await scene.start(),
      await scene.start(),
      await scene.start(),
      await scene.start({ task: { delayMs: LONG_MS } }),
    ]
    await scene.claim(held)
    const batch = [two, held, later, one].map((started) => scene.claimRecord(started))
    const claims = await scene.store.claim(batch)
    const sagaIds = claims.map((claim) => claim?.sagaId ?? null)
    expect(sagaIds).toEqual([two.sagaId, null, null, one.sagaId])
    expect(claims[0]?.journal.entries).toMatchObject([{ seq: 1 }])
  },

  'lets batches in another order race without harm': async (scene) => {
    const started = await Promise.all(Array.from({ length: 5 }, () => scene.start()))
    const claimAll = (order: typeof started) =>
      scene.store.claim(order.map((saga) => scene.claimRecord(saga)))
    const claims = await Promise.all([claimAll(started), claimAll(started.toReversed())])
    expect(claims.flat().filter((claim) => claim !== null)).toHaveLength(started.length)
  },

  'gives a journal that reaches the row that made the task': async (scene) => {
    const started = await scene.start()
    let claim = await scene.claim(started)
    for (let seq = 2; seq <= 15; seq += 1) {
      const next = scene.newTask()
      const task = { type: 'replace', claimId: claim.claimId, next } as const
      const record = scene.claimRecord(started, { nonce: next.nonce })
      const [, [early]] = await Promise.all([
        scene.append(started.sagaId, { seq, task }),
        scene.store.claim([record]),
      ])
      claim = early ?? (await scene.claim(started, record))
      expect(claim.journal.entries.map((entry) => entry.seq)).toEqual(
        Array.from({ length: seq }, (_, index) => index + 1),
      )
    }
  },

  'takes an empty batch': async (scene) => {
    expect(await scene.store.claim([])).toEqual([])
  },
}
