import { expect } from 'vitest'

import type { SagaSnapshot } from '../../packages/engine/src/core/snapshot.ts'
import type { StartRecord } from '../../packages/engine/src/ports/saga-store.ts'
import type { Claim, ClaimedJournal, KnownRow } from '../../packages/engine/src/ports/task-store.ts'
import { rowsOf, type Scene } from './scene.ts'

/** What `TaskStore.claim` and `TaskStore.takeOver` promise about the rows that come with a claim. */
export const claimedJournalCases: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  'are a snapshot, what it names and what follows, in a long journal': async (scene) => {
    const snapshot = snapshotBefore(100, [
      [1, 2],
      [40, 41],
      [97, 97],
    ])
    const saga = await longSaga(scene, 120, [snapshot])
    const { journal } = await scene.claim(saga.started, saga.task)
    expect(told(journal)).toEqual({ type: 'snapshot', rows: [1, 2, 40, 41, 97], after: [100, 120] })
    expect(journal).toMatchObject({ snapshot })
    const all = await scene.entries(saga.started.sagaId, 0)
    const byNumber = new Map(all.map((entry) => [entry.seq, entry]))
    const read = journal.type === 'snapshot' ? [...journal.rows, ...journal.entries] : []
    expect(read).toEqual(read.map(({ seq }) => byNumber.get(seq)))
  },

  'begin with the latest snapshot': async (scene) => {
    const snapshots = [snapshotBefore(100), snapshotBefore(200)]
    const saga = await longSaga(scene, 205, snapshots)
    const { journal } = await scene.claim(saga.started, saga.task)
    expect(told(journal)).toEqual({ type: 'snapshot', rows: [1], after: [200, 205] })
  },

  'have a snapshot that came with a change of the task': async (scene) => {
    const saga = await longSaga(scene, 100, [snapshotBefore(100)])
    const { journal } = await scene.claim(saga.started, saga.task)
    expect(told(journal)).toEqual({ type: 'snapshot', rows: [1], after: [100, 100] })
  },

  'begin with an earlier snapshot where the last number has none': async (scene) => {
    const saga = await longSaga(scene, 205, [snapshotBefore(100)])
    const { journal } = await scene.claim(saga.started, saga.task)
    expect(told(journal)).toEqual({ type: 'snapshot', rows: [1], after: [100, 205] })
  },

  'are all there are where there is no snapshot of a known kind': async (scene) => {
    const another: SagaSnapshot = JSON.parse(JSON.stringify({ ...snapshotBefore(100), v: 2 }))
    const saga = await longSaga(scene, 101, [another])
    const { journal } = await scene.claim(saga.started, saga.task)
    expect(journal.type).toBe('whole')
    expect(journal.entries).toHaveLength(101)
  },

  'are all there are where a request took the number of a snapshot': async (scene) => {
    const saga = await longSaga(scene, 99, [])
    await scene.store.request(scene.requestRecord(saga.started.sagaId))
    const { journal } = await scene.claim(saga.started, saga.task)
    expect(journal.type).toBe('whole')
    expect(rowsOf(journal.entries).at(-1)).toBe('100 cancel_requested')
  },

  'are only the new ones for who knows the last by its name': async (scene) => {
    const saga = await longSaga(scene, 4, [])
    await scene.store.request(scene.requestRecord(saga.started.sagaId))
    const { journal } = await scene.claim(saga.started, {
      ...saga.task,
      known: saga.rows[2] ?? null,
    })
    expect(journal).toMatchObject({ type: 'rest', after: 3 })
    expect(rowsOf(journal.entries)).toEqual(['4 action_succeeded', '5 cancel_requested'])
  },

  'are only the new ones also behind a snapshot': async (scene) => {
    const saga = await longSaga(scene, 120, [snapshotBefore(100)])
    const known = saga.rows[50] ?? null
    const { journal } = await scene.claim(saga.started, { ...saga.task, known })
    expect(told(journal)).toEqual({ type: 'rest', rows: [], after: [52, 120] })
  },

  'are none for who knows them all': async (scene) => {
    const saga = await longSaga(scene, 4, [])
    const { journal } = await scene.claim(saga.started, {
      ...saga.task,
      known: saga.rows[3] ?? null,
    })
    expect(journal).toEqual({ type: 'rest', after: 4, entries: [] })
  },

  'are not the rest for who knows a row that is not there': async (scene) => {
    const saga = await longSaga(scene, 101, [snapshotBefore(100)])
    const appendId = saga.rows[2]?.appendId ?? ''
    const wrong: readonly KnownRow[] = [
      { seq: 3, appendId: scene.ids.unique() },
      { seq: 4, appendId },
      { seq: 102, appendId },
    ]
    for (const known of wrong) {
      const record = scene.claimRecord(saga.started, { ...saga.task, known, leaseMs: 1 })
      const [claim] = await scene.store.claim([record])
      expect(claim?.journal.type).toBe('snapshot')
      if (claim) saga.task = await handBack(scene, claim)
    }
    const short = await longSaga(scene, 3, [])
    const known = { seq: 2, appendId }
    const { journal } = await scene.claim(short.started, { ...short.task, known })
    expect(journal.type).toBe('whole')
    expect(journal.entries).toHaveLength(3)
  },

  'are for each of a batch what it needs': async (scene) => {
    const [whole, rest, long] = [
      await longSaga(scene, 3, []),
      await longSaga(scene, 3, []),
      await longSaga(scene, 100, [snapshotBefore(100)]),
    ]
    const claims = await scene.store.claim([
      scene.claimRecord(long.started, long.task),
      scene.claimRecord(rest.started, { ...rest.task, known: rest.rows[1] ?? null }),
      scene.claimRecord(whole.started, whole.task),
    ])
    expect(claims.map((claim) => claim && told(claim.journal))).toEqual([
      { type: 'snapshot', rows: [1], after: [100, 100] },
      { type: 'rest', rows: [], after: [3, 3] },
      { type: 'whole', rows: [], after: [1, 3] },
    ])
  },

  'are the same when the claim is repeated': async (scene) => {
    const saga = await longSaga(scene, 100, [snapshotBefore(100)])
    const record = scene.claimRecord(saga.started, saga.task)
    const [first] = await scene.store.claim([record])
    const [again] = await scene.store.claim([record])
    expect(again?.journal).toEqual(first?.journal)
    expect(again?.journal.type).toBe('snapshot')
  },

  'are a snapshot for who takes over, and end in the lost lease': async (scene) => {
    const saga = await longSaga(scene, 110, [snapshotBefore(100)])
    await scene.claim(saga.started, { ...saga.task, leaseMs: 1 })
    await scene.passTime(5)
    const [taken] = await scene.takeOver()
    const journal = taken?.journal
    expect(journal && told(journal)).toEqual({ type: 'snapshot', rows: [1], after: [100, 111] })
    expect(journal && rowsOf(journal.entries).at(-1)).toBe('111 lease_lost')
  },

  'are the snapshot before where a lost lease takes the number of one': async (scene) => {
    const saga = await longSaga(scene, 199, [snapshotBefore(100)])
    await scene.claim(saga.started, { ...saga.task, leaseMs: 1 })
    await scene.passTime(5)
    const [taken] = await scene.takeOver()
    const journal = taken?.journal
    expect(journal && told(journal)).toEqual({ type: 'snapshot', rows: [1], after: [100, 200] })
  },

  'are never a snapshot where people read': async (scene) => {
    const { started } = await longSaga(scene, 100, [snapshotBefore(100)])
    const rows = await scene.entries(started.sagaId, 98)
    expect(rows.map((row) => Object.keys(row).toSorted())).toEqual([
      ['appendId', 'at', 'events', 'seq'],
      ['appendId', 'at', 'events', 'seq'],
    ])
  },
}

