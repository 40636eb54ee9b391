import type { Grant, GrantAnswer, GrantRequest, Refusal } from '../ports/queue-store.ts'
import { type MemoryTables, type StoredTask } from './memory-tables.ts'
import { takeTokens, tokensOf } from './queue-rows.ts'

/** Claims free tasks of a queue, as many as its limits leave room for. */
export function grantTasks(tables: MemoryTables, request: GrantRequest): GrantAnswer {
  const { queue, claimIds, leaseMs, aheadMs } = request
  const tokens = Math.floor(tokensOf(tables, tables.queues.get(queue)))
  const slots = freeSlots(tables, queue)
  const room = Math.max(0, Math.min(claimIds.length, tokens, slots))
  const now = tables.now()
  const free = tables
    .allTasks()
    .filter((task) => task.queue === queue && task.claim === null)
    .filter(({ runAt, dueAt }) => runAt <= now && dueAt <= now + aheadMs)
    .toSorted((a, b) => a.dueAt - b.dueAt)
    .slice(0, room)
  const grants: Grant[] = []
  for (const [index, task] of free.entries()) {
    const claimId = claimIds[index]
    if (claimId !== undefined) grants.push(granted(tables, task, { claimId, leaseMs }))
  }
  if (grants.length > 0) takeTokens(tables, queue, grants.length)
  const isAll = grants.length === claimIds.length
  return {
    grants,
    refusal: isAll ? null : refusal(tables, queue, { tokens, slots }, grants.length),
  }
}

/** Slots without a claim that is still its task's; any number where the concurrency has no limit. */
function freeSlots(tables: MemoryTables, queue: string): number {
  const most = tables.queues.get(queue)?.limits.maximumConcurrency ?? null
  if (most === null) return Infinity
  const slots = tables.slotsOf(queue)
  for (const [claimId, { sagaId, branch }] of slots) {
    if (tables.task(sagaId, branch)?.claim?.claimId !== claimId) slots.delete(claimId)
  }
  return most - slots.size
}

function granted(
  tables: MemoryTables,
  task: StoredTask,
  { claimId, leaseMs }: { readonly claimId: string; readonly leaseMs: number },
): Grant {
  const { sagaId, branch, queue, nonce } = task
  const leaseUntil = tables.now() + leaseMs
  tables.putTask({ ...task, claim: { claimId, leaseUntil }, dueAt: leaseUntil })
  const most = tables.queues.get(queue)?.limits.maximumConcurrency ?? null
  if (most !== null) {
    tables.slotsOf(queue).set(claimId, { sagaId, branch })
  }
  return { sagaId, branch, queue, nonce, claimId }
}

function refusal(
  tables: MemoryTables,
  queue: string,
  room: { readonly tokens: number; readonly slots: number },
  taken: number,
): Refusal | null {
  const row = tables.queues.get(queue)
  const rate = row?.limits.rate ?? null
  if (rate !== null && room.tokens <= taken) {
    const missing = 1 - tokensOf(tables, row)
    return { by: 'rate', retryAfterMs: Math.max(1, Math.ceil((missing * rate.perMs) / rate.limit)) }
  }
  return room.slots <= taken ? { by: 'concurrency' } : null
}

/** A takeover's claim gets the slot of the claim that was lost, and is paid for with a token that may not be there yet. */
export function inheritSlot(tables: MemoryTables, lostId: string, heir: StoredTask): void {
  const { queue, sagaId, branch, claim } = heir
  const slots = tables.slotsOf(queue)
  if (slots.delete(lostId) && claim !== null) slots.set(claim.claimId, { sagaId, branch })
  takeTokens(tables, queue, 1)
}
