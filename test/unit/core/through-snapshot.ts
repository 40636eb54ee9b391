import { fold } from '../../../packages/engine/src/core/fold.ts'
import type { FollowingEvent, JournalEntry } from '../../../packages/engine/src/core/event.ts'
import type { Plan, StepNode } from '../../../packages/engine/src/core/plan.ts'
import { restore } from '../../../packages/engine/src/core/restore-snapshot.ts'
import { takeSnapshot, type SagaSnapshot } from '../../../packages/engine/src/core/snapshot.ts'
import type { SagaState } from '../../../packages/engine/src/core/state.ts'
import { step } from './plans.ts'

/** Rows of a journal after the start, as `journal` takes them. */
export type Rows = readonly (FollowingEvent | readonly FollowingEvent[])[]

/** The state that comes back through a snapshot, stored and read again; undefined where there is none. */
export function throughSnapshot(
  plan: Plan,
  entries: readonly JournalEntry[],
): SagaState | undefined {
  const snapshot = stored(takeSnapshot(plan, fold(plan, 'saga-1', entries)))
  if (snapshot === null) return undefined
  return restore(plan, 'saga-1', snapshot, rowsFor(snapshot, entries))
}

/** As it comes back from where it was stored. */
function stored<Value>(value: Value): Value {
  const copy: Value = JSON.parse(JSON.stringify(value))
  return copy
}

/** The rows that a store reads for a snapshot. */
function rowsFor(
  { rows }: SagaSnapshot,
  entries: readonly JournalEntry[],
): readonly JournalEntry[] {
  return entries.filter(({ seq }) => rows.some(([from, to]) => seq >= from && seq <= to))
}

/** A saga of that many steps, with what happens at each of them. */
export function longSaga(
  count: number,
  rowsOf: (name: string, index: number) => readonly FollowingEvent[],
): { readonly steps: readonly StepNode[]; readonly rows: readonly FollowingEvent[] } {
  const names = Array.from({ length: count }, (_, index) => `step-${index + 1}`)
  return { steps: names.map((name) => step(name)), rows: names.flatMap(rowsOf) }
}
