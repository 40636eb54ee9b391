import { setTimeout as sleep } from 'node:timers/promises'
import { BackstepError } from '../core/backstep-error.ts'
import type { RequestRecord, RequestResult } from '../ports/saga-store.ts'
import { appendRequest } from './queries/append-request.ts'
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
    const { has_task, seq, at } = await runStatement(() => appendRequest(executor, record))
    if (seq !== null && at !== null) return { applied: true, seq, at }
    if (!has_task) return { applied: false }
    await sleep(Math.random() * Math.min(tries, 20))
  }
  throw new BackstepError(
    'DATABASE_UNAVAILABLE',
    `The journal of saga ${record.sagaId} moved on at each of ${maximumTries} tries to append a request; ask again.`,
  )
}
