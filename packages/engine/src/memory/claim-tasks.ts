import type { Claim, ClaimRecord, KnownRow } from '../ports/task-store.ts'
import { readClaimedJournal } from './claimed-journal.ts'
import type { MemoryTables, StoredTask } from './memory-tables.ts'

/** Claims each task that is there under its nonce, may run by now, and is free or held by the very same claim. */
export function claimTasks(
  tables: MemoryTables,
  batch: readonly ClaimRecord[],
): readonly (Claim | null)[] {
  return batch.map((record) => claimOne(tables, record))
}

function claimOne(tables: MemoryTables, record: ClaimRecord): Claim | null {
  const { sagaId, branch, nonce, claimId, leaseMs, known } = record
  const now = tables.now()
  const task = tables.task(sagaId, branch)
  if (task === undefined || task.nonce !== nonce || task.runAt > now) return null
  if (task.claim !== null && task.claim.claimId !== claimId) return null
  const claimed: StoredTask = {
    ...task,
    claim: { claimId, leaseUntil: now + leaseMs },
    deliveries: task.deliveries + 1,
  }
  tables.putTask(claimed)
  return claimOf(tables, claimed, { claimId, known })
}

/** What the holder of a task gets to work with. */
export function claimOf(
  tables: MemoryTables,
  task: StoredTask,
  { claimId, known }: { readonly claimId: string; readonly known: KnownRow | null },
): Claim {
  const { sagaId, branch, queue, wake } = task
  const journal = readClaimedJournal(tables, task, known)
  return { sagaId, branch, queue, claimId, wake, now: tables.now(), journal }
}
