import type { Position } from './event.ts'
import type { JsonValue } from './json.ts'
import { entriesIn, mapOf } from './key-map.ts'
import { newBranch } from './open-branches.ts'
import type { Plan } from './plan.ts'
import {
  earlierKey,
  isAllOrNothing,
  isBarred,
  isEarlier,
  isHarmless,
  plannedStep,
} from './plan-steps.ts'
import type { OrphanUndoBegan, OrphanUndoEnded, SavepointReached } from './savepoint-event.ts'
import { placeOfSavepoint } from './savepoints.ts'
import { scheduleAction } from './schedule-action.ts'
import { moving } from './state-patch.ts'
import { mainBranch, type SagaState, type StepState } from './state.ts'

/** Folds what makes a saga that was undoing something go forward again. */
export function evolveSavepoint(
  plan: Plan,
  state: SagaState,
  event: SavepointReached | OrphanUndoBegan | OrphanUndoEnded,
  position: Position,
): SagaState {
  switch (event.type) {
    case 'savepoint_reached':
      return reached(plan, state, event, position)
    case 'orphan_undo_began':
      return { ...moving(state, 'compensating'), returning: { savepoint: null } }
    case 'orphan_undo_ended':
      return { ...moving(state, 'running'), returning: null }
  }
}

/** What is behind the save-point is as if it had never been reached, but for what may still be heard of it. */
function reached(
  plan: Plan,
  state: SagaState,
  { savepoint, round }: SavepointReached,
  position: Position,
): SagaState {
  const place = placeOfSavepoint(plan, savepoint)
  const behind: ReadonlySet<unknown> = new Set(plan.nodes.slice(place + 1).map(({ name }) => name))
  const all = entriesIn(state.steps)
  const steps = all.filter(([key]) => isEarlier(plan, key) || !behind.has(nodeOf(plan, key)))
  const left = all.filter(([key, step]) => {
    return !isEarlier(plan, key) && behind.has(nodeOf(plan, key)) && mayReportLate(plan, key, step)
  })
  const again: SagaState = {
    ...moving(state, 'running'),
    returning: null,
    branches: { [mainBranch]: { ...newBranch, cursor: place + 1 } },
    items: itemsAfter(plan, state, { behind, left }),
    received: receivedBefore(state, behind),
    savepoints: { ...state.savepoints, [savepoint]: round },
    round: state.round + 1,
    steps: mapOf([...steps, ...left.map(([key, step]) => asEarlier(key, step))]),
  }
  return scheduleAction(plan, again, mainBranch, position)
}

/** The node of the main branch that a step is, or is in. */
function nodeOf(plan: Plan, key: string): string | undefined {
  const planned = plannedStep(plan, key)
  return (planned?.fork ?? planned?.node)?.name
}

type NamedStep = readonly [key: string, step: StepState]

function asEarlier(key: string, step: StepState): NamedStep {
  return [earlierKey(key, step.action.round), step]
}

/** Whether an attempt of a round that is over may turn out to have taken effect, so that it would have to be undone. */
function mayReportLate(plan: Plan, key: string, { action }: StepState): boolean {
  const { status, attempts, unknownAttempts } = action
  if (status === 'succeeded' || (attempts.ended === 0 && unknownAttempts === 0)) return false
  return !isHarmless(plan, key) && !isBarred(plan, key) && !isAllOrNothing(plan, key)
}

/** What was waited for behind the save-point is waited for anew; a signal that was taken does not come back. */
function receivedBefore(
  { received }: SagaState,
  behind: ReadonlySet<unknown>,
): SagaState['received'] {
  return Object.fromEntries(Object.entries(received).filter(([wait]) => !behind.has(wait)))
}

/** Lists behind the save-point are made anew. One is kept whose items the undo of an orphan effect may ask for. */
function itemsAfter(
  plan: Plan,
  { items }: SagaState,
  { behind, left }: { readonly behind: ReadonlySet<unknown>; readonly left: readonly NamedStep[] },
): SagaState['items'] {
  const lists = Object.entries(items).flatMap(([fork, list]): [string, readonly JsonValue[]][] => {
    if (!behind.has(fork)) return [[fork, list]]
    const last = left.find(([key]) => nodeOf(plan, key) === fork)
    return last === undefined ? [] : [[earlierKey(fork, last[1].action.round), list]]
  })
  return Object.fromEntries(lists)
}
