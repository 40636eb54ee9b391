import type { PostgresCounters } from './postgres-store.ts'
import type { PostgresCost } from './run-result.ts'

/** What each of `sagas` cost Postgres between two readings; null where Postgres took no part. */
export const postgresCost = (
  before: PostgresCounters | null,
  after: PostgresCounters | null,
  sagas: number,
): PostgresCost | null => {
  if (before === null || after === null) return null
  const updated = after.updated - before.updated
  const each = (name: keyof PostgresCounters): number => (after[name] - before[name]) / sagas
  return {
    commits: each('commits'),
    walBytes: each('walBytes'),
    inserted: each('inserted'),
    updated: each('updated'),
    deleted: each('deleted'),
    hotShare: updated === 0 ? null : (after.hotUpdated - before.hotUpdated) / updated,
  }
}
