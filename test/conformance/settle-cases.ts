import { expect } from 'vitest'

import type { AppendRecord } from '../../packages/engine/src/ports/saga-store.ts'
import type { Claim } from '../../packages/engine/src/ports/task-store.ts'
import { branchesOf, BRANCHES, claimBranches, fork, settle, three } from './forked-saga.ts'
import { LONG_MS, QUEUE, rowChange, type Scene } from './scene.ts'

const [FLIGHT, HOTEL, ITEM] = BRANCHES

/** What `SagaStore.append` promises where branches come and go. */
export const settleCases: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  'makes a task for each branch in the place of the claimed one': async (scene) => {
    const saga = await fork(scene)
    expect(await branchesOf(scene, saga.sagaId)).toEqual(BRANCHES)
    const tasks = await scene.store.listTasks(saga.sagaId)
    expect(tasks.map(({ deliveries, leaseUntil }) => [deliveries, leaseUntil])).toEqual(
      BRANCHES.map(() => [0, null]),
    )
    const claims = await claimBranches(scene, saga)
    expect(claims.map(({ branch, wake }) => [branch, wake])).toEqual(
      BRANCHES.map((branch) => [branch, 0]),
    )
    expect(await scene.store.claim([scene.claimRecord(saga.started)])).toEqual([null])
  },

  'gives each of the next tasks its queue and its delays': async (scene) => {
    const main = await scene.startAndClaim()
    const next = [
      scene.newTask({ branch: FLIGHT, queue: 'flights', delayMs: LONG_MS }),
      scene.newTask({ branch: HOTEL, dispatchGraceMs: LONG_MS }),
      scene.newTask({ branch: ITEM }),
    ]
    expect(await scene.append(main.sagaId, { task: settle([main], { next }) })).toBe(true)
    const hints = await scene.store.findOverdue({ queues: [QUEUE, 'flights'], limit: 10 })
    expect(hints.map(({ branch, nonce }) => ({ branch, nonce }))).toEqual([
      { branch: ITEM, nonce: next[2]?.nonce },
    ])
    const { sagaId } = main
    const records = next.map(({ branch, nonce }) => {
      return { sagaId, branch, nonce, claimId: scene.ids.unique(), leaseMs: LONG_MS, known: null }
    })
    const claims = await scene.store.claim(records)
    expect(claims.map((claim) => claim?.queue ?? null)).toEqual([null, QUEUE, QUEUE])
  },

  'takes the tasks of several claims at once, and leaves the others as they are': async (scene) => {
    const saga = await fork(scene)
    const [flight, hotel, item] = await three(scene, saga)
    const before = (await scene.store.listTasks(saga.sagaId)).filter((row) => row.branch === ITEM)
    expect(await scene.append(saga.sagaId, { seq: 3, task: settle([hotel, flight]) })).toBe(true)
    expect(await scene.store.listTasks(saga.sagaId)).toEqual(before)
    expect(await scene.heartbeat([flight, hotel, item])).toEqual([
      { claimId: item.claimId, wake: 0 },
    ])
  },

  'joins: the last branch makes way for the one that it came from': async (scene) => {
    const saga = await fork(scene)
    const claims = await three(scene, saga)
    expect(await scene.append(saga.sagaId, { seq: 3, task: settle(claims.slice(1)) })).toBe(true)
    const main = scene.newTask()
    const join = settle(claims.slice(0, 1), { next: [main] })
    expect(await scene.append(saga.sagaId, { seq: 4, task: join })).toBe(true)
    const again = await scene.claim(saga.started, { nonce: main.nonce })
    expect(again.journal.entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
    expect(await branchesOf(scene, saga.sagaId)).toEqual(['main *'])
  },

  'changes nothing unless all the claims stand': async (scene) => {
    const saga = await fork(scene)
    const [flight, hotel] = await claimBranches(scene, saga, 2)
    if (flight === undefined || hotel === undefined) throw new Error('Two were claimed.')
    const unknown = scene.ids.unique()
    const wrong = [
      [flight, { ...hotel, claimId: unknown }],
      [flight, { ...hotel, claimId: flight.claimId }],
      [
        { branch: FLIGHT, claimId: hotel.claimId },
        { branch: HOTEL, claimId: flight.claimId },
      ],
      [flight, hotel, { branch: ITEM, claimId: unknown }],
      [flight, hotel, { branch: 'main', claimId: flight.claimId }],
    ]
    const before = await scene.store.listTasks(saga.sagaId)
    const next = [scene.newTask({ branch: 'main/new' })]
    for (const claims of wrong) {
      const task = settle(claims, { next, dropped: [ITEM], wake: true })
      const row = rowChange({ status: 'compensating' })
      expect(await scene.append(saga.sagaId, { seq: 3, task, row })).toBe(false)
    }
    expect(await scene.store.listTasks(saga.sagaId)).toEqual(before)
    expect(await scene.journal(saga.sagaId)).toHaveLength(2)
    expect(await scene.store.findSaga(saga.sagaId)).toMatchObject({ status: 'running' })
    expect(await scene.append(saga.sagaId, { seq: 3, task: settle([flight, hotel]) })).toBe(true)
  },

  'changes nothing under a claim that was given back or taken over': async (scene) => {
    const saga = await fork(scene)
    const [flight, hotel] = await claimBranches(scene, saga, 2, 1)
    if (flight === undefined || hotel === undefined) throw new Error('Two were claimed.')
    await scene.store.release([scene.releaseRecord(hotel)])
    await scene.passTime(5)
    await scene.takeOver()
    const before = await branchesOf(scene, saga.sagaId)
    for (const claims of [[flight], [hotel], [flight, hotel]]) {
      for (const seq of [3, 4]) {
        const task = settle(claims, { wake: true })
        expect(await scene.append(saga.sagaId, { seq, task })).toBe(false)
      }
    }
    expect(await branchesOf(scene, saga.sagaId)).toEqual(before)
  },

  'changes nothing when the number is lost': async (scene) => {
    const saga = await fork(scene)
    const [flight, hotel, item] = await three(scene, saga)
    const next = [scene.newTask()]
    const results = await Promise.all(
      [flight, hotel, item].map((claim) => {
        return scene.append(saga.sagaId, { seq: 3, task: settle([claim], { next, wake: true }) })
      }),
    )
    expect(results.filter(Boolean)).toHaveLength(1)
    const kept = BRANCHES.filter((_, index) => results[index] === false)
    const branches = await branchesOf(scene, saga.sagaId)
    expect(branches).toEqual(['main', ...kept.map((branch) => `${branch} *`)])
    const wakes = (await scene.heartbeat([flight, hotel, item])).map(({ wake }) => wake)
    expect(wakes).toEqual([1, 1])
    expect(await scene.append(saga.sagaId, { seq: 5, task: settle([flight, hotel]) })).toBe(false)
  },

  'drops branches whoever holds them': async (scene) => {
    const saga = await fork(scene)
    const [flight, hotel] = await claimBranches(scene, saga, 2)
    if (flight === undefined || hotel === undefined) throw new Error('Two were claimed.')
    const dropped = [HOTEL, ITEM, 'main/never.made']
    const task = settle([flight], { dropped, next: [scene.newTask()] })
    expect(await scene.append(saga.sagaId, { seq: 3, task })).toBe(true)
    expect(await branchesOf(scene, saga.sagaId)).toEqual(['main'])
    await expectLost(scene, hotel)
    const records = saga.tasks.map((made) => scene.claimRecord(saga.started, made))
    expect(await scene.store.claim(records)).toEqual([null, null, null])
  },

  'leaves nothing to take over of a branch that was dropped': async (scene) => {
    const saga = await fork(scene)
    const [flight, hotel] = await three(scene, saga)
    // Both leases run out; one of the tasks goes before anybody looks.
    await scene.store.heartbeat({ claims: [flight, hotel], leaseMs: 1 })
    await scene.passTime(5)
    expect(await scene.append(saga.sagaId, { seq: 3, task: settle([flight]) })).toBe(true)
    const taken = await scene.takeOver()
    expect(taken.map(({ branch }) => branch)).toEqual([HOTEL])
    const lost = (await scene.entries(saga.sagaId, 3)).flatMap(({ events }) => events)
    expect(lost).toEqual([{ type: 'lease_lost', branch: HOTEL, claimId: hotel.claimId }])
    expect(await scene.takeOver()).toEqual([])
  },

  'makes a branch again whose task goes in the same commit': async (scene) => {
    const saga = await fork(scene)
    const [flight, hotel] = await claimBranches(scene, saga, 2)
    if (flight === undefined || hotel === undefined) throw new Error('Two were claimed.')
    await scene.store.request(scene.requestRecord(saga.sagaId))
    // Of a claim, of somebody else's, of nobody's, and of a branch that had none.
    const next = [FLIGHT, HOTEL, ITEM, 'main/new'].map((branch) => {
      return scene.newTask({ branch, queue: 'second' })
    })
    const task = settle([flight], { dropped: [HOTEL, ITEM, 'main/new'], next, wake: true })
    expect(await scene.append(saga.sagaId, { seq: 4, task })).toBe(true)
    for (const lost of [flight, hotel]) await expectLost(scene, lost)
    const former = saga.tasks.map((made) => scene.claimRecord(saga.started, made))
    expect(await scene.store.claim(former)).toEqual([null, null, null])
    const fresh = { queue: 'second', claimed: false, leaseUntil: null, deliveries: 0 }
    expect(await scene.store.listTasks(saga.sagaId)).toMatchObject(
      [FLIGHT, HOTEL, ITEM, 'main/new'].map((branch) => Object.assign({ branch }, fresh)),
    )
    const claims = await claimBranches(scene, { ...saga, tasks: next })
    expect(claims.map(({ wake }) => wake)).toEqual([0, 0, 0, 0])
  },

  'counts as applied when it is repeated, and changes nothing again': async (scene) => {
    const saga = await fork(scene)
    const [flight, hotel] = await claimBranches(scene, saga, 2)
    if (flight === undefined || hotel === undefined) throw new Error('Two were claimed.')
    const next = [scene.newTask({ branch: FLIGHT }), scene.newTask({ branch: 'main/new' })]
    const task = settle([flight], { dropped: [ITEM], next, wake: true })
    const record = scene.appendRecord(saga.sagaId, { seq: 3, task })
    const first = await scene.store.append([record])
    await claimBranches(scene, { ...saga, tasks: next })
    const before = await scene.store.listTasks(saga.sagaId)
    expect(first).toMatchObject([{ applied: true }])
    expect(await scene.store.append([record])).toEqual(first)
    expect(await scene.store.listTasks(saga.sagaId)).toEqual(before)
    expect(await scene.heartbeat([hotel])).toMatchObject([{ wake: 1 }])
  },

  'changes the row of the saga with it': async (scene) => {
    const saga = await fork(scene)
    const [flight] = await three(scene, saga)
    const task = settle([flight], { dropped: [HOTEL, ITEM], next: [scene.newTask()] })
    const row = rowChange({ status: 'compensating' })
    expect(await scene.append(saga.sagaId, { seq: 3, task, row })).toBe(true)
    expect(await scene.store.findSaga(saga.sagaId)).toMatchObject({ status: 'compensating' })
  },

  'refuses a second task of a branch, and writes the neighbors': async (scene) => {
    const saga = await fork(scene)
    const [flight] = await three(scene, saga)
    const neighbor = await scene.startAndClaim()
    const twice = ['main/new', 'main/new'].map((branch) => scene.newTask({ branch }))
    for (const [round, next] of [[scene.newTask({ branch: HOTEL })], twice].entries()) {
      const task = settle([flight], { next, wake: true })
      const wrong = scene.appendRecord(saga.sagaId, { seq: 3, task })
      const right = scene.appendRecord(neighbor.sagaId, { seq: 2 + round })
      await expect(scene.store.append([wrong, right])).rejects.toThrow(/two tasks|duplicate key/)
    }
    expect(await branchesOf(scene, saga.sagaId)).toEqual(BRANCHES.map((branch) => `${branch} *`))
    expect(await scene.journal(saga.sagaId)).toHaveLength(2)
    expect(await scene.journal(neighbor.sagaId)).toHaveLength(3)
  },

  'is applied in a mixed batch by its own condition': async (scene) => {
    const [forked, other] = [await fork(scene), await fork(scene)]
    const [flight, hotel, item] = await three(scene, forked)
    const [lost] = await three(scene, other)
    const [plain, moved] = [await scene.startAndClaim(), await scene.startAndClaim()]
    const next = [scene.newTask(), scene.newTask({ branch: HOTEL })]
    const settled = settle([flight, hotel], { next, wake: true })
    const stale = settle([lost, { branch: HOTEL, claimId: hotel.claimId }], { wake: true })
    const replaced = { type: 'replace', claimId: moved.claimId, next: scene.newTask() } as const
    const records: readonly AppendRecord[] = [
      scene.appendRecord(moved.sagaId, { task: replaced }),
      scene.appendRecord(other.sagaId, { seq: 3, task: stale }),
      scene.appendRecord(forked.sagaId, { seq: 3, task: settled }),
      scene.appendRecord(plain.sagaId),
    ]
    const results = await scene.store.append(records)
    expect(results.map(({ applied }) => applied)).toEqual([true, false, true, true])
    expect(await branchesOf(scene, forked.sagaId)).toEqual(['main', HOTEL, `${ITEM} *`].toSorted())
    expect(await branchesOf(scene, other.sagaId)).toHaveLength(3)
    expect(await scene.heartbeat([item])).toMatchObject([{ wake: 1 }])
    expect(await scene.heartbeat([lost])).toMatchObject([{ wake: 0 }])
    expect(await branchesOf(scene, moved.sagaId)).toEqual(['main'])
  },

  'carries hundreds of claims and of next tasks': async (scene) => {
    const names = Array.from({ length: 256 }, (_, index) => `main/each.${index}`)
    const saga = await fork(scene, names)
    const claims = await claimBranches(scene, saga)
    const next = names.map((branch, index) => {
      return scene.newTask({ branch: index < 128 ? branch : `${branch}/more` })
    })
    expect(await scene.append(saga.sagaId, { seq: 3, task: settle(claims, { next }) })).toBe(true)
    const branches = await branchesOf(scene, saga.sagaId)
    expect(branches).toEqual(next.map(({ branch }) => branch).toSorted())
    const sagas = await Promise.all(Array.from({ length: 3 }, () => fork(scene, names)))
    const held = await Promise.all(sagas.map((one) => claimBranches(scene, one)))
    const records = sagas.map(({ sagaId }, index) => {
      const main = [scene.newTask()]
      return scene.appendRecord(sagaId, { seq: 3, task: settle(held[index] ?? [], { next: main }) })
    })
    const results = await scene.store.append(records)
    expect(results.map(({ applied }) => applied)).toEqual([true, true, true])
    for (const { sagaId } of sagas) expect(await branchesOf(scene, sagaId)).toEqual(['main'])
  },
}

/** A claim whose task went can do nothing, and gets nothing back. */
async function expectLost(scene: Scene, lost: Claim): Promise<void> {
  const { sagaId, branch, claimId } = lost
  expect(await scene.heartbeat([lost])).toEqual([])
  expect(await scene.store.release([scene.releaseRecord(lost)])).toEqual([])
  const { length } = await scene.store.readJournal(sagaId, 0)
  const changes = [
    { type: 'replace', claimId, next: scene.newTask({ branch }) },
    { type: 'remove', branch, claimId },
    settle([lost], { wake: true }),
  ] as const
  for (const task of changes) {
    expect(await scene.append(sagaId, { seq: length + 1, task })).toBe(false)
  }
}
