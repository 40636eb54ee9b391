import type {
  OverdueSearch,
  OverdueTask,
  TaskHint,
  UndispatchedSearch,
} from '../ports/task-store.ts'
import type { MemoryTables, StoredTask } from './memory-tables.ts'

/** Unclaimed tasks of the given queues whose due time has come. Held ones are looked at again when their lease ends. */
export function findOverdue(
  tables: MemoryTables,
  { queues, limit, earlyMs = 0 }: OverdueSearch,
): readonly OverdueTask[] {
  for (const task of dueTasks(tables)) if (queues.includes(task.queue)) deferToLease(tables, task)
  return dueTasks(tables, earlyMs)
    .filter((task) => task.claim === null && queues.includes(task.queue))
    .filter((task) => task.runAt <= tables.now())
    .slice(0, limit)
    .map((task) => Object.assign(hintOf(task), { hinted: task.dueAt > task.runAt + 1 }))
}

/** Unclaimed tasks of all other queues whose due time has come, each left alone for as long as it has waited already. */
export function findUndispatched(
  tables: MemoryTables,
  { queues, limit, overdueMs = 0 }: UndispatchedSearch,
): readonly TaskHint[] {
  const now = tables.now()
  const found = dueTasks(tables)
    .filter(({ claim, queue }) => claim === null && !queues.includes(queue))
    .filter(({ dueAt }) => dueAt <= now - overdueMs)
    .slice(0, limit)
  for (const task of found) {
    const waitedMs = Math.min(Math.max(now - task.runAt, shortestSpacingMs), longestSpacingMs)
    tables.putTask({ ...task, dueAt: now + waitedMs })
  }
  return found.map(hintOf)
}

const shortestSpacingMs = 10
const longestSpacingMs = 300_000

function dueTasks(tables: MemoryTables, earlyMs = 0): readonly StoredTask[] {
  const now = tables.now() + earlyMs
  return tables
    .allTasks()
    .filter((task) => task.dueAt <= now)
    .toSorted((a, b) => a.dueAt - b.dueAt)
}

function deferToLease(tables: MemoryTables, task: StoredTask): void {
  if (task.claim === null || task.claim.leaseUntil < tables.now()) return
  tables.putTask({ ...task, dueAt: task.claim.leaseUntil })
}

function hintOf({ sagaId, branch, queue, nonce }: StoredTask): TaskHint {
  return { sagaId, branch, queue, nonce }
}
