import type { CompensationBegan } from './event.ts'
import type { SagaFailure } from './failure.ts'
import { valueAt } from './key-map.ts'
import { mayHaveLeftTraces } from './left-traces.ts'
import { pathsOf } from './open-branches.ts'
import type { CompensatableStep, Plan, PlanNode } from './plan.ts'
import { isFork, nodesOf, stepKey } from './plan-steps.ts'
import { placeOfSavepoint } from './savepoints.ts'
import { mainBranch, type SagaState, type StepState } from './state.ts'

/**
 * The event that turns a saga back: it ends every forward step and lists what has to be undone, in the reverse of the order
 * in which it happened.
 *
 * @param savepoint where the way back ends; null where it is the whole way
 */
export function turnFor(
  plan: Plan,
  state: SagaState,
  { failure, savepoint }: { readonly failure: SagaFailure; readonly savepoint: string | null },
): CompensationBegan {
  const end = savepoint === null ? 0 : placeOfSavepoint(plan, savepoint) + 1
  const steps = plan.nodes
    .slice(end)
    .toReversed()
    .flatMap((node) => owedAt(plan, state, node))
    .map(({ step, outcome }) => ({ step, outcome }))
  const began = { type: 'compensation_began', branch: mainBranch, failure, steps } as const
  return savepoint === null ? began : { ...began, savepoint }
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
    return owed(step, node, valueAt(steps, step))
  })
}

/** What a step owes, if anything: an effect that stands or may stand, and a handler to undo it. */
function owed(
  step: string,
  node: CompensatableStep,
  reached: StepState | undefined,
): readonly Owed[] {
  if (reached === undefined || node.compensation.type === 'none') return []
  const { action, compensation } = reached
  // Undone already, on the way to a save-point that the saga does not stop at after all.
  if (compensation.status !== 'none') return []
  const outcome = standing(node, action)
  if (outcome === 'none') return []
  // What never got a verdict is the step that its branch turned back at, so it happened last.
  const order = action.settledSeq === 0 ? Number.MAX_SAFE_INTEGER : action.settledSeq
  return [{ step, outcome, order }]
}

function standing(
  node: CompensatableStep,
  action: StepState['action'],
): 'succeeded' | 'unknown' | 'none' {
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
      // An operator may have skipped it after attempts of which nobody knows what became.
      return action.unknownAttempts > 0 ? 'unknown' : 'none'
  }
}
