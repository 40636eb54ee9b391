import { sql, type RawBuilder } from 'kysely'
import { snapshotEvery, snapshotVersion, type SagaSnapshot } from '../../core/snapshot.ts'
import type { NamedEntry } from '../../ports/saga-store.ts'
import type { Claim, ClaimedJournal } from '../../ports/task-store.ts'
import { inMs, table, type SqlExecutor } from '../sql-executor.ts'

/** A task that was just claimed, with what was read of its journal. */
export interface ClaimedRow {
  readonly saga_id: string
  readonly branch: string
  readonly queue: string
  readonly claim_id: string
  readonly wake: number
  /** The journal must reach at least this far. */
  readonly at_seq: number
  readonly now: number
  /** The row that the claim said it had folded, if it is there under that name. */
  readonly known: number | null
  readonly snapshot: SagaSnapshot | null
  /** Rows after the known one; or those that the snapshot names and those after it; or all. */
  readonly entries: readonly NamedEntry[]
}

/** A row as the claim that it stands for. */
export function claimOf(row: ClaimedRow): Claim {
  const { saga_id, branch, queue, claim_id, wake, now } = row
  return { sagaId: saga_id, branch, queue, claimId: claim_id, wake, now, journal: journalOf(row) }
}

function journalOf({ known, snapshot, entries }: ClaimedRow): ClaimedJournal {
  if (known !== null) return { type: 'rest', after: known, entries }
  if (snapshot === null) return { type: 'whole', entries }
  return {
    type: 'snapshot',
    snapshot,
    rows: entries.filter(({ seq }) => seq <= snapshot.seq),
    entries: entries.filter(({ seq }) => seq > snapshot.seq),
  }
}

/**
 * The latest snapshot of a saga in `k`, looked for at the numbers that may have one, down from the row that last wrote the
 * task: each look is one into the primary key, and the first is the last as a rule. Were one passed over, that would cost
 * reading and nothing else.
 */
export function latestSnapshot(executor: SqlExecutor): RawBuilder<unknown> {
  const every = sql.lit(snapshotEvery)
  return sql`(
        select s.snapshot
        from generate_series(k.at_seq - k.at_seq % ${every}, 1, -${every}) as g (seq)
        cross join lateral (
          select p.snapshot
          from ${table(executor, 'saga_journal')} p
          where p.saga_id = k.saga_id and p.seq = g.seq
            and p.snapshot ->> 'v' = ${sql.lit(String(snapshotVersion))}
          offset 0
        ) s
        limit 1
      )`
}

/** The rows of a saga in `r` after the known one; all of them without one. */
export function rowsAfterKnown(executor: SqlExecutor): RawBuilder<unknown> {
  return sql`
          select p.seq, p.at, p.events, p.append_id
          from ${table(executor, 'saga_journal')} p
          where p.saga_id = r.saga_id and p.seq > coalesce(r.known, 0)`
}

/** The rows that the snapshot of a saga in `r` names, and those after it: one look into the primary key for each range. */
export function rowsOfSnapshot(executor: SqlExecutor): RawBuilder<unknown> {
  return sql`
          select p.seq, p.at, p.events, p.append_id
          from jsonb_array_elements(
            (r.snapshot -> 'rows') || jsonb_build_array(
              jsonb_build_array((r.snapshot ->> 'seq')::int4 + 1, 2147483647)
            )
          ) as g (range)
          cross join lateral (
            select p.seq, p.at, p.events, p.append_id
            from ${table(executor, 'saga_journal')} p
            where p.saga_id = r.saga_id
              and p.seq >= (g.range ->> 0)::int4 and p.seq <= (g.range ->> 1)::int4
            offset 0
          ) p`
}

/** A journal row `j` in the shape that the engine reads. */
export const entryJson: RawBuilder<unknown> = sql`json_build_object(
          'seq', j.seq, 'at', ${inMs('j.at')}, 'events', j.events, 'appendId', j.append_id
        )`
