import { beginCompensation } from './begin-compensation.ts'
import type { Command } from './command.ts'
import type { BranchesAbandoned, FollowingEvent } from './event.ts'
import type { SagaFailure } from './failure.ts'
import { firstHalt, halt, stuck } from './halt.ts'
import type { JsonValue } from './json.ts'
import { delayUntil, outerCause, passTime, signalFor, waitedInVain, waitOn } from './pass-time.ts'
import { mergeLateSuccess } from './merge-late-success.ts'
import { foreseen, type Moment } from './moment.ts'
import type { ForkNode, PivotStep, Plan, StepNode } from './plan.ts'
import { forkNamed, pivotOf, stepKey } from './plan-steps.ts'
import { openProbe, runProbe } from './probing.ts'
import type { SagaDecision } from './saga-decision.ts'
import { branchesAtWork, currentNode, currentStep, isAtWork, stepOf } from './state-patch.ts'
import { mainBranch, type ActionState, type SagaState } from './state.ts'
import { valueAt } from './key-map.ts'

/** What a branch does next on its way forward: turn back if that was asked for, do what it has come to, or end. */
export function nextAction(plan: Plan, before: SagaState, upToHere: Moment): SagaDecision {
  const merged = mergeLateSuccess(plan, before, upToHere)
  const passed = passTime(plan, merged.state, merged.moment)
  const { state, moment } = passed
  const { branch } = moment
  if (state.branches[branch] === undefined) return branchSettled(plan, state, moment)
  if (turnsBack(plan, state, branch)) {
    return turnBack(plan, state, { ...moment, failure: outerCause(state) })
  }
  const inVain = waitedInVain(plan, passed)
  if (inVain !== null) return turnBack(plan, state, { ...moment, failure: inVain })
  const events = [...moment.events, ...refusedCancel(plan, state)]
  const node = currentNode(plan, state, branch)
  if (node?.type === 'parallel') {
    return forkInto(plan, state, { ...moment, events, fork: node, items: null })
  }
  return { events, commands: [commandAt(plan, state, { ...moment, node })], refusal: null }
}

function commandAt(
  plan: Plan,
  state: SagaState,
  { branch, at, node }: Pick<Moment, 'branch' | 'at'> & { readonly node: CommandNode },
): Command {
  switch (node?.type) {
    case undefined:
      return { type: 'complete', branch }
    case 'step':
      return runStep(plan, state, { branch, at, node })
    case 'forEach':
      return { type: 'compute_items', branch, fork: node.name }
    case 'choice':
      return { type: 'compute_choice', branch, choice: node.name }
    case 'sleep':
      return waitOn(plan, state, { branch, at })
    case 'wait': {
      const signal = signalFor(state, branch, node)
      if (signal === undefined) return waitOn(plan, state, { branch, at })
      const { signalId, payload } = signal
      return { type: 'check_signal', branch, wait: node.name, signalId, payload }
    }
  }
}

type CommandNode = Exclude<ReturnType<typeof currentNode>, { type: 'parallel' }>

/** The next attempt at the step that a branch has come to, or at its probe while that is being asked. */
export function runStep(
  plan: Plan,
  state: SagaState,
  { branch, at, node }: Pick<Moment, 'branch' | 'at'> & { readonly node: StepNode },
): Command {
  const step = stepKey(plan, branch, node)
  const { action } = stepOf(state, step)
  const probe = openProbe(node, action)
  if (probe !== null) return runProbe(node, action, { probe, branch, step, at })
  const { attempts, fallback } = action
  const command = {
    type: 'run_action',
    branch,
    step,
    queue: node.queue,
    attempt: attempts.ended + 1,
    delayMs: delayUntil(plan, state, { time: attempts.notBefore, at }),
  } as const
  return fallback === 'due' ? { ...command, via: 'fallback' } : command
}

