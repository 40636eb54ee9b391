import type { RequestRecord, RequestResult } from '../ports/saga-store.ts'
import { storableCopy } from './storable-copy.ts'
import { wokenTask, type MemoryTables } from './memory-tables.ts'

/** Appends a request behind the head of a saga that has a task, and wakes whoever holds one. */
export function requestEvents(tables: MemoryTables, record: RequestRecord): RequestResult {
  const { sagaId, appendId, events } = storableCopy(record)
  const earlier = tables.findAppended(sagaId, appendId)
  if (earlier !== undefined) return { applied: true, seq: earlier.seq, at: earlier.at }
  const tasks = tables.tasksOf(sagaId)
  if (tasks.length === 0) return { applied: false }
  const { seq, at } = tables.addJournalRow(sagaId, { appendId, events })
  for (const task of tasks) tables.putTask(wokenTask(task, { atSeq: seq, at }))
  return { applied: true, seq, at }
}
