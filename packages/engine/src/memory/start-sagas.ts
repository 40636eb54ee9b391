import { BackstepError } from '../core/backstep-error.ts'
import type { StartOptions, StartRecord, StartResult } from '../ports/saga-store.ts'
import { eachByItself } from './each-by-itself.ts'
import { storableCopy } from './storable-copy.ts'
import { compareText, unclaimedTask, type MemoryTables } from './memory-tables.ts'

/** Makes the sagas of a batch whose keys are free, in the order of name, key and id, as Postgres does. */
export function startSagas(
  tables: MemoryTables,
  batch: readonly StartRecord[],
  options: StartOptions,
): readonly StartResult[] {
  if (options.transaction !== undefined) {
    throw new BackstepError(
      'CONFIGURATION_INVALID',
      'A memory store has no transactions to join; start the saga without the option "transaction".',
    )
  }
  const results = new Map<StartRecord, StartResult>()
  eachByItself(batch.toSorted(byNameAndKey), (record) => {
    results.set(record, startOne(tables, storableCopy(record)))
  })
  return batch.flatMap((record) => results.get(record) ?? [])
}

function startOne(tables: MemoryTables, record: StartRecord): StartResult {
  const { sagaId, event } = record
  const keyName = event.key === null ? null : JSON.stringify([event.name, event.key])
  const taken = keyName === null ? undefined : tables.keys.get(keyName)
  if (taken !== undefined) {
    const status = taken.inputHash === record.inputHash ? 'existing' : 'conflict'
    return { status, sagaId: taken.sagaId }
  }
  if (tables.sagas.has(sagaId)) return { status: 'existing', sagaId }
  const at = insertSaga(tables, record)
  if (keyName !== null) tables.keys.set(keyName, { sagaId, inputHash: record.inputHash })
  return { status: 'started', sagaId, at }
}

function insertSaga(tables: MemoryTables, record: StartRecord): number {
  const { sagaId, appendId, event, task, claim } = record
  const row = tables.addJournalRow(sagaId, { appendId, events: [event] })
  const born = unclaimedTask(sagaId, task, { atSeq: row.seq, at: row.at })
  const leaseUntil = row.at + (claim?.leaseMs ?? 0)
  const held = claim === null ? null : { claimId: claim.claimId, leaseUntil }
  tables.putTask({ ...born, claim: held, deliveries: held === null ? 0 : 1 })
  tables.sagas.set(sagaId, {
    sagaId,
    name: event.name,
    version: event.version,
    key: event.key,
    status: 'running',
    paused: false,
    stuckCode: null,
    stuckStep: null,
    failure: null,
    output: null,
    startedAt: row.at,
    changedAt: row.at,
  })
  return row.at
}

function byNameAndKey(a: StartRecord, b: StartRecord): number {
  return (
    compareText(a.event.name, b.event.name) ||
    compareText(a.event.key ?? '', b.event.key ?? '') ||
    compareText(a.sagaId, b.sagaId)
  )
}