/** Goes on in branches; where there are none, at once behind the fork. */
export function forkInto(
  plan: Plan,
  state: SagaState,
  moment: Moment & { readonly fork: ForkNode; readonly items: readonly JsonValue[] | null },
): SagaDecision {
  const { branch, at, events, fork, items } = moment
  const began = { type: 'fork_began', branch, fork: fork.name, items } as const
  const forked = foreseen(plan, state, began, at)
  return branchSettled(plan, forked, { branch, at, events: [...events, began] })
}

/**
 * What follows when a branch has nothing left to do: nothing while others are at work. The last one turns the saga back,
 * makes it stuck, or joins: then the branch that forked goes on.
 */
export function branchSettled(plan: Plan, state: SagaState, moment: Moment): SagaDecision {
  const { branch, at, events } = moment
  const { fork, turning } = state
  if (fork === null || branchesAtWork(state).length > 0) return halt(events, branch)
  if (turning !== null) return beginCompensation(plan, state, { ...moment, failure: turning })
  const halted = firstHalt(state)
  if (halted !== null) return stuck(events, halted)
  const joined = { type: 'fork_joined', branch: mainBranch, fork: fork.name } as const
  return nextAction(plan, foreseen(plan, state, joined, at), {
    branch: mainBranch,
    at,
    events: [...events, joined],
  })
}

/** The saga is to turn back: at once, or as soon as the branches beside this one have settled. */
export function turnBack(
  plan: Plan,
  state: SagaState,
  moment: Moment & { readonly failure: SagaFailure },
): SagaDecision {
  const { branch, at, failure } = moment
  if (state.fork === null) return beginCompensation(plan, state, moment)
  const settled: FollowingEvent =
    state.turning === null
      ? { type: 'branch_failed', branch, failure }
      : { type: 'branch_stopped', branch }
  const moved = foreseen(plan, state, settled, at)
  const left = abandonedBy(plan, moved, branch)
  const after = left === null ? moved : foreseen(plan, moved, left, at)
  const events = [...moment.events, settled, ...(left === null ? [] : [left])]
  return branchSettled(plan, after, { branch, at, events })
}

/** With `failFast`, whoever is still at work is not waited for. */
function abandonedBy(plan: Plan, state: SagaState, branch: string): BranchesAbandoned | null {
  if (state.fork === null || forkNamed(plan, state.fork.name).siblings !== 'failFast') return null
  const branches = branchesAtWork(state)
  return branches.length === 0 ? null : { type: 'branches_abandoned', branch, branches }
}

/**
 * Whether a branch turns back here: because the saga was canceled or its deadline passed before its pivot, or while the pivot
 * surely has no effect, or because a branch beside it failed.
 */
export function turnsBack(plan: Plan, state: SagaState, path: string): boolean {
  if (pivotSucceeded(plan, state)) return false
  const isCanceled = state.cancel === 'requested' || state.deadline === 'passed'
  if (state.fork !== null && state.turning !== null) {
    return isCanceled || forkNamed(plan, state.fork.name).siblings !== 'waitAll'
  }
  if (!isCanceled) return false
  const node = isAtWork(state, path) ? currentStep(plan, state, path) : undefined
  return node?.role !== 'pivot' || isWithoutEffect(node, stepOf(state, node.name).action)
}

/** Whether a pivot that has not succeeded surely has no effect. */
function isWithoutEffect(pivot: PivotStep, { status, unknownAttempts }: ActionState): boolean {
  return unknownAttempts === 0 || (status === 'rejected' && pivot.rejectionCoversEarlierAttempts)
}

/** A cancel that the pivot overtook is answered in the journal, once. */
function refusedCancel(plan: Plan, state: SagaState): readonly FollowingEvent[] {
  if (state.cancel !== 'requested' || !pivotSucceeded(plan, state)) return []
  return [{ type: 'cancel_refused', reason: pastPivot }]
}

/** Why nothing turns a saga back any more. */
export const pastPivot = 'The pivot has succeeded; from there the saga only goes forward.'

/** Whether the saga is past its point of no return. */
export function pivotSucceeded(plan: Plan, state: SagaState): boolean {
  const pivot = pivotOf(plan)
  return pivot !== null && valueAt(state.steps, pivot.name)?.action.status === 'succeeded'
}
