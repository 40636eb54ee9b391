import { sql, type RawBuilder } from 'kysely'
import { freeArchivedKeys, type FreedKeys } from './queries/free-archived-keys.ts'
import {
  listArchivePartitions,
  type ArchivePartition,
  type ArchiveTable,
} from './queries/list-archive-partitions.ts'
import { runStatement } from './run-statement.ts'
import { table, type SqlExecutor } from './sql-executor.ts'

// I1. A month is made and attached, or dropped, while the parents are locked against any other change of their months, and
//     after a look at what is there: nobody drops what somebody else has just attached.
// I2. Keys go before their month does, in batches; once it is detached they are looked through again, for what was moved
//     there meanwhile. A key never outlives its saga, and only the sagas of a month that is going are ever without theirs.
// I3. Sagas are detached before journals: nobody finds a saga whose journal is gone.
// I4. Every step finds out by itself how far an earlier try has come.

/** The archive's tables, in the order in which their months are detached (I3). */
const parents: readonly ArchiveTable[] = ['archived_sagas', 'archived_journal']

/** Before every other id. */
export const beforeAllIds = '00000000-0000-0000-0000-000000000000'

/** What is done to a month. */
export type MonthChange = 'made' | 'detached' | 'dropped'

/**
 * Sees to it that a month can take sagas. A month that was detached and not dropped comes back.
 *
 * @returns whether anything had to be done
 */
export async function makeMonth(executor: SqlExecutor, month: string): Promise<boolean> {
  const missing = async (on: SqlExecutor): Promise<readonly ArchiveTable[]> => {
    const there = await partitionsOf(on, month)
    return parents.filter((parent) => there.get(parent) !== 'attached')
  }
  if ((await missing(executor)).length === 0) return false
  for (const parent of parents) await endDetach(executor, parent, month)
  return runStatement(() =>
    changeMonths(executor, async (locked) => {
      const wanted = await missing(locked)
      for (const parent of wanted) await attach(locked, parent, month)
      return wanted.length > 0
    }),
  )
}

/** How a month is dropped. */
export interface DropMonth {
  readonly month: string
  /** Sagas whose keys are freed in one statement. */
  readonly batch: number
  /** Called between statements; what it throws ends the work there. */
  readonly between: () => Promise<void>
  readonly onChange: (change: MonthChange) => void
}

/**
 * Drops a month, with all that is in it: keys first, then both tables. Waits for those who read the archive right now.
 *
 * @returns how many keys are free again
 */
export async function dropMonth(executor: SqlExecutor, drop: DropMonth): Promise<number> {
  const { month, between, onChange } = drop
  let freed = await freeKeys(executor, drop)
  let detached = false
  for (const parent of parents) {
    await between()
    const ended = await endDetach(executor, parent, month)
    detached = (await detach(executor, parent, month)) || ended || detached
  }
  if (detached) onChange('detached')
  freed += await freeKeys(executor, drop) // I2
  await between()
  const dropped = await runStatement(() =>
    changeMonths(executor, async (locked) => {
      const there = await partitionsOf(locked, month)
      if ([...there.values()].some((state) => state !== 'detached')) return false // I1
      for (const parent of there.keys()) {
        await sql`drop table ${monthTable(locked, parent, month)}`.execute(locked.db)
      }
      return there.size > 0
    }),
  )
  if (dropped) onChange('dropped')
  return freed
}

async function freeKeys(
  executor: SqlExecutor,
  { month, batch, between }: DropMonth,
): Promise<number> {
  if (!(await partitionsOf(executor, month)).has('archived_sagas')) return 0
  const rows = monthTable(executor, 'archived_sagas', month)
  let freed = 0
  let after: string | null = beforeAllIds
  while (after !== null) {
    await between()
    const stretch = { after, limit: batch }
    const done: FreedKeys = await runStatement(() => freeArchivedKeys(executor, rows, stretch))
    freed += done.freed
    after = done.last
  }
  return freed
}

/** Brings a detach to its end that was interrupted. */
async function endDetach(
  executor: SqlExecutor,
  parent: ArchiveTable,
  month: string,
): Promise<boolean> {
  if ((await partitionsOf(executor, month)).get(parent) !== 'detaching') return false
  await runStatement(() => detachStatement(executor, parent, month, sql`finalize`))
  return true
}

async function detach(
  executor: SqlExecutor,
  parent: ArchiveTable,
  month: string,
): Promise<boolean> {
  if ((await partitionsOf(executor, month)).get(parent) !== 'attached') return false
  await runStatement(() => detachStatement(executor, parent, month, sql`concurrently`))
  return true
}

async function detachStatement(
  executor: SqlExecutor,
  parent: ArchiveTable,
  month: string,
  how: RawBuilder<unknown>,
): Promise<void> {
  await sql`
    alter table ${table(executor, parent)}
    detach partition ${monthTable(executor, parent, month)} ${how}`.execute(executor.db)
}

/** Made first and attached then: that is no obstacle to those who read or write the archive. */
async function attach(executor: SqlExecutor, parent: ArchiveTable, month: string): Promise<void> {
  const partition = monthTable(executor, parent, month)
  await sql`
    create table if not exists ${partition} (like ${table(executor, parent)} including all)`.execute(
    executor.db,
  )
  await sql`
    alter table ${table(executor, parent)} attach partition ${partition}
    for values from (${sql.lit(firstMoment(month))}) to (${sql.lit(firstMoment(nextMonth(month)))})`.execute(
    executor.db,
  )
}

/** Runs a transaction in which nobody else makes, attaches, detaches or drops a month (I1). */
async function changeMonths<T>(
  executor: SqlExecutor,
  work: (locked: SqlExecutor) => Promise<T>,
): Promise<T> {
  return executor.db
    .transaction()
    .setIsolationLevel('read committed')
    .execute(async (db) => {
      const locked = { ...executor, db }
      for (const parent of parents) {
        await sql`lock table only ${table(locked, parent)} in share update exclusive mode`.execute(
          db,
        )
      }
      return work(locked)
    })
}

async function partitionsOf(
  executor: SqlExecutor,
  month: string,
): Promise<ReadonlyMap<ArchiveTable, ArchivePartition['state']>> {
  const all = await runStatement(() => listArchivePartitions(executor))
  const ofMonth = all.filter((partition) => partition.month === month)
  return new Map(ofMonth.map(({ parent, state }) => [parent, state]))
}

function monthTable(
  executor: SqlExecutor,
  parent: ArchiveTable,
  month: string,
): RawBuilder<unknown> {
  return sql.id(executor.schema, `${parent}_${month.replace('-', '_')}`)
}

/** `2026-11` to `2026-12`. */
export function nextMonth(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number)
  return new Date(Date.UTC(year, number)).toISOString().slice(0, 7)
}

function firstMoment(month: string): string {
  return `${month}-01 00:00:00+00`
}
