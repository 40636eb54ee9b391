import type { RequestRecord, RequestResult } from '../ports/saga-store.ts'
import { storableCopy } from './storable-copy.ts'
import { wokenTask, type MemoryTables } from './memory-tables.ts'

/** Appends a request behind the head of a saga that has a task, and wakes whoever holds one. */
export function requestEvents(tables: MemoryTables, record: RequestRecord): RequestResult {
  const { sagaId, appendId, events, unheld, afterSeq, paused } = storableCopy(record)
  const earlier = tables.findAppended(sagaId, appendId)
  if (earlier !== undefined) {
    return { applied: true, seq: earlier.seq, at: earlier.at, woken: [] }
  }
  const tasks = tables.tasksOf(sagaId)
  const isKept = unheld === 'append' && tables.entriesAfter(sagaId, 0).length > 0
  const mayAppend =
    afterSeq === undefined ? tasks.length > 0 || isKept : tables.head(sagaId) === afterSeq
  if (!mayAppend) return { applied: false }
  const { seq, at } = tables.addJournalRow(sagaId, { appendId, events })
  for (const task of tasks) tables.putTask(wokenTask(task, { atSeq: seq, at }))
  const saga = tables.sagas.get(sagaId)
  if (saga !== undefined && paused !== undefined) tables.sagas.set(sagaId, { ...saga, paused })
  const free = tasks.filter(({ claim }) => claim === null)
  const woken = free.map(({ branch, queue, nonce }) => ({ sagaId, branch, queue, nonce }))
  return { applied: true, seq, at, woken }
}
