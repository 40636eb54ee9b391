import { snapshotEvery } from '../core/snapshot.ts'
import type { NamedEntry } from '../ports/saga-store.ts'
import type { Claim, ClaimRecord } from '../ports/task-store.ts'
import { cutIntoBatches, runBatch } from './batches.ts'
import { claimByNonce, hasShortRest, type GrantedRow } from './queries/claim-by-nonce.ts'
import { claimOf, type ClaimedRow } from './queries/claimed-row.ts'
import { readJournal } from './queries/read-journal.ts'
import { readLongJournals } from './queries/read-long-journals.ts'
import { runStatement } from './run-statement.ts'
import { isSagaId } from './saga-id.ts'
import type { SqlExecutor } from './sql-executor.ts'

/**
 * Claims tasks, and sees to it that no journal is older than its task. What several claims on one saga have in common is
 * read once for all of them: a saga may have hundreds of branches.
 */
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
    const readNewer = readerOfNewer(executor)
    for (const row of await withJournals(executor, granted)) {
      claims.set(row.claim_id, isUpToDate(row) ? claimOf(row) : await readOn(readNewer, row))
    }
  }
  return records.map(({ claimId }) => claims.get(claimId) ?? null)
}

type ReadRows = Pick<ClaimedRow, 'snapshot' | 'entries'>

/** Gives each claim its rows: those that one of the claims brought, or those of a long journal, which are read here. */
async function withJournals(
  executor: SqlExecutor,
  granted: readonly GrantedRow[],
): Promise<readonly ClaimedRow[]> {
  const read = new Map<string, ReadRows>()
  const long = new Map<string, GrantedRow>()
  for (const row of granted) {
    const { entries } = row
    if (!hasShortRest(row)) long.set(rowsName(row), row)
    else if (entries !== null) read.set(rowsName(row), { snapshot: null, entries })
  }
  if (long.size > 0) {
    const journals = await runStatement(() => readLongJournals(executor, [...long.values()]))
    const byClaim = new Map(journals.map((journal) => [journal.claim_id, journal]))
    for (const [name, { claim_id }] of long) {
      const journal = byClaim.get(claim_id)
      if (journal !== undefined) read.set(name, journal)
    }
  }
  return granted.map((row) => {
    const { snapshot, entries } = read.get(rowsName(row)) ?? { snapshot: null, entries: [] }
    return { ...row, snapshot, entries }
  })
}

/** Claims of the same name get the same rows. In a long journal the task says from which snapshot on. */
function rowsName(row: GrantedRow): string {
  const { saga_id, known, at_seq } = row
  const from = hasShortRest(row)
    ? `after ${known ?? 0}`
    : `from ${at_seq - (at_seq % snapshotEvery)}`
  return `${saga_id} ${from}`
}

type ReadNewer = (sagaId: string, seq: number) => Promise<readonly NamedEntry[]>

/** Reads rows that were written while claims waited for their locks, once for all claims on a saga. */
function readerOfNewer(executor: SqlExecutor): ReadNewer {
  const read = new Map<string, readonly NamedEntry[]>()
  return async (sagaId, seq) => {
    const name = `${sagaId} ${seq}`
    const entries = read.get(name) ?? (await runStatement(() => readJournal(executor, sagaId, seq)))
    read.set(name, entries)
    return entries
  }
}

function headOf({ entries, known }: ClaimedRow): number {
  return entries.at(-1)?.seq ?? known ?? 0
}

function isUpToDate(row: ClaimedRow): boolean {
  return headOf(row) >= row.at_seq
}

/** The row was looked at again after its lock was granted, its journal was not: then that is read once more. */
async function readOn(readNewer: ReadNewer, row: ClaimedRow): Promise<Claim> {
  const claim = claimOf(row)
  const { journal } = claim
  const entries = [...journal.entries, ...(await readNewer(row.saga_id, headOf(row)))]
  return { ...claim, journal: { ...journal, entries } }
}
