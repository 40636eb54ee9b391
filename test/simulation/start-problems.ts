import { valueAt } from '../../packages/engine/src/core/key-map.ts'
import type { Plan } from '../../packages/engine/src/core/plan.ts'
import { branchOfStep, earlierKey, stepKey } from '../../packages/engine/src/core/plan-steps.ts'
import { currentStep, isAtWork } from '../../packages/engine/src/core/state-patch.ts'
import type { SagaState, StepState } from '../../packages/engine/src/core/state.ts'
import type { HandlerCall } from './ledger.ts'
import type { SimNode } from './node.ts'
import type { SagaRecord } from './saga-record.ts'
import { hasPassedPivot } from './shapes.ts'

/** What in the journal speaks against the start of a handler, or in who holds what. */
export function startProblems(
  plan: Plan,
  record: SagaRecord,
  call: HandlerCall,
): readonly string[] {
  const { state } = record
  const key = state === null ? call.step : keyInRound(state, call)
  const step = state === null ? undefined : valueAt(state.steps, key)
  if (state === null || step === undefined) return ['that was never reached']
  if (step.action.round !== call.actionRound) return [`of round ${call.actionRound}`]
  return call.direction === 'action'
    ? actionProblems(plan, record, { state, step, call })
    : undoProblems(plan, record, { state, step, call: { ...call, step: key } })
}

/** What the saga calls a step of that round. */
function keyInRound({ steps }: SagaState, { step, actionRound }: HandlerCall): string {
  const earlier = earlierKey(step, actionRound)
  const isOver = valueAt(steps, step)?.action.round !== actionRound
  return isOver && valueAt(steps, earlier) !== undefined ? earlier : step
}

interface Started {
  readonly state: SagaState
  readonly step: StepState
  readonly call: HandlerCall
}

function actionProblems(
  plan: Plan,
  record: SagaRecord,
  { state, step: { action }, call }: Started,
): readonly string[] {
  const branch = branchOfStep(plan, call.step)
  // Nobody waits for such a branch: who has read of it before may still begin.
  if (record.isAbandonedBy(call.node, branch, call.startedMs)) return []
  const problems: string[] = []
  if (state.status !== 'running') problems.push(`while the saga is ${state.status}`)
  if (action.status !== 'scheduled') problems.push(`that is ${action.status}`)
  if (!isCurrent(plan, state, { branch, step: call.step })) problems.push('that is not its turn')
  const { turningSeq } = record
  const claim = record.claimOn(branch)
  if (turningSeq !== null && claim !== undefined && claim.seq >= turningSeq) {
    problems.push('after a branch beside it has failed')
  }
  if (!record.isLeasedBy(call.node, branch, call.startedMs)) problems.push('and holds no lease')
  return problems
}

/** A probe that is about to be asked. */
interface AskedProbe {
  readonly step: string
  readonly node: SimNode
  readonly startedMs: number
}

/** What in the journal speaks against asking a probe. */
export function probeProblems(
  plan: Plan,
  record: SagaRecord,
  { step, node, startedMs }: AskedProbe,
): readonly string[] {
  const { state } = record
  const action = state === null ? undefined : valueAt(state.steps, step)?.action
  if (state === null || action === undefined) return ['that was never reached']
  const branch = branchOfStep(plan, step)
  if (record.isAbandonedBy(node, branch, startedMs)) return []
  const isInDoubt = action.status !== 'succeeded' && action.unknownAttempts > 0
  const promises = new Map([
    [`while the saga is ${state.status}`, state.status === 'running'],
    ['without a doubt', isInDoubt],
    ['and no row says so', action.probe !== null],
    ['that is not its turn', isCurrent(plan, state, { branch, step })],
    ['and holds no lease', record.isLeasedBy(node, branch, startedMs)],
  ])
  return [...promises].flatMap(([problem, isKept]) => (isKept ? [] : [problem]))
}

function isCurrent(
  plan: Plan,
  state: SagaState,
  { branch, step }: { readonly branch: string; readonly step: string },
): boolean {
  if (!isAtWork(state, branch)) return false
  const node = currentStep(plan, state, branch)
  return node !== undefined && stepKey(plan, branch, node) === step
}

function undoProblems(
  plan: Plan,
  record: SagaRecord,
  { state, step: { compensation }, call }: Started,
): readonly string[] {
  const problems: string[] = []
  if (state.status !== 'compensating') problems.push(`while the saga is ${state.status}`)
  if (compensation.status !== 'needed') problems.push(`that is ${compensation.status}`)
  if (compensation.round !== call.round) problems.push(`in round ${call.round}`)
  const isAtEnd = state.returning?.savepoint === null
  if (hasPassedPivot(plan, state) && !isAtEnd) problems.push('behind a succeeded pivot')
  const line = Object.keys(state.branches).find(
    (branch) => isAtWork(state, branch) && state.branches[branch]?.undo[0] === call.step,
  )
  if (line === undefined) problems.push('that is not its turn')
  else if (!record.isLeasedBy(call.node, line, call.startedMs)) problems.push('and holds no lease')
  return problems
}
