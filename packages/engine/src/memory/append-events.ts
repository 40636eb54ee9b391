import type { AppendRecord, AppendResult, SagaRowChange, TaskChange } from '../ports/saga-store.ts'
import { eachByItself } from './each-by-itself.ts'
import { isLive } from './query-sagas.ts'
import { unclaimedTask, type MemoryTables, type StoredTask } from './memory-tables.ts'
import { assertApart, maySettle, settleBranches } from './settle-branches.ts'
import { storableCopy } from './storable-copy.ts'

/** Appends each record that is next in its journal and whose claim on the tasks holds. */
export function appendEvents(
  tables: MemoryTables,
  batch: readonly AppendRecord[],
): readonly AppendResult[] {
  return eachByItself(batch, (record) => appendOne(tables, storableCopy(record)))
}

function appendOne(tables: MemoryTables, record: AppendRecord): AppendResult {
  const { sagaId, seq, appendId, afterId, events, task, row, snapshot } = record
  const there = tables.journalRow(sagaId, seq)
  // The same append once more, after a lost reply: its tasks were changed the first time.
  if (there?.appendId === appendId) return { applied: true, at: there.at }
  const before = tables.journalRow(sagaId, seq - 1)
  const follows = before !== undefined && (afterId === null || before.appendId === afterId)
  if (there !== undefined || !follows) return { applied: false }
  if (!mayChange(tables, sagaId, task)) return { applied: false }
  const { at } = tables.addJournalRow(sagaId, { appendId, events, snapshot })
  changeTasks(tables, record, at)
  if (row !== null) changeSaga(tables, sagaId, { row, at })
  return { applied: true, at }
}

function mayChange(tables: MemoryTables, sagaId: string, change: TaskChange): boolean {
  switch (change.type) {
    case 'keep':
      return true
    case 'replace':
      return mayReplace(tables, sagaId, change)
    case 'remove':
      return tables.task(sagaId, change.branch)?.claim?.claimId === change.claimId
    case 'settle':
      return maySettle(tables, sagaId, change)
    case 'create':
      assertApart(sagaId, change.next)
      return tables.tasksOf(sagaId).length === 0
    case 'drop':
      return true
    case 'none':
      return tables.tasksOf(sagaId).length === 0
  }
}

function mayReplace(
  tables: MemoryTables,
  sagaId: string,
  { claimId, next }: Extract<TaskChange, { type: 'replace' }>,
): boolean {
  const former = claimedTask(tables, sagaId, claimId)
  if (former === undefined) return false
  const others = tables.tasksOf(sagaId).filter(({ branch }) => branch !== former.branch)
  assertApart(sagaId, [...others, next])
  return true
}

function changeTasks(tables: MemoryTables, record: AppendRecord, at: number): void {
  const { sagaId, seq, task: change } = record
  switch (change.type) {
    case 'keep':
    case 'none':
      return
    case 'replace':
      replaceTask(tables, claimedTask(tables, sagaId, change.claimId), { change, atSeq: seq, at })
      return
    case 'remove':
    case 'drop':
      tables.removeTasksOf(sagaId)
      return
    case 'settle':
      settleBranches(tables, sagaId, { change, atSeq: seq, at })
      return
    case 'create':
      for (const next of change.next)
        tables.putTask(unclaimedTask(sagaId, next, { atSeq: seq, at }))
      return
  }
}

function replaceTask(
  tables: MemoryTables,
  former: StoredTask | undefined,
  made: {
    readonly change: Extract<TaskChange, { type: 'replace' }>
    readonly atSeq: number
    readonly at: number
  },
): void {
  if (former === undefined) return
  const { deliveries, wake } = former
  const next = unclaimedTask(former.sagaId, made.change.next, made)
  const earliest = next.runAt + made.change.next.dispatchGraceMs / 2
  const stays = earliest <= former.dueAt && former.dueAt <= next.dueAt
  tables.removeTask(former)
  tables.putTask({ ...next, dueAt: stays ? former.dueAt : next.dueAt, deliveries, wake })
}

function claimedTask(
  tables: MemoryTables,
  sagaId: string,
  claimId: string,
): StoredTask | undefined {
  return tables.tasksOf(sagaId).find((task) => task.claim?.claimId === claimId)
}

function changeSaga(
  tables: MemoryTables,
  sagaId: string,
  change: { readonly row: SagaRowChange; readonly at: number },
): void {
  const saga = tables.sagas.get(sagaId)
  if (saga === undefined) return
  const changed = { ...saga, ...change.row, changedAt: change.at }
  // What has ended is not paused any more.
  tables.sagas.set(sagaId, isLive(changed) ? changed : { ...changed, paused: false })
}
