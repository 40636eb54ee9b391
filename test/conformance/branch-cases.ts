import { expect } from 'vitest'

import type { Claim } from '../../packages/engine/src/ports/task-store.ts'
import { branchesOf, BRANCHES, claimBranches, fork, settle, three } from './forked-saga.ts'
import { LONG_MS, QUEUE, rowsOf, type Scene } from './scene.ts'

const [FLIGHT, HOTEL, ITEM] = BRANCHES

/** What stores promise about a saga that has several tasks. */
export const branchCases: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  'several come into being for a saga that nobody holds, while it has none': async (scene) => {
    const { sagaId, branch, claimId } = await scene.startAndClaim()
    const next = BRANCHES.map((name) => scene.newTask({ branch: name }))
    const create = { type: 'create', next } as const
    expect(await scene.append(sagaId, { task: create })).toBe(false)
    await scene.append(sagaId, { task: { type: 'remove', branch, claimId } })
    const race = await Promise.all([
      scene.append(sagaId, { seq: 3, task: create }),
      scene.append(sagaId, { seq: 3, task: { ...create, next: next.slice(1) } }),
    ])
    expect(race.filter(Boolean)).toHaveLength(1)
    expect(await branchesOf(scene, sagaId)).toEqual(race[0] ? BRANCHES : BRANCHES.slice(1))
    expect(await scene.append(sagaId, { seq: 4, task: create })).toBe(false)
    expect(await scene.append(sagaId, { seq: 4, task: { type: 'none' } })).toBe(false)
  },

  'all go when the saga ends': async (scene) => {
    const saga = await fork(scene)
    const [flight] = await claimBranches(scene, saga, 2)
    const { claimId = '' } = flight ?? {}
    const task = { type: 'remove', branch: FLIGHT, claimId } as const
    expect(await scene.append(saga.sagaId, { seq: 3, task })).toBe(true)
    expect(await scene.store.listTasks(saga.sagaId)).toEqual([])
  },

  'one is put in the place of the claimed one, and the others stay': async (scene) => {
    const saga = await fork(scene)
    const [, hotel] = await claimBranches(scene, saga, 2)
    const { claimId = '' } = hotel ?? {}
    const next = scene.newTask({ branch: HOTEL })
    const task = { type: 'replace', claimId, next } as const
    expect(await scene.append(saga.sagaId, { seq: 3, task })).toBe(true)
    expect(await branchesOf(scene, saga.sagaId)).toEqual([`${FLIGHT} *`, HOTEL, ITEM])
  },

  'all wake when a request comes': async (scene) => {
    const saga = await fork(scene, BRANCHES, { delayMs: LONG_MS, dispatchGraceMs: LONG_MS })
    expect(await scene.store.findOverdue({ queues: [QUEUE], limit: 10 })).toEqual([])
    await scene.store.request(scene.requestRecord(saga.sagaId))
    const hints = await scene.store.findOverdue({ queues: [QUEUE], limit: 10 })
    expect(hints.map(({ branch }) => branch).toSorted()).toEqual(BRANCHES)
    const claims = await claimBranches(scene, saga)
    expect(claims.map(({ wake }) => wake)).toEqual([1, 1, 1])
  },

  'others wake when a branch says so, and its next ones need not': async (scene) => {
    const saga = await fork(scene)
    const [flight, hotel, item] = await three(scene, saga)
    const later = scene.newTask({ branch: ITEM, delayMs: LONG_MS, dispatchGraceMs: LONG_MS })
    const wait = { type: 'replace', claimId: item.claimId, next: later } as const
    expect(await scene.append(saga.sagaId, { seq: 3, task: wait })).toBe(true)
    const next = [scene.newTask({ branch: FLIGHT, delayMs: LONG_MS, dispatchGraceMs: LONG_MS })]
    const [, heldBefore] = await scene.store.listTasks(saga.sagaId)
    const task = settle([flight], { next, wake: true })
    expect(await scene.append(saga.sagaId, { seq: 4, task })).toBe(true)
    // The holder keeps its claim; what waits is due at once; what is new waits for its own time.
    const [, heldAfter] = await scene.store.listTasks(saga.sagaId)
    expect(heldAfter).toEqual(heldBefore)
    expect(await scene.heartbeat([hotel])).toEqual([{ claimId: hotel.claimId, wake: 1 }])
    const hints = await scene.store.findOverdue({ queues: [QUEUE], limit: 10 })
    expect(hints.map(({ branch, nonce }) => [branch, nonce])).toEqual([[ITEM, later.nonce]])
    const record = scene.claimRecord(saga.started, { branch: ITEM, nonce: later.nonce })
    const [woken] = await scene.store.claim([record])
    expect(woken).toMatchObject({ wake: 1 })
    expect(woken?.journal.entries.at(-1)?.seq).toBe(4)
  },

  'others sleep on when a branch does not wake them': async (scene) => {
    const saga = await fork(scene)
    const [flight, hotel] = await claimBranches(scene, saga, 2)
    if (flight === undefined || hotel === undefined) throw new Error('Two were claimed.')
    const before = await scene.store.listTasks(saga.sagaId)
    await scene.append(saga.sagaId, { seq: 3, task: settle([flight]) })
    expect(await scene.store.listTasks(saga.sagaId)).toEqual(before.slice(1))
    expect(await scene.heartbeat([hotel])).toMatchObject([{ wake: 0 }])
  },

  'a branch that was woken is not handed back': async (scene) => {
    const saga = await fork(scene)
    const [flight, hotel, item] = await three(scene, saga)
    await scene.append(saga.sagaId, { seq: 3, task: settle([flight], { wake: true }) })
    const stale = [hotel, item].map((claim) => scene.releaseRecord(claim))
    expect(await scene.store.release(stale)).toEqual([])
    const fresh = [hotel, item].map((claim) => scene.releaseRecord(claim, { wake: 1 }))
    expect([...(await scene.store.release(fresh))].toSorted()).toEqual(
      [hotel.claimId, item.claimId].toSorted(),
    )
    expect(await branchesOf(scene, saga.sagaId)).toEqual([HOTEL, ITEM])
  },

  'each of a batch of claims has the journal': async (scene) => {
    const saga = await fork(scene)
    const claims = await claimBranches(scene, saga)
    const entries = await scene.entries(saga.sagaId, 0)
    expect(claims.map(({ journal }) => journal)).toEqual(
      BRANCHES.map(() => ({ type: 'whole', entries })),
    )
  },

  'each of a batch of claims has what it does not know yet': async (scene) => {
    const saga = await fork(scene)
    const other = await fork(scene)
    await scene.append(saga.sagaId, { seq: 3 })
    const first = { seq: 1, appendId: saga.started.appendId }
    const [flight, hotel, item] = saga.tasks
    if (flight === undefined || hotel === undefined || item === undefined) throw new Error('Three.')
    const { started, known } = saga
    const claims = await scene.store.claim([
      scene.claimRecord(started, { ...flight, known }),
      scene.claimRecord(other.started, { ...other.tasks[0], known: other.known }),
      scene.claimRecord(started, { ...hotel, known: first }),
      scene.claimRecord(started, { ...hotel, nonce: scene.ids.nonce(), known }),
      scene.claimRecord(started, { ...item, known: { ...known, appendId: scene.ids.unique() } }),
      scene.claimRecord(other.started, { ...other.tasks[1], known: other.known }),
    ])
    expect(claims.map((claim) => claim && told(claim))).toEqual([
      [FLIGHT, 'rest', [3]],
      [FLIGHT, 'rest', []],
      [HOTEL, 'rest', [2, 3]],
      null,
      [ITEM, 'whole', [1, 2, 3]],
      [HOTEL, 'rest', []],
    ])
  },

  'each of a batch of claims has a long journal': async (scene) => {
    const saga = await fork(scene)
    const [flight] = await claimBranches(scene, saga, 1)
    const seqs = Array.from({ length: 97 }, (_, index) => index + 3)
    for (const seq of seqs) await scene.append(saga.sagaId, { seq })
    const more = Array.from({ length: 3 }, (_, index) => {
      return scene.newTask({ branch: `main/more.${index}` })
    })
    const control = { status: 'running', cancel: 'none', failureSeq: 0 } as const
    const rest = { branches: {}, steps: [], changes: {}, rows: [[1, 2]] } as const
    const snapshot = { v: 1, seq: 99, ...control, ...rest } as const
    const task = settle(flight === undefined ? [] : [flight], { next: more })
    expect(await scene.append(saga.sagaId, { seq: 100, task, snapshot })).toBe(true)
    const tasks = [...saga.tasks.slice(1), ...more]
    const claims = await claimBranches(scene, { ...saga, tasks })
    // The tasks that were made at 2 need no snapshot at 100; those that it made begin with it.
    const all = Array.from({ length: 100 }, (_, index) => index + 1)
    expect(claims.map((claim) => told(claim))).toEqual([
      [HOTEL, 'whole', all],
      [ITEM, 'whole', all],
      ...more.map(({ branch }) => [branch, 'snapshot', [1, 2, 100]]),
    ])
  },

  'all of a saga are taken over in one call, and in one row': async (scene) => {
    const saga = await fork(scene)
    const lost = await claimBranches(scene, saga, 3, 1)
    await scene.passTime(5)
    const taken = await scene.takeOver()
    expect(await scene.takeOver()).toEqual([])
    expect(taken.map(({ branch }) => branch).toSorted()).toEqual(BRANCHES)
    const rows = (await scene.entries(saga.sagaId, saga.seq)).map(({ events }) => events)
    const inOrder = lost.toSorted((a, b) => (a.branch < b.branch ? -1 : 1))
    expect(rows).toEqual([
      inOrder.map(({ branch, claimId }) => ({ type: 'lease_lost', branch, claimId })),
    ])
    for (const { journal } of taken) {
      expect(rowsOf(journal.entries).at(-1)).toBe('3 lease_lost lease_lost lease_lost')
    }
  },

  'a takeover of one leaves the claims of the others': async (scene) => {
    const saga = await fork(scene)
    const [flight, hotel, item] = await three(scene, saga)
    await scene.store.heartbeat({ claims: [hotel], leaseMs: 1 })
    await scene.passTime(5)
    expect((await scene.takeOver()).map(({ branch }) => branch)).toEqual([HOTEL])
    expect(await scene.heartbeat([flight, hotel, item])).toHaveLength(2)
    // The row of the takeover comes first; behind it the others go on.
    const task = settle([flight, item])
    expect(await scene.append(saga.sagaId, { seq: 3, task })).toBe(false)
    expect(await scene.append(saga.sagaId, { seq: 4, task })).toBe(true)
  },

  'a settlement races with takeovers, requests, heartbeats and claims': async (scene) => {
    for (let round = 0; round < 5; round += 1) {
      const saga = await fork(scene)
      const [flight, hotel] = await claimBranches(scene, saga, 2)
      if (flight === undefined || hotel === undefined) throw new Error('Two were claimed.')
      await scene.store.heartbeat({ claims: [hotel], leaseMs: 1 })
      await scene.passTime(5)
      const task = settle([flight], { dropped: [HOTEL], next: [scene.newTask()], wake: true })
      const [, taken, , request] = await Promise.all([
        scene.append(saga.sagaId, { seq: 3, task }),
        scene.takeOver(),
        scene.heartbeat([flight]),
        scene.store.request(scene.requestRecord(saga.sagaId)),
        claimBranches(scene, { ...saga, tasks: saga.tasks.slice(2) }),
      ])
      expect(request).toMatchObject({ applied: true })
      const rows = (await scene.store.readJournal(saga.sagaId, 2)).flatMap(({ events }) => events)
      const settled = rows.some(({ type }) => type === 'action_succeeded')
      // What an earlier round has left over may be taken over in this one.
      const here = taken.filter(({ sagaId }) => sagaId === saga.sagaId)
      expect(rows.filter(({ type }) => type === 'lease_lost')).toHaveLength(here.length)
      const branches = await branchesOf(scene, saga.sagaId)
      const unsettled = [`${FLIGHT} *`, `${HOTEL} *`, `${ITEM} *`]
      expect(branches).toEqual(settled ? ['main', `${ITEM} *`] : unsettled)
    }
  },
}

/** A claim's branch, and the numbers of the rows that came with it. */
function told({ branch, journal }: Claim): unknown {
  const rows = journal.type === 'snapshot' ? journal.rows : []
  return [branch, journal.type, [...rows, ...journal.entries].map(({ seq }) => seq)]
}
