import { setTimeout as sleep } from 'node:timers/promises'
import { BackstepError } from '../core/backstep-error.ts'
import type { RequestRecord, RequestResult, WokenTask } from '../ports/saga-store.ts'
import { joinTransaction } from './caller-transaction.ts'
import { appendRequest, type RequestedRow } from './queries/append-request.ts'
import { runStatement } from './run-statement.ts'
import type { SqlExecutor } from './sql-executor.ts'

/** Each try fails only because somebody else's append succeeded: this many in a row means that something else is wrong. */
const maximumTries = 1_000

/** Appends a request behind the head of a journal, again when the head has moved meanwhile. */
export async function requestEvents(
  executor: SqlExecutor,
  record: RequestRecord,
): Promise<RequestResult> {
  for (let tries = 1; tries <= maximumTries; tries += 1) {
    const found = await runStatement(() => appendRequest(executor, record))
    const { has_task, has_journal, seq, at } = found
    if (seq !== null && at !== null)
      return { applied: true, seq, at, woken: hintsOf(record, found) }
    if (!has_journal || (!has_task && record.unheld !== 'append')) return { applied: false }
    // The row that it was to be behind is not the last one any more.
    if (record.afterSeq !== undefined) return { applied: false }
    await sleep(Math.random() * Math.min(tries, 20))
  }
  throw new BackstepError(
    'DATABASE_UNAVAILABLE',
    `The journal of saga ${record.sagaId} moved on at each of ${maximumTries} tries to append a request; ask again.`,
  )
}

/**
 * The same in the caller's transaction. It holds the saga's tasks, and what is appended to its journal, until that ends.
 *
 * @throws BackstepError `CONFIGURATION_INVALID` when that is no transaction
 */
export async function requestIn(
  executor: SqlExecutor,
  record: RequestRecord,
  transaction: unknown,
): Promise<RequestResult> {
  const joined = { ...executor, db: joinTransaction(transaction) }
  const result = await requestEvents(joined, record)
  // Nobody is told of what is not committed yet.
  return result.applied ? { ...result, woken: [] } : result
}

function hintsOf({ sagaId }: RequestRecord, { woken }: RequestedRow): readonly WokenTask[] {
  return woken.map(({ branch, queue, nonce }) => ({ sagaId, branch, queue, nonce }))
}
