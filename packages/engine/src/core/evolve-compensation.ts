import { countFailure, countSuccess, noAttempts } from './attempts.ts'
import type {
  CompensationBegan,
  CompensationFailed,
  CompensationReopened,
  CompensationSucceeded,
  Position,
} from './event.ts'
import type { CompensationSettled } from './operator-event.ts'
import { branchEnded, newBranch } from './open-branches.ts'
import type { Plan } from './plan.ts'
import { branchOfStep, plannedStep } from './plan-steps.ts'
import { retryOf } from './retry-budget.ts'
import type { RetryPolicy } from './retry-policy.ts'
import { branchOf, moving, patchBranch, patchStep, stepOf } from './state-patch.ts'
import { mainBranch, type SagaState, type UndoItem } from './state.ts'
import { entriesIn } from './key-map.ts'

/** Folds what happened on the way back. */
export function evolveCompensation(
  plan: Plan,
  state: SagaState,
  event:
    | CompensationBegan
    | CompensationSucceeded
    | CompensationFailed
    | CompensationReopened
    | CompensationSettled,
  position: Position,
): SagaState {
  switch (event.type) {
    case 'compensation_began':
      return began(plan, state, event, position)
    case 'compensation_succeeded':
      return succeeded(plan, state, event, position)
    case 'compensation_failed':
      return failed(state, event, {
        ...position,
        policy: retryOf(plan, event.step, 'compensation'),
      })
    case 'compensation_reopened':
      return reopened(state, event)
    case 'compensation_settled':
      return settledByHand(plan, state, event, position)
  }
}

function began(
  plan: Plan,
  state: SagaState,
  event: CompensationBegan,
  { seq }: Position,
): SagaState {
  const { undo, undoLines } = undoOrder(
    plan,
    event.steps.map(({ step }) => step),
  )
  const { cursor } = branchOf(state, mainBranch)
  const back: SagaState = {
    ...moving(state, 'compensating'),
    failure: state.failure ?? event.failure,
    failureSeq: state.failure === null ? seq : state.failureSeq,
    cancel: state.cancel === 'requested' ? 'applied' : state.cancel,
    turning: null,
    returning: event.savepoint === undefined ? null : { savepoint: event.savepoint },
    fork: null,
    branches: { [mainBranch]: { ...newBranch, cursor, undo } },
    undoLines,
  }
  return event.steps.reduce((next, { step, outcome }) => {
    const { action, compensation: before } = stepOf(next, step)
    const compensation = { ...before, status: 'needed', outcome } as const
    const { lateSuccess } = action
    if (lateSuccess === null) return patchStep(next, step, { compensation })
    const { output } = lateSuccess
    return patchStep(next, step, { action: { ...action, output, lateSuccess: null }, compensation })
  }, givenUp(back))
}

/** Steps in the order in which they are undone; those of a fork whose branches are undone side by side as one item. */
function undoOrder(
  plan: Plan,
  steps: readonly string[],
): { readonly undo: readonly UndoItem[]; readonly undoLines: SagaState['undoLines'] } {
  const undo: UndoItem[] = []
  const undoLines: Record<string, Record<string, string[]>> = {}
  for (const step of steps) {
    const fork = plannedStep(plan, step)?.fork ?? null
    if (fork === null || fork.compensation === 'serial') {
      undo.push(step)
      continue
    }
    if (undoLines[fork.name] === undefined) undo.push({ fork: fork.name })
    const lines = (undoLines[fork.name] ??= {})
    const line = (lines[branchOfStep(plan, step)] ??= [])
    line.push(step)
  }
  return { undo, undoLines }
}

/** An action that was being tried is tried no more: without a verdict, its outcome stays unknown. */
function givenUp(state: SagaState): SagaState {
  return entriesIn(state.steps).reduce((next, [key, { action }]) => {
    const open = action.status === 'scheduled' && action.unknownAttempts > 0
    return open ? patchStep(next, key, { action: { ...action, status: 'unknown' } }) : next
  }, state)
}

function succeeded(
  plan: Plan,
  state: SagaState,
  event: CompensationSucceeded,
  position: Position,
): SagaState {
  const { branch, step } = event
  const { compensation } = stepOf(state, step)
  const attempts = countSuccess(compensation.attempts)
  const undone = patchStep(state, step, {
    compensation: { ...compensation, status: undoneAs(event), attempts },
  })
  return notOwed(plan, undone, { branch, step }, position)
}

/** The effect of which nobody had heard is settled with it. */
function settledByHand(
  plan: Plan,
  state: SagaState,
  { branch, step, as: status }: CompensationSettled,
  position: Position,
): SagaState {
  const { compensation } = stepOf(state, step)
  const settled = patchStep(state, step, {
    compensation: { ...compensation, status, orphan: false },
  })
  return notOwed(plan, settled, { branch, step }, position)
}

/** Nothing is left to undo of a step. */
function notOwed(
  plan: Plan,
  state: SagaState,
  { branch, step }: { readonly branch: string; readonly step: string },
  position: Position,
): SagaState {
  const undo = branchOf(state, branch).undo.filter((item) => item !== step)
  const rest = patchBranch(state, branch, { undo, deaths: 0 })
  return branch !== mainBranch && undo.length === 0
    ? branchEnded(plan, rest, branch, position)
    : rest
}

/** What an earlier attempt has undone is undone. */
function undoneAs({ noop }: CompensationSucceeded): 'compensated' | 'noop' {
  return noop === 'never_ran' ? 'noop' : 'compensated'
}

function failed(
  state: SagaState,
  event: CompensationFailed,
  { seq, at, policy }: Position & { readonly policy: RetryPolicy | undefined },
): SagaState {
  const { compensation } = stepOf(state, event.step)
  const { failure } = event
  const notBefore = at + (event.retryDelayMs ?? 0)
  const attempts = countFailure(compensation.attempts, { failure, seq, notBefore, policy })
  return patchStep(patchBranch(state, event.branch, { deaths: 0 }), event.step, {
    compensation: { ...compensation, attempts },
  })
}

function reopened(state: SagaState, event: CompensationReopened): SagaState {
  const undo = [event.step, ...branchOf(state, event.branch).undo]
  const raised = { ...state, round: Math.max(state.round, event.round) }
  return patchStep(patchBranch(raised, event.branch, { undo }), event.step, {
    compensation: {
      status: 'needed',
      outcome: 'succeeded',
      attempts: noAttempts(0),
      round: event.round,
      orphan: false,
    },
  })
}
