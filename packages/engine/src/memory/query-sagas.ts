import type { Backlog, SagaFilter, SagaRow, TaskRow } from '../ports/saga-queries.ts'
import { storableCopy } from './storable-copy.ts'
import { compareText, type MemoryTables } from './memory-tables.ts'

/** A copy of the saga's row. */
export function findSaga(tables: MemoryTables, sagaId: string): SagaRow | undefined {
  const row = tables.sagas.get(sagaId)
  return row === undefined ? undefined : storableCopy(row)
}

/** Rows that pass the filter, newest first. */
export function listSagas(tables: MemoryTables, filter: SagaFilter): readonly SagaRow[] {
  return [...tables.sagas.values()]
    .filter((row) => passes(row, filter, tables.now()))
    .toSorted((a, b) => compareText(b.sagaId, a.sagaId))
    .slice(0, filter.limit)
    .map((row) => storableCopy(row))
}

function passes(row: SagaRow, filter: SagaFilter, now: number): boolean {
  const { statuses, name, key, olderThanMs, before } = filter
  return (
    (statuses === undefined || statuses.includes(row.status)) &&
    (name === undefined || row.name === name) &&
    (key === undefined || row.key === key) &&
    (olderThanMs === undefined || row.startedAt <= now - olderThanMs) &&
    (before === undefined || row.sagaId < before)
  )
}

/** Rows of those that have ended, by id. */
export function findEnded(tables: MemoryTables, sagaIds: readonly string[]): readonly SagaRow[] {
  return [...new Set(sagaIds)].toSorted(compareText).flatMap((sagaId) => {
    const row = tables.sagas.get(sagaId)
    return row !== undefined && !isLive(row) ? [storableCopy(row)] : []
  })
}

/** The saga's tasks, by branch. */
export function listTasks(tables: MemoryTables, sagaId: string): readonly TaskRow[] {
  return tables.tasksOf(sagaId).map(({ branch, queue, runAt, claim, deliveries }) => ({
    branch,
    queue,
    runAt,
    claimed: claim !== null,
    leaseUntil: claim?.leaseUntil ?? null,
    deliveries,
  }))
}

/** Live sagas by status, and how late the latest task is. */
export function readBacklog(tables: MemoryTables): Backlog {
  const live = { running: 0, compensating: 0, stuck: 0 }
  for (const row of tables.sagas.values()) {
    if (isLive(row)) live[row.status] += 1
  }
  const now = tables.now()
  const dueTimes = tables.allTasks().flatMap((task) => (task.claim === null ? [task.dueAt] : []))
  return { live, oldestDueMs: Math.max(0, ...dueTimes.map((dueAt) => now - dueAt)) }
}

/** Whether the saga may still move by itself or by an operator's hand. */
export function isLive(
  row: SagaRow,
): row is SagaRow & { status: 'running' | 'compensating' | 'stuck' } {
  return row.status === 'running' || row.status === 'compensating' || row.status === 'stuck'
}
