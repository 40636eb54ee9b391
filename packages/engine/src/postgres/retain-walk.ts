import { archiveCandidates, type ArchiveCandidates } from './queries/archive-candidates.ts'
import type { ArchivedCount } from './queries/archive-sagas.ts'
import type { RetainLimits } from './retain-limits.ts'
import { beforeAllIds } from './retain-months.ts'
import type { RetainTerms } from './retain-options.ts'
import { runStatement } from './run-statement.ts'
import type { SqlExecutor } from './sql-executor.ts'

/** How far to walk, and in what steps. */
export interface RetainWalk {
  readonly terms: RetainTerms
  readonly limits: RetainLimits
  /** Called between statements; what it throws ends the walk. */
  readonly between: () => Promise<void>
}

/** Goes through the sagas that are old enough to have ended before the cutoff, batch by batch. */
export async function walkOldSagas(
  executor: SqlExecutor,
  { terms, limits, between }: RetainWalk,
  move: (batch: {
    readonly ids: readonly string[]
    readonly months: readonly string[]
  }) => Promise<ArchivedCount>,
): Promise<ArchivedCount> {
  const total = { sagas: 0, journalRows: 0 }
  let after: string | null = beforeAllIds
  while (after !== null) {
    await between()
    const stretch = { after, cutoffMs: limits.cutoffMs, limit: terms.batch }
    const found: ArchiveCandidates = await runStatement(() => archiveCandidates(executor, stretch))
    const { last, ids, months } = found
    if (ids.length > 0) {
      const { sagas, journalRows } = await move({ ids, months })
      total.sagas += sagas
      total.journalRows += journalRows
    }
    after = last
  }
  return total
}
