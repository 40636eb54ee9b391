import { snapshotEvery, snapshotVersion, type SagaSnapshot } from '../core/snapshot.ts'
import type { ClaimedJournal, KnownRow } from '../ports/task-store.ts'
import type { MemoryTables, StoredTask } from './memory-tables.ts'

/** What whoever claims the task gets of the journal: no more than it needs. */
export function readClaimedJournal(
  tables: MemoryTables,
  { sagaId, atSeq }: StoredTask,
  known: KnownRow | null,
): ClaimedJournal {
  if (known !== null && tables.journalRow(sagaId, known.seq)?.appendId === known.appendId) {
    return { type: 'rest', after: known.seq, entries: tables.entriesAfter(sagaId, known.seq) }
  }
  const snapshot = latestSnapshot(tables, sagaId, atSeq)
  if (snapshot === null) return { type: 'whole', entries: tables.entriesAfter(sagaId, 0) }
  const all = tables.entriesAfter(sagaId, 0)
  const isNamed = (seq: number): boolean =>
    snapshot.rows.some(([from, to]) => from <= seq && seq <= to)
  return {
    type: 'snapshot',
    snapshot,
    rows: all.filter(({ seq }) => isNamed(seq)),
    entries: all.filter(({ seq }) => seq > snapshot.seq),
  }
}

function latestSnapshot(tables: MemoryTables, sagaId: string, atSeq: number): SagaSnapshot | null {
  for (let seq = atSeq - (atSeq % snapshotEvery); seq > 0; seq -= snapshotEvery) {
    const snapshot = tables.journalRow(sagaId, seq)?.snapshot ?? null
    if (snapshot?.v === snapshotVersion) return snapshot
  }
  return null
}
