import { beginCompensation } from './begin-compensation.ts'
import type { Command } from './command.ts'
import type { SagaDecision } from './saga-decision.ts'
import type { FollowingEvent } from './event.ts'
import { mergeLateSuccess } from './merge-late-success.ts'
import type { Moment } from './moment.ts'
import type { Plan, StepNode } from './plan.ts'
import { openProbe, runProbe } from './probing.ts'
import { currentStep, stepOf } from './state-patch.ts'
import type { SagaState } from './state.ts'

const canceled = {
  kind: 'canceled',
  code: 'canceled',
  message: 'The saga was canceled.',
  step: null,
} as const

/** What a branch does next on its way forward: turn back if that was asked for, run the step that is due, or end. */
export function nextAction(plan: Plan, before: SagaState, upToHere: Moment): SagaDecision {
  const { state, moment } = mergeLateSuccess(plan, before, upToHere)
  const { branch, events } = moment
  const node = currentStep(plan, state, branch)
  if (turnsBack(plan, state, node)) {
    return beginCompensation(plan, state, { ...moment, failure: canceled })
  }
  const facts = [...events, ...refusedCancel(plan, state)]
  const command: Command =
    node === undefined ? { type: 'complete', branch } : runStep(state, node, moment)
  return { events: facts, commands: [command], refusal: null }
}

function runStep(state: SagaState, node: StepNode, moment: Moment): Command {
  const { action } = stepOf(state, node.name)
  const probe = openProbe(node, action)
  if (probe !== null) return runProbe(node, action, { ...moment, probe })
  const { attempts } = action
  return {
    type: 'run_action',
    branch: moment.branch,
    step: node.name,
    queue: node.queue,
    attempt: attempts.ended + 1,
    delayMs: Math.max(0, attempts.notBefore - moment.at),
  }
}

/** Whether a requested cancel turns the saga back here: before the pivot, and while the pivot surely has no effect. */
export function turnsBack(plan: Plan, state: SagaState, node: StepNode | undefined): boolean {
  if (state.cancel !== 'requested' || pivotSucceeded(plan, state)) return false
  if (node?.role !== 'pivot') return true
  const { status, unknownAttempts } = stepOf(state, node.name).action
  return unknownAttempts === 0 || (status === 'rejected' && node.rejectionCoversEarlierAttempts)
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
  return plan.nodes.some(
    ({ role, name }) => role === 'pivot' && state.steps[name]?.action.status === 'succeeded',
  )
}
