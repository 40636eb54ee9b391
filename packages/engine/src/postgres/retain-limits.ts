import { sql } from 'kysely'
import type { RetainTerms } from './retain-options.ts'
import { nextMonth } from './retain-months.ts'
import { runStatement } from './run-statement.ts'
import { inMs, type SqlExecutor } from './sql-executor.ts'

/** The moments that divide sagas and months, on Postgres's clock; the same for the whole run. */
export interface RetainLimits {
  /** Sagas that ended before are moved; milliseconds since 1970. */
  readonly cutoffMs: number
  /** Months before this one are dropped: `2026-11`. Null when none are. */
  readonly firstKept: string | null
}

/** Reads the clock, once for a run. */
export async function readLimits(
  { db }: SqlExecutor,
  { archiveAfterMs, dropAfterMs }: RetainTerms,
): Promise<RetainLimits> {
  const ask = sql<{ readonly now: number }>`select ${inMs('clock_timestamp()')} as now`
  const { rows } = await runStatement(() => ask.execute(db))
  const now = rows[0]?.now ?? 0
  const firstKept =
    dropAfterMs === null ? null : new Date(now - dropAfterMs).toISOString().slice(0, 7)
  return { cutoffMs: now - archiveAfterMs, firstKept }
}

/** Whether the whole month is old: it ended before a month that is kept began. */
export function isOld(month: string, { firstKept }: RetainLimits): boolean {
  return firstKept !== null && nextMonth(month) <= firstKept
}
