import { Pool } from 'pg'
import { defaultSchema, kyselyOn } from './open-postgres.ts'
import { archiveSagas, type ArchivedCount } from './queries/archive-sagas.ts'
import { listArchivePartitions } from './queries/list-archive-partitions.ts'
import { lockArchiveBatch } from './queries/lock-archive-batch.ts'
import { isOld, readLimits, type RetainLimits } from './retain-limits.ts'
import { underRetainLock } from './retain-lock.ts'
import { dropMonth, makeMonth, type MonthChange } from './retain-months.ts'
import {
  readTerms,
  type RetainOptions,
  type RetainResult,
  type RetainTerms,
} from './retain-options.ts'
import { rehearseRetain } from './retain-rehearsal.ts'
import { walkOldSagas } from './retain-walk.ts'
import { runStatement } from './run-statement.ts'
import type { SqlExecutor } from './sql-executor.ts'
import { toBackstepError } from './sql-state.ts'

/**
 * Moves sagas that ended long ago out of the tables that are in use, into an archive of monthly partitions, and drops the
 * months that are old enough. Archived sagas are still found by id and by key; they take no more late results.
 *
 * Each batch is moved whole or not at all. It may be stopped or killed at any point: the next run goes on from there. Of
 * several runs in one schema one works and the others wait. Needs the rights of the tables' owner, and two connections at
 * once; may go through a pooler in transaction mode.
 *
 * @throws BackstepError `DURATION_INVALID`; `CONFIGURATION_INVALID` for a bad batch, a `dropAfter` shorter than
 *   `archiveAfter`, or a pool of one connection; `DATABASE_NOT_MIGRATED`; `DATABASE_UNAVAILABLE`: what was moved so far stays so
 */
export async function retain(options: RetainOptions): Promise<RetainResult> {
  const terms = readTerms(options)
  const pool =
    options.pool ??
    // A connection that breaks fails the statement that it was for; an idle one is nobody's loss.
    new Pool({ connectionString: options.databaseUrl, max: 2 }).on('error', () => {})
  const db = kyselyOn(pool, { prepare: false, onError: () => {} })
  const executor = { db, schema: options.schema ?? defaultSchema }
  try {
    if (terms.dryRun) return await rehearseRetain(executor, terms)
    return await underRetainLock(executor, (check) => work(executor, terms, check))
  } catch (error) {
    throw toBackstepError(error)
  } finally {
    if (options.pool === undefined) await pool.end()
  }
}

async function work(
  executor: SqlExecutor,
  terms: RetainTerms,
  check: () => Promise<void>,
): Promise<RetainResult> {
  const limits = await readLimits(executor, terms)
  const changed = {
    made: new Set<string>(),
    detached: new Set<string>(),
    dropped: new Set<string>(),
  }
  const onChange = (change: MonthChange, month: string): void => {
    changed[change].add(month)
    terms.onMonth(change, month)
  }
  const between = async (): Promise<void> => {
    terms.signal?.throwIfAborted()
    await check()
  }
  const ready = new Set<string>()
  const moved = await walkOldSagas(
    executor,
    { terms, limits, between },
    async ({ ids, months }) => {
      for (const month of months.filter((wanted) => !ready.has(wanted))) {
        if (await makeMonth(executor, month)) onChange('made', month)
        ready.add(month)
      }
      return runStatement(() => moveBatch(executor, ids, limits))
    },
  )
  terms.onMoved(moved)
  let freedKeys = 0
  for (const month of await monthsToDrop(executor, limits)) {
    const told = (change: MonthChange): void => onChange(change, month)
    const drop = { month, batch: terms.batch, between, onChange: told }
    freedKeys += await dropMonth(executor, drop)
  }
  const { made, detached, dropped } = changed
  return { moved, made: [...made], detached: [...detached], dropped: [...dropped], freedKeys }
}

async function moveBatch(
  executor: SqlExecutor,
  ids: readonly string[],
  { cutoffMs }: RetainLimits,
): Promise<ArchivedCount> {
  // In anything stricter the second statement would not see what was appended before the first one had its locks.
  const transaction = executor.db.transaction().setIsolationLevel('read committed')
  return transaction.execute(async (db) => {
    const locked = await lockArchiveBatch({ ...executor, db }, { ids, cutoffMs })
    return archiveSagas({ ...executor, db }, locked)
  })
}

async function monthsToDrop(
  executor: SqlExecutor,
  limits: RetainLimits,
): Promise<readonly string[]> {
  const partitions = await runStatement(() => listArchivePartitions(executor))
  const months = new Set(partitions.map(({ month }) => month))
  return [...months].toSorted().filter((month) => isOld(month, limits))
}
