import { countArchiveBatch } from './queries/count-archive-batch.ts'
import { listArchivePartitions } from './queries/list-archive-partitions.ts'
import { isOld, readLimits } from './retain-limits.ts'
import type { RetainResult, RetainTerms } from './retain-options.ts'
import { walkOldSagas } from './retain-walk.ts'
import { runStatement } from './run-statement.ts'
import type { SqlExecutor } from './sql-executor.ts'

/** What a run would do, from a look at everything. */
export async function rehearseRetain(
  executor: SqlExecutor,
  terms: RetainTerms,
): Promise<RetainResult> {
  const limits = await readLimits(executor, terms)
  const partitions = await runStatement(() => listArchivePartitions(executor))
  const attached = partitions.filter(({ state }) => state === 'attached')
  const there = new Set(attached.map(({ month }) => month))
  const needed = new Set<string>()
  const between = async (): Promise<void> => terms.signal?.throwIfAborted()
  const moved = await walkOldSagas(
    executor,
    { terms, limits, between },
    async ({ ids, months }) => {
      for (const month of months) needed.add(month)
      const journalRows = await runStatement(() => countArchiveBatch(executor, ids))
      return { sagas: ids.length, journalRows }
    },
  )
  const made = [...needed].filter((month) => !there.has(month)).toSorted()
  const old = [...new Set([...partitions.map(({ month }) => month), ...made])].toSorted()
  const dropped = old.filter((month) => isOld(month, limits))
  const detached = dropped.filter((month) => there.has(month) || made.includes(month))
  return { moved, made, detached, dropped, freedKeys: null }
}
