import type { SagaDecision } from './saga-decision.ts'
import type { CompensationBegan } from './event.ts'
import { evolve } from './evolve.ts'
import type { SagaFailure } from './failure.ts'
import type { Moment } from './moment.ts'
import { nextUndo } from './next-undo.ts'
import type { CompensatableStep, Plan } from './plan.ts'
import type { ActionState, SagaState } from './state.ts'

/**
 * The decision to go back: one event that ends every forward step and lists what has to be undone, in the reverse of the
 * order in which it happened. A saga of which nothing stands is compensated at once.
 */
export function beginCompensation(
  plan: Plan,
  state: SagaState,
  moment: Moment & { readonly failure: SagaFailure },
): SagaDecision {
  const { branch, at, failure, events } = moment
  const steps = plan.nodes
    .toReversed()
    .flatMap((node) =>
      node.role === 'compensatable' ? owed(node, state.steps[node.name]?.action) : [],
    )
    .toSorted((a, b) => b.order - a.order)
    .map(({ step, outcome }) => ({ step, outcome }))
  const began: CompensationBegan = { type: 'compensation_began', branch, failure, steps }
  const turned = evolve(plan, state, began, { seq: state.seq, at })
  return nextUndo(plan, turned, { branch, at, events: [...events, began] })
}

interface Owed {
  readonly step: string
  readonly outcome: 'succeeded' | 'unknown'
  readonly order: number
}

/** What a step owes, if anything: an effect that stands or may stand, and a handler to undo it. */
function owed(node: CompensatableStep, action: ActionState | undefined): readonly Owed[] {
  if (action === undefined || node.compensation.type === 'none') return []
  const outcome = standing(node, action)
  if (outcome === 'none') return []
  // What never got a verdict is the step that the saga turned back at, so it happened last.
  const order = action.settledSeq === 0 ? Number.MAX_SAFE_INTEGER : action.settledSeq
  return [{ step: node.name, outcome, order }]
}

function standing(node: CompensatableStep, action: ActionState): 'succeeded' | 'unknown' | 'none' {
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
  }
}

/** Rejected, and then tried again by an operator's wish: what the rejection left behind is there all the same. */
function mayHaveLeftTraces(node: CompensatableStep, { attempts }: ActionState): boolean {
  return node.compensateWhenRejected && attempts.lastFailure?.kind === 'rejection'
}
