import type { JournalEntry } from '../core/event.ts'
import type { Claim, ClaimRecord } from '../ports/task-store.ts'
import { cutIntoBatches, runBatch } from './batches.ts'
import { claimByNonce, type GrantedRow } from './queries/claim-by-nonce.ts'
import { claimOf, type ClaimedRow } from './queries/claimed-row.ts'
import { readJournal } from './queries/read-journal.ts'
import { readLongJournals } from './queries/read-long-journals.ts'
import { runStatement } from './run-statement.ts'
import { isSagaId } from './saga-id.ts'
import type { SqlExecutor } from './sql-executor.ts'

/** Claims tasks, and sees to it that no journal is older than its task. */
export async function claimTasks(
  executor: SqlExecutor,
  records: readonly ClaimRecord[],
): Promise<readonly (Claim | null)[]> {
  const claims = new Map<string, Claim>()
  // What names no saga may come from anywhere, and must not spoil the batch for others.
  const possible = records.filter(({ sagaId }) => isSagaId(sagaId))
  for (const batch of cutIntoBatches(possible, () => 0)) {
    const granted = await runBatch(batch, (part, lockTimeoutMs) =>
      claimByNonce(executor, part, lockTimeoutMs),
    )
    for (const row of await withJournals(executor, granted)) {
      claims.set(row.claim_id, isUpToDate(row) ? claimOf(row) : await readOn(executor, row))
    }
  }
  return records.map(({ claimId }) => claims.get(claimId) ?? null)
}

/** Reads what the claims themselves have not: long journals. */
async function withJournals(
  executor: SqlExecutor,
  granted: readonly GrantedRow[],
): Promise<readonly ClaimedRow[]> {
  const long = granted.filter(({ entries }) => entries === null)
  const read = long.length === 0 ? [] : await runStatement(() => readLongJournals(executor, long))
  const journals = new Map(read.map((journal) => [journal.claim_id, journal]))
  return granted.map((row) => {
    const { snapshot, entries } = journals.get(row.claim_id) ?? {
      snapshot: null,
      entries: row.entries,
    }
    return { ...row, snapshot, entries: entries ?? [] }
  })
}

function headOf({ entries, known }: ClaimedRow): number {
  return entries.at(-1)?.seq ?? known ?? 0
}

function isUpToDate(row: ClaimedRow): boolean {
  return headOf(row) >= row.at_seq
}

/** The row was looked at again after its lock was granted, its journal was not: then that is read once more. */
async function readOn(executor: SqlExecutor, row: ClaimedRow): Promise<Claim> {
  const claim = claimOf(row)
  const newer = await runStatement<readonly JournalEntry[]>(() =>
    readJournal(executor, row.saga_id, headOf(row)),
  )
  const { journal } = claim
  return { ...claim, journal: { ...journal, entries: [...journal.entries, ...newer] } }
}
