import { BackstepError } from './backstep-error.ts'
import type { JournalEntry } from './event.ts'
import { begin, evolve } from './evolve.ts'
import type { Plan } from './plan.ts'
import type { SagaState } from './state.ts'

/**
 * The state of a saga from its whole journal.
 *
 * @param entries all rows in order, from sequence number 1 without a gap
 * @throws BackstepError `SAGA_NOT_FOUND` when there is no row, or the first is not a start
 */
export function fold(plan: Plan, sagaId: string, entries: readonly JournalEntry[]): SagaState {
  const [first, ...rest] = entries
  const [started, ...others] = first?.events ?? []
  if (first === undefined || started?.type !== 'saga_started') {
    throw new BackstepError(
      'SAGA_NOT_FOUND',
      `The journal of saga ${sagaId} has no start; check the id, or whether the saga's rows were deleted.`,
    )
  }
  const initial = begin(plan, sagaId, started, first)
  return foldRest(plan, initial, [{ ...first, events: others }, ...rest])
}

/**
 * A state brought up to date with the rows that follow it.
 *
 * @param entries rows after `state.seq`, in order
 */
export function foldRest(
  plan: Plan,
  state: SagaState,
  entries: readonly JournalEntry[],
): SagaState {
  let next = state
  for (const entry of entries) next = foldEntry(plan, next, entry)
  return next
}

function foldEntry(plan: Plan, state: SagaState, entry: JournalEntry): SagaState {
  // A row may be without events: one that only changed the tasks has its number all the same.
  let next: SagaState = { ...state, seq: entry.seq }
  for (const event of entry.events) {
    if (event.type !== 'saga_started') next = evolve(plan, next, event, entry)
  }
  return next
}
