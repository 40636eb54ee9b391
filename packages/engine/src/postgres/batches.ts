import { isOfOneRecord } from './sql-state.ts'
import { runStatement } from './run-statement.ts'

const maximumRows = 200
const maximumBytes = 4 * 1024 * 1024

/** How long a statement for several sagas waits for a lock before it is taken apart, in milliseconds. */
const batchLockTimeoutMs = 200

/** How many records run at once when each runs alone: one that has to wait for a lock holds up few others. */
const singleRunners = 3

/** One statement of a batch. The time-out is null when it may wait as long as it has to. */
export type BatchStatement<Row, Result> = (
  rows: readonly Row[],
  lockTimeoutMs: number | null,
) => Promise<readonly Result[]>

/** Cuts a list into batches that a statement can carry: 200 rows or 4 MB, whichever is reached first. */
export function cutIntoBatches<Row>(
  rows: readonly Row[],
  bytesOf: (row: Row) => number,
): readonly (readonly Row[])[] {
  const batches: Row[][] = []
  let bytes = 0
  for (const row of rows) {
    const size = bytesOf(row)
    const last = batches.at(-1)
    if (last === undefined || last.length === maximumRows || bytes + size > maximumBytes) {
      batches.push([row])
      bytes = size
    } else {
      last.push(row)
      bytes += size
    }
  }
  return batches
}

/**
 * Runs a batch as one statement. When one of its records may be to blame for a failure, each runs alone, so that its
 * neighbors are written all the same.
 *
 * @throws BackstepError the first failure of a record, after all have been tried; repeating them is safe
 */
export async function runBatch<Row, Result>(
  rows: readonly Row[],
  statement: BatchStatement<Row, Result>,
): Promise<readonly Result[]> {
  const timeoutMs = rows.length > 1 ? batchLockTimeoutMs : null
  try {
    return await runStatement(() => statement(rows, timeoutMs))
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
    if (rows.length <= 1 || !isOfOneRecord(cause)) throw error
  }
  return runSingly(rows, statement)
}

async function runSingly<Row, Result>(
  rows: readonly Row[],
  statement: BatchStatement<Row, Result>,
): Promise<readonly Result[]> {
  const results: Result[] = []
  const failures: unknown[] = []
  const left = rows.values()
  const run = async (): Promise<void> => {
    for (const row of left) {
      try {
        results.push(...(await runStatement(() => statement([row], null))))
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: singleRunners }, run))
  if (failures.length > 0) throw failures[0]
  return results
}
