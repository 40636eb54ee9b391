import { BackstepError } from '../core/backstep-error.ts'
import type { StartOptions, StartRecord, StartResult } from '../ports/saga-store.ts'
import { cutIntoBatches, runBatch } from './batches.ts'
import { joinTransaction } from './caller-transaction.ts'
import { findStarted, type StartedRow } from './queries/find-started.ts'
import {
  insertSagas,
  type MadeRow,
  type StartLimits,
  type StartRow,
} from './queries/insert-sagas.ts'
import { jsonText, type SqlExecutor } from './sql-executor.ts'
import { isLockTimeout, toBackstepError } from './sql-state.ts'

/** How long a start that is alone waits for a lock before it is passed over, in milliseconds. */
const aloneLockTimeoutMs = 200

/** How often a start is tried whose key is taken by somebody who then rolls back. */
const maximumTries = 5

/**
 * Makes sagas, in the caller's transaction if there is one; then nothing is tried twice, nothing is split, and a key that
 * somebody else is about to take is waited for.
 */
export async function startSagas(
  executor: SqlExecutor,
  records: readonly StartRecord[],
  options: StartOptions = {},
): Promise<readonly StartResult[]> {
  if (options.transaction === undefined) return startInBatches(executor, records)
  if (records.length > 1) {
    throw new BackstepError(
      'CONFIGURATION_INVALID',
      `A caller's transaction takes one saga at a time, and was given ${records.length}.`,
    )
  }
  const joined = { ...executor, db: joinTransaction(options.transaction) }
  try {
    const limits = { lockTimeoutMs: null, busyKeys: 'wait' } as const
    return inOrder(records, await startUntilKnown(joined, records, limits))
  } catch (error) {
    // Not tried again, whatever it is: after an error the caller's transaction takes no more statements.
    throw toBackstepError(error)
  }
}

async function startInBatches(
  executor: SqlExecutor,
  records: readonly StartRecord[],
): Promise<readonly StartResult[]> {
  // Everybody takes keys in the same order: nobody waits in a circle.
  const sorted = records.toSorted(byNameKeyAndId)
  const results: KnownStart[] = []
  for (const batch of cutIntoBatches(sorted, (record) => jsonText(record.event).length)) {
    const known = await runBatch(batch, (rows, lockTimeoutMs) =>
      startOrPass(executor, rows, lockTimeoutMs),
    )
    results.push(...known)
  }
  return inOrder(records, results)
}

/** The result, and the id that was asked for. */
interface KnownStart {
  readonly askedId: string
  readonly result: StartResult
}

/** Locks that are no key's name are not waited for either: one record is passed over, several are taken apart before. */
async function startOrPass(
  executor: SqlExecutor,
  records: readonly StartRecord[],
  lockTimeoutMs: number | null,
): Promise<readonly KnownStart[]> {
  const limits = { lockTimeoutMs: lockTimeoutMs ?? aloneLockTimeoutMs, busyKeys: 'pass' } as const
  try {
    return await startUntilKnown(executor, records, limits)
  } catch (error) {
    const [record] = records
    if (record === undefined || records.length > 1 || !isLockTimeout(error)) throw error
    const { sagaId } = record
    return [{ askedId: sagaId, result: { status: 'busy', sagaId } }]
  }
}

async function startUntilKnown(
  executor: SqlExecutor,
  records: readonly StartRecord[],
  limits: StartLimits,
): Promise<readonly KnownStart[]> {
  const known: KnownStart[] = []
  let left = records
  for (let tries = 1; left.length > 0; tries += 1) {
    if (tries > maximumTries) throw vanishing(left)
    known.push(...(await startOnce(executor, left, limits)))
    const done = new Set(known.map(({ askedId }) => askedId))
    left = left.filter(({ sagaId }) => !done.has(sagaId))
  }
  return known
}

async function startOnce(
  executor: SqlExecutor,
  records: readonly StartRecord[],
  limits: StartLimits,
): Promise<readonly KnownStart[]> {
  const rows: readonly StartRow[] = records.map((record) => ({
    record,
    eventsText: jsonText([record.event]),
  }))
  const known = (await insertSagas(executor, rows, limits)).map(knownStart)
  if (known.length === records.length) return known
  const settled = new Set(known.map(({ askedId }) => askedId))
  const others = records.filter(({ sagaId }) => !settled.has(sagaId))
  const found = new Map((await findStarted(executor, others)).map((row) => [row.asked_id, row]))
  return [...known, ...others.flatMap((record) => judged(record, found.get(record.sagaId)))]
}

function knownStart({ saga_id: sagaId, at }: MadeRow): KnownStart {
  const result =
    at === null
      ? ({ status: 'busy', sagaId } as const)
      : ({ status: 'started', sagaId, at } as const)
  return { askedId: sagaId, result }
}

function judged(record: StartRecord, row: StartedRow | undefined): readonly KnownStart[] {
  if (row === undefined || row.saga_id === null) return []
  const same = row.input_hash === null || row.input_hash === record.inputHash
  const result = { status: same ? 'existing' : 'conflict', sagaId: row.saga_id } as const
  return [{ askedId: record.sagaId, result }]
}

function inOrder(
  records: readonly StartRecord[],
  known: readonly KnownStart[],
): readonly StartResult[] {
  const results = new Map(known.map(({ askedId, result }) => [askedId, result]))
  return records.flatMap(({ sagaId }) => results.get(sagaId) ?? [])
}

function vanishing(left: readonly StartRecord[]): BackstepError {
  const keys = left.map(({ event }) => `"${event.key ?? ''}"`).join(', ')
  return new BackstepError(
    'DATABASE_UNAVAILABLE',
    `The key ${keys} was taken and given back again while the saga was to be started; start it again.`,
  )
}

function byNameKeyAndId(a: StartRecord, b: StartRecord): number {
  return (
    compareText(a.event.name, b.event.name) ||
    compareText(a.event.key ?? '', b.event.key ?? '') ||
    compareText(a.sagaId, b.sagaId)
  )
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
