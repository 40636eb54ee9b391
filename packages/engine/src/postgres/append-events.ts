import type { AppendRecord, AppendResult, TaskChange } from '../ports/saga-store.ts'
import { cutIntoBatches, runBatch } from './batches.ts'
import { appendPlain, type AppendedRow, type AppendRow } from './queries/append-plain.ts'
import { appendWithTasks } from './queries/append-with-tasks.ts'
import { findAppended } from './queries/find-appended.ts'
import { runStatement } from './run-statement.ts'
import { jsonText, type SqlExecutor } from './sql-executor.ts'

/**
 * Appends a batch in one statement: the cheap one when no task and no status changes. What was not written is looked up
 * by its append id, in a statement of its own: it may be there from a try whose reply was lost.
 */
export async function appendEvents(
  executor: SqlExecutor,
  records: readonly AppendRecord[],
): Promise<readonly AppendResult[]> {
  const rows = records
    .map((record) => ({ record, eventsText: jsonText(record.events) }))
    .toSorted((a, b) => (a.record.sagaId < b.record.sagaId ? -1 : 1))
  const times = new Map<string, number>()
  for (const batch of cutIntoBatches(rows, sizeOf)) {
    for (const { saga_id, at } of await appendBatch(executor, batch)) times.set(saga_id, at)
  }
  return records.map(({ sagaId }) => {
    const at = times.get(sagaId)
    return at === undefined ? { applied: false } : { applied: true, at }
  })
}

/** What a task that comes or goes counts for, in bytes: more than it has, so that a thousand of them fill a statement. */
const bytesOfTask = 4 * 1024

function sizeOf({ record: { task }, eventsText }: AppendRow): number {
  return eventsText.length + changedTasks(task) * bytesOfTask
}

function changedTasks(task: TaskChange): number {
  switch (task.type) {
    case 'settle':
      return task.claims.length + task.dropped.length + task.next.length
    case 'create':
      return task.next.length
    case 'keep':
    case 'replace':
    case 'remove':
    case 'none':
    case 'drop':
      return 0
  }
}

async function appendBatch(
  executor: SqlExecutor,
  batch: readonly AppendRow[],
): Promise<readonly AppendedRow[]> {
  const plain = batch.every(({ record }) => record.task.type === 'keep' && record.row === null)
  const statement = plain ? appendPlain : appendWithTasks
  const written = await runBatch(batch, (rows, lockTimeoutMs) =>
    statement(executor, rows, lockTimeoutMs),
  )
  if (written.length === batch.length) return written
  const done = new Set(written.map(({ saga_id }) => saga_id))
  const missing = batch.filter(({ record }) => !done.has(record.sagaId))
  return [...written, ...(await runStatement(() => findAppended(executor, missing)))]
}
