import type { Plan } from '../../packages/engine/src/core/plan.ts'
import type { SagaState, StepState } from '../../packages/engine/src/core/state.ts'
import type { HandlerCall } from './ledger.ts'
import { hasPassedPivot } from './shapes.ts'

/** What in the journal speaks against the start of a handler. */
export function startProblems(
  plan: Plan,
  state: SagaState | null,
  call: HandlerCall,
): readonly string[] {
  const step = state?.steps[call.step]
  if (state === null || step === undefined) return ['that was never reached']
  return call.direction === 'action'
    ? actionProblems(state, step)
    : undoProblems(plan, state, { step, call })
}

function actionProblems(state: SagaState, { action }: StepState): readonly string[] {
  const problems: string[] = []
  if (state.status !== 'running') problems.push(`while the saga is ${state.status}`)
  if (action.status !== 'scheduled') problems.push(`that is ${action.status}`)
  return problems
}

function undoProblems(
  plan: Plan,
  state: SagaState,
  { step: { compensation }, call }: { readonly step: StepState; readonly call: HandlerCall },
): readonly string[] {
  const problems: string[] = []
  if (state.status !== 'compensating') problems.push(`while the saga is ${state.status}`)
  if (compensation.status !== 'needed') problems.push(`that is ${compensation.status}`)
  if (compensation.round !== call.round) problems.push(`in round ${call.round}`)
  if (hasPassedPivot(plan, state)) problems.push('behind a succeeded pivot')
  return problems
}