/** A snapshot in the row of that number. Stores look at its version, its number and its rows. */
function snapshotBefore(seq: number, rows: SagaSnapshot['rows'] = [[1, 1]]): SagaSnapshot {
  const control = { status: 'running', cancel: 'none', failureSeq: 0 } as const
  return { v: 1, seq: seq - 1, ...control, branches: {}, steps: [], changes: {}, rows }
}

/** A saga with a journal, whose task is free since the last row. */
interface LongSaga {
  readonly started: StartRecord
  task: { readonly nonce: string }
  /** Every row by number and name. */
  readonly rows: readonly KnownRow[]
}

async function longSaga(
  scene: Scene,
  length: number,
  snapshots: readonly SagaSnapshot[],
): Promise<LongSaga> {
  const started = await scene.start()
  const { sagaId, appendId } = started
  const { claimId } = await scene.claim(started)
  const next = scene.newTask()
  const rows: KnownRow[] = [{ seq: 1, appendId }]
  for (let seq = 2; seq <= length; seq += 1) {
    const snapshot = snapshots.find((one) => one.seq === seq - 1) ?? null
    const last = { type: 'replace', claimId, next } as const
    const task = seq === length ? last : ({ type: 'keep' } as const)
    const record = scene.appendRecord(sagaId, { seq, task, snapshot })
    expect(await scene.store.append([record])).toMatchObject([{ applied: true }])
    rows.push({ seq, appendId: record.appendId })
  }
  return { started, task: { nonce: next.nonce }, rows }
}

/** The task's nonce after its claim was given back. */
async function handBack(scene: Scene, claim: Claim): Promise<LongSaga['task']> {
  const record = scene.releaseRecord(claim)
  expect(await scene.store.release([record])).toEqual([claim.claimId])
  return { nonce: record.nonce }
}

/** What was read, by numbers: the rows of a snapshot, and the first and last of the rows that follow. */
function told(journal: ClaimedJournal): unknown {
  const numbers = journal.entries.map(({ seq }) => seq)
  expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index))
  const rows = journal.type === 'snapshot' ? journal.rows.map(({ seq }) => seq) : []
  return { type: journal.type, rows, after: [numbers[0], numbers.at(-1)] }
}
