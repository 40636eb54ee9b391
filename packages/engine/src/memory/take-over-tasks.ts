import type { Claim, TaskSearch } from '../ports/task-store.ts'
import { claimOf } from './claim-tasks.ts'
import type { MemoryTables, StoredTask } from './memory-tables.ts'

/** Claims tasks whose lease has run out, and writes into each journal whose claim was lost. */
export function takeOverTasks(
  tables: MemoryTables,
  search: TaskSearch & { readonly leaseMs: number },
): readonly Claim[] {
  const claims: Claim[] = []
  const sagaIds = new Set<string>()
  for (const task of tables.allTasks()) {
    if (claims.length >= search.limit) break
    // Two rows for one journal cannot be written by one statement: the saga's other task is for the next sweep.
    if (sagaIds.has(task.sagaId) || !search.queues.includes(task.queue)) continue
    const claim = takeOver(tables, task, search.leaseMs)
    if (claim === null) continue
    sagaIds.add(task.sagaId)
    claims.push(claim)
  }
  return claims
}

function takeOver(tables: MemoryTables, task: StoredTask, leaseMs: number): Claim | null {
  const now = tables.now()
  if (task.claim === null || task.claim.leaseUntil >= now || task.dueAt > now) return null
  const { seq } = tables.addJournalRow(task.sagaId, {
    appendId: tables.ids.unique(),
    events: [{ type: 'lease_lost', branch: task.branch, claimId: task.claim.claimId }],
  })
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
  return claimOf(tables, taken, { claimId, known: null })
}
