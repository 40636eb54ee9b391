import type { Claim, TaskSearch } from '../ports/task-store.ts'
import { claimOf } from './claim-tasks.ts'
import { inheritSlot } from './grant-tasks.ts'
import type { MemoryTables, StoredTask } from './memory-tables.ts'

/** Claims tasks whose lease has run out, and writes into each journal whose claim was lost. */
export function takeOverTasks(
  tables: MemoryTables,
  search: TaskSearch & { readonly leaseMs: number },
): readonly Claim[] {
  const { limit, queues, leaseMs } = search
  const bySaga = new Map<string, HeldTask[]>()
  let found = 0
  for (const task of tables.allTasks()) {
    if (found >= limit) break
    if (!queues.includes(task.queue) || !isExpired(task, tables.now())) continue
    bySaga.set(task.sagaId, [...(bySaga.get(task.sagaId) ?? []), task])
    found += 1
  }
  return [...bySaga].flatMap(([sagaId, held]) => {
    const tasks = held.toSorted((a, b) => (a.branch < b.branch ? -1 : 1))
    return takeOver(tables, sagaId, { tasks, leaseMs })
  })
}

type HeldTask = StoredTask & { readonly claim: NonNullable<StoredTask['claim']> }

function isExpired(task: StoredTask, now: number): task is HeldTask {
  return task.claim !== null && task.claim.leaseUntil < now && task.dueAt <= now
}

function takeOver(
  tables: MemoryTables,
  sagaId: string,
  { tasks, leaseMs }: { readonly tasks: readonly HeldTask[]; readonly leaseMs: number },
): readonly Claim[] {
  const now = tables.now()
  const { seq } = tables.addJournalRow(sagaId, {
    appendId: tables.ids.unique(),
    events: tasks.map(({ branch, claim }) => {
      return { type: 'lease_lost', branch, claimId: claim.claimId }
    }),
  })
  return tasks.map((task) => {
    const claimId = tables.ids.unique()
    const taken: StoredTask = {
      ...task,
      claim: { claimId, leaseUntil: now + leaseMs },
      nonce: tables.ids.nonce(),
      deliveries: task.deliveries + 1,
      dueAt: now + leaseMs,
      atSeq: seq,
    }
    tables.putTask(taken)
    inheritSlot(tables, task.claim.claimId, taken)
    return claimOf(tables, taken, { claimId, known: null })
  })
}
