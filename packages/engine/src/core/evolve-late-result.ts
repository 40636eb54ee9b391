import type { Position } from './event.ts'
import type { LateResult } from './late-event.ts'
import type { JsonValue } from './json.ts'
import { valueAt } from './key-map.ts'
import type { Plan } from './plan.ts'
import { branchOfStep, earlierKey, isBarred, isHarmless } from './plan-steps.ts'
import { branchOf, patchStep, stepOf } from './state-patch.ts'
import { mainBranch, type SagaState } from './state.ts'

/**
 * A late success is remembered where it can still matter: for the verdict to come, or as an effect that nobody undid.
 * Every other late result is history only.
 */
export function evolveLateResult(
  plan: Plan,
  state: SagaState,
  event: LateResult,
  position: Position,
): SagaState {
  const { kind, outcome } = event
  if (kind !== 'action' || outcome.status !== 'succeeded') return state
  const step = keyInRound(state, event)
  // After a failover that lost rows, somebody may report on a step that is not reached by those that are left.
  if (step === null || stepOf(state, step).action.status === 'succeeded') return state
  const told = { event, step, output: outcome.output }
  return step === event.step && isGoingForward(state)
    ? remembered(state, told)
    : afterTheFact(plan, state, told, position)
}

/** A success, and the key of its step in its round. */
interface Told {
  readonly event: LateResult
  readonly step: string
  readonly output: JsonValue
}

/** For whoever gives the verdict. */
function remembered(state: SagaState, { event, step, output }: Told): SagaState {
  const { action } = stepOf(state, step)
  const lateSuccess = action.lateSuccess ?? { output, attempt: event.attempt }
  return patchStep(state, step, { action: { ...action, lateSuccess } })
}

/** The saga has turned back, or has left that round behind. */
function afterTheFact(
  plan: Plan,
  state: SagaState,
  { step, output }: Told,
  position: Position,
): SagaState {
  const { action, compensation } = stepOf(state, step)
  if (isSettled(plan, state, step)) return state
  // Not begun yet: then it is undone as what it turned out to be.
  if (isUntouched(plan, state, step, position)) {
    return patchStep(state, step, {
      action: { ...action, output },
      compensation: { ...compensation, outcome: 'succeeded' },
    })
  }
  // Behind a barrier it took effect before its undo, or not at all. Else another round is owed.
  if (isBarred(plan, step)) return state
  return patchStep(state, step, {
    action: { ...action, output },
    compensation: { ...compensation, orphan: true },
  })
}

/** The step in the round that the attempt was made in; null where nothing is known of it, or nothing can be owed any more. */
function keyInRound({ steps }: SagaState, { step, round = 1 }: LateResult): string | null {
  if (valueAt(steps, step)?.action.round === round) return step
  const earlier = earlierKey(step, round)
  return valueAt(steps, earlier) === undefined ? null : earlier
}

/** Whether the verdict on what was begun in this round is still to come. */
function isGoingForward(state: SagaState): boolean {
  switch (state.status) {
    case 'running':
    case 'completed':
      return true
    case 'stuck':
      return state.stuck.direction === 'forward'
    case 'compensating':
    case 'compensated':
    case 'partially_compensated':
    case 'abandoned':
      return false
  }
}

/** Nothing is owed for it: nobody does anything any more, somebody has let the effect stand, or there is nothing to undo. */
function isSettled(plan: Plan, state: SagaState, step: string): boolean {
  if (state.status === 'abandoned' || isHarmless(plan, step)) return true
  return stepOf(state, step).compensation.status === 'waived'
}

/** Whether the undo of a step has surely not begun: others come first, or it still waits for its action to be quiet. */
function isUntouched(plan: Plan, state: SagaState, step: string, { at }: Position): boolean {
  const path = branchOfStep(plan, step)
  const inLine = branchOf(state, mainBranch).undo.includes(step)
  const line = inLine ? branchOf(state, mainBranch).undo : state.branches[path]?.undo
  if (line === undefined) return isWaiting(state, path)
  const place = line.indexOf(step)
  const { action, compensation } = stepOf(state, step)
  return place > 0 || (place === 0 && compensation.attempts.ended === 0 && at < action.quietAt)
}

/** Whether a branch is to be undone that has not been opened for it. */
function isWaiting({ undoLines, fork }: SagaState, path: string): boolean {
  return Object.entries(undoLines).some(([name, lines]) => {
    if (lines[path] === undefined) return false
    return fork?.name !== name || fork.paths.indexOf(path) >= fork.opened
  })
}
