import { expect, test } from 'vitest'
import { fold } from '../../../packages/engine/src/core/fold.ts'
import { takeSnapshot } from '../../../packages/engine/src/core/snapshot.ts'
import type { NamedEntry } from '../../../packages/engine/src/ports/saga-store.ts'
import type { Claim, ClaimedJournal } from '../../../packages/engine/src/ports/task-store.ts'
import { readClaim, type FoldedSaga } from '../../../packages/engine/src/runtime/read-claim.ts'
import { lost, starting, succeeded } from '../core/facts.ts'
import { journal } from '../core/journals.ts'
import { planOf, step } from '../core/plans.ts'

const sagaId = 'saga-1'
const plan = planOf(step('reserve'), step('charge'))
const definition = { plan, saga: null }
const entries = journal([succeeded('reserve'), lost('c1'), starting('charge', 'c2')]).map(
  ({ seq, at, events }): NamedEntry => ({ seq, at, events, appendId: `row ${seq}` }),
)
const state = fold(plan, sagaId, entries)

const claimWith = (read: ClaimedJournal): Claim => {
  const ids = { sagaId, branch: 'main', queue: 'default', claimId: 'c2' }
  return { ...ids, wake: 0, now: 0, journal: read }
}

const read = async (
  given: ClaimedJournal,
  known: FoldedSaga | null = null,
  find: Parameters<typeof readClaim>[2] = async () => definition,
): Promise<FoldedSaga> => readClaim(claimWith(given), known, find)

const snapshotAfter = (rows: readonly NamedEntry[]): ClaimedJournal => {
  const snapshot = takeSnapshot(plan, fold(plan, sagaId, rows))
  if (snapshot === null) throw new Error('There is no snapshot.')
  return { type: 'snapshot', snapshot, rows, entries: entries.slice(rows.length) }
}

test.each([
  ['the whole journal', { type: 'whole', entries } as const, null],
  ['a snapshot and what follows', snapshotAfter(entries.slice(0, 3)), null],
  [
    'what is known here and the rest',
    { type: 'rest', after: 2, entries: entries.slice(2) } as const,
    { definition, state: fold(plan, sagaId, entries.slice(0, 2)) },
  ],
])('a claim is read from %s', async (_what, given, known) => {
  expect(await read(given, known)).toEqual({ definition, state })
})

test('what is known here does not matter when the journal does not build on it', async () => {
  const known = { definition, state: { ...state, cancel: 'requested' } as const }

  expect(await read({ type: 'whole', entries }, known)).toEqual({ definition, state })
})

test.each([
  ['nothing is known here', null],
  ['something else is known here', { definition, state }],
])('a rest is refused when %s', async (_what, known) => {
  await expect(read({ type: 'rest', after: 2, entries: [] }, known)).rejects.toThrow(
    'only the rows after 2 were read',
  )
})

test('a journal without a start is refused', async () => {
  await expect(read({ type: 'whole', entries: entries.slice(1) })).rejects.toThrow(
    'The journal of saga saga-1 has no start.',
  )
})

test('a saga that nobody has registered is refused', async () => {
  await expect(read({ type: 'whole', entries }, null, async () => undefined)).rejects.toThrow(
    'Saga saga-1 runs on "order" version 1, which nobody has registered.',
  )
})
