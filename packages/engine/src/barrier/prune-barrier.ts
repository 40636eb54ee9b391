import type { ClientBase } from 'pg'
import { parseDuration } from '../core/duration.ts'
import { withConnection, type BarrierDatabase } from './barrier-database.ts'
import { explained } from './effects.ts'
import { defaultBarrierSchema, effectsTable } from './effects-table.ts'

/** Which rows go, and how. */
export type PruneBarrierOptions = BarrierDatabase & {
  /**
   * Rows whose state has not changed for longer than that are deleted: `90d`. It must be longer than any saga lives, stuck
   * ones included, and than any request may still be on its way. A row that is gone protects nobody: its compensation
   * finds nothing to undo, and its action would take effect again.
   */
  readonly olderThan: string
  /** Rows to a transaction; 1,000 unless said otherwise. */
  readonly batchSize?: number
  /** Ends it after the batch that is under way. */
  readonly signal?: AbortSignal
}

/**
 * Deletes old rows of the barrier, oldest sagas first, each batch a transaction of its own. Call it once a day, or not at
 * all: a row has about a hundred bytes and the action's output.
 *
 * @returns how many rows were deleted
 * @throws BackstepError `DURATION_INVALID`, or `DATABASE_NOT_MIGRATED` where the table is not there
 */
export async function pruneBarrier(options: PruneBarrierOptions): Promise<number> {
  const { schema = defaultBarrierSchema, batchSize = 1_000, signal } = options
  const olderThanMs = parseDuration(options.olderThan, 'olderThan')
  return withConnection(options, async (client) => {
    const cutoffMs = (await readNowMs(client)) - olderThanMs
    let deleted = 0
    let from = firstId
    for (;;) {
      const request = { schema, from, cutoffMs, batchSize }
      const batch = await deleteBatch(client, request).catch((error: unknown) => {
        throw explained(error, schema)
      })
      deleted += batch.deleted
      if (batch.found < batchSize || batch.last === null || signal?.aborted === true) return deleted
      from = batch.last
    }
  })
}

const firstId = '00000000-0000-0000-0000-000000000000'
const dayMs = 86_400_000

async function readNowMs(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ now: number }>(
    'select (extract(epoch from now()) * 1000)::float8 as now',
  )
  return rows[0]?.now ?? 0
}

interface BatchRequest {
  readonly schema: string
  /** Where to begin: the sagas before it were looked at. */
  readonly from: string
  readonly cutoffMs: number
  readonly batchSize: number
}

interface Batch {
  readonly found: number
  readonly deleted: number
  /** The last saga that was looked at. */
  readonly last: string | null
}

async function deleteBatch(client: ClientBase, request: BatchRequest): Promise<Batch> {
  const { schema, from, cutoffMs, batchSize } = request
  const { rows } = await client.query<Batch>(
    `
    with old as materialized (
      select effect.ctid as place, effect.saga_id
      from ${effectsTable(schema)} as effect
      where effect.saga_id between $1::uuid and $2::uuid
        and effect.changed_at < to_timestamp($3::float8 / 1000)
      order by effect.saga_id
      limit $4::integer
    ),
    gone as (
      delete from ${effectsTable(schema)} as effect using old
      where effect.ctid = old.place and effect.changed_at < to_timestamp($3::float8 / 1000)
      returning effect.saga_id
    )
    select
      (select count(*)::integer from old) as found,
      (select count(*)::integer from gone) as deleted,
      (select saga_id::text from old order by saga_id desc limit 1) as last`,
    [from, lastIdBefore(cutoffMs + dayMs), cutoffMs, batchSize],
  )
  return rows[0] ?? { found: 0, deleted: 0, last: null }
}

/**
 * A saga's id begins with 48 bits of milliseconds, the time of its start. No row is older than its saga, so that the search
 * can end there; a day more allows for clocks that differ.
 */
function lastIdBefore(unixMs: number): string {
  const time = Math.max(0, Math.floor(unixMs)).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-ffff-ffff-ffffffffffff`
}
