import type { CompensationBegan } from './event.ts'
import { evolve } from './evolve.ts'
import type { SagaFailure } from './failure.ts'
import type { Moment } from './moment.ts'
import { nextUndo } from './next-undo.ts'
import { mayHaveLeftTraces } from './left-traces.ts'
import type { CompensatableStep, Plan, PlanNode } from './plan.ts'
import { isFork, nodesOf, stepKey } from './plan-steps.ts'
import { pathsOf } from './open-branches.ts'
import type { SagaDecision } from './saga-decision.ts'
import { mainBranch, type ActionState, type SagaState } from './state.ts'
import { valueAt } from './key-map.ts'

/**
 * The decision to go back: one event that ends every forward step and lists what has to be undone, in the reverse of the
 * order in which it happened. A saga of which nothing stands is compensated at once.
 */
export function beginCompensation(
  plan: Plan,
  state: SagaState,
  moment: Moment & { readonly failure: SagaFailure },
): SagaDecision {
  const { at, failure, events } = moment
  const steps = plan.nodes
    .toReversed()
    .flatMap((node) => owedAt(plan, state, node))
    .map(({ step, outcome }) => ({ step, outcome }))
  const began: CompensationBegan = {
    type: 'compensation_began',
    branch: mainBranch,
    failure,
    steps,
  }
  const turned = evolve(plan, state, began, { seq: state.seq, at })
  return nextUndo(plan, turned, { branch: mainBranch, at, events: [...events, began] })
}

interface Owed {
  readonly step: string
  readonly outcome: 'succeeded' | 'unknown'
  readonly order: number
}

/** What is owed at one place of the plan, the last first. Nodes of the main branch follow one another; branches do not. */
function owedAt(plan: Plan, state: SagaState, node: PlanNode): readonly Owed[] {
  if (!isFork(node)) return owedOn(plan, state, { path: mainBranch, nodes: [node] })
  return pathsOf(node, state.items[node.name]?.length ?? 0)
    .flatMap((path) => owedOn(plan, state, { path, nodes: nodesOf(plan, path) }))
    .toSorted((a, b) => b.order - a.order)
}

function owedOn(
  plan: Plan,
  { steps }: SagaState,
  { path, nodes }: { readonly path: string; readonly nodes: readonly PlanNode[] },
): readonly Owed[] {
  return nodes.flatMap((node) => {
    if (node.type !== 'step' || node.role !== 'compensatable') return []
    const step = stepKey(plan, path, node)
    return owed(step, node, valueAt(steps, step)?.action)
  })
}

/** What a step owes, if anything: an effect that stands or may stand, and a handler to undo it. */
function owed(
  step: string,
  node: CompensatableStep,
  action: ActionState | undefined,
): readonly Owed[] {
  if (action === undefined || node.compensation.type === 'none') return []
  const outcome = standing(node, action)
  if (outcome === 'none') return []
  // What never got a verdict is the step that its branch turned back at, so it happened last.
  const order = action.settledSeq === 0 ? Number.MAX_SAFE_INTEGER : action.settledSeq
  return [{ step, outcome, order }]
}

function standing(node: CompensatableStep, action: ActionState): 'succeeded' | 'unknown' | 'none' {
  // Reported when its branch had settled, and others had not: nobody has taken it for a verdict.
  if (action.lateSuccess !== null) return 'succeeded'
  switch (action.status) {
    case 'succeeded':
      return 'succeeded'
    case 'scheduled':
    case 'unknown':
      return action.unknownAttempts > 0 || mayHaveLeftTraces(node, action) ? 'unknown' : 'none'
    case 'rejected': {
      // A rejection speaks for its own attempt; an earlier one may have taken effect all the same.
      const doubtful = action.unknownAttempts > 0 && !node.rejectionCoversEarlierAttempts
      return doubtful || node.compensateWhenRejected ? 'unknown' : 'none'
    }
    case 'skipped':
      return 'none'
  }
}
