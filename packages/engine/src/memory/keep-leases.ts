import type { Heartbeat, HeartbeatResult, Release } from '../ports/task-store.ts'
import type { MemoryTables } from './memory-tables.ts'

/** Extends the leases of claims that stand, also of those whose lease ran out and that nobody took over. */
export function keepLeases(tables: MemoryTables, beat: Heartbeat): readonly HeartbeatResult[] {
  const leaseUntil = tables.now() + beat.leaseMs
  const kept: HeartbeatResult[] = []
  const claimIds = new Set(beat.claims.map(({ claimId }) => claimId))
  for (const task of tables.allTasks()) {
    const claimId = task.claim?.claimId
    if (claimId === undefined || !claimIds.has(claimId)) continue
    tables.putTask({ ...task, claim: { claimId, leaseUntil } })
    kept.push({ claimId, wake: task.wake })
  }
  return kept
}

/** Gives claims back, each under its new nonce. One that was lost, or woken after its holder last looked, is left alone. */
export function releaseClaims(tables: MemoryTables, claims: readonly Release[]): readonly string[] {
  return claims.filter((release) => releaseOne(tables, release)).map(({ claimId }) => claimId)
}

function releaseOne(tables: MemoryTables, release: Release): boolean {
  const { sagaId, branch, claimId, wake, nonce, delayMs } = release
  const task = tables.task(sagaId, branch)
  if (task === undefined || task.claim?.claimId !== claimId || task.wake !== wake) return false
  const runAt = tables.now() + delayMs
  tables.putTask({ ...task, claim: null, nonce, runAt, dueAt: runAt })
  return true
}
