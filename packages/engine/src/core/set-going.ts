import { probeOrAct, probingOf } from './begin-probing.ts'
import type { FollowingEvent } from './event.ts'
import { haltsOf } from './halts-of.ts'
import { foreseen } from './moment.ts'
import { nextUndo } from './next-undo.ts'
import type { ProbingBegan } from './probe-event.ts'
import type { Plan } from './plan.ts'
import { nothing, type SagaDecision } from './saga-decision.ts'
import type { SagaState } from './state.ts'

/** What a stuck saga does that this event has set going, in the direction that it had. */
export function setGoing(
  plan: Plan,
  state: Extract<SagaState, { status: 'stuck' }>,
  event: FollowingEvent,
): SagaDecision {
  const { branch, since } = state.stuck
  const moved = foreseen(plan, state, event, since)
  // In a fork, each branch that was halted goes on by itself.
  if (moved.fork !== null) return { ...nothing, events: [event, ...probings(plan, state, moved)] }
  const moment = { branch, at: since, events: [event] }
  return moved.status === 'compensating'
    ? nextUndo(plan, moved, moment)
    : probeOrAct(plan, moved, moment)
}

/** What the branches that were halted ask first. */
function probings(
  plan: Plan,
  before: Extract<SagaState, { status: 'stuck' }>,
  moved: SagaState,
): readonly ProbingBegan[] {
  if (moved.status !== 'running') return []
  return haltsOf(before).flatMap(({ branch }) => probingOf(plan, moved, branch) ?? [])
}
