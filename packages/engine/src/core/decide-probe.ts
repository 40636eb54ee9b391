import { attemptsSpent } from './attempts-spent.ts'
import type { ProbeAnswered } from './probe-event.ts'
import { failedForGood } from './failed-for-good.ts'
import type { Failure } from './failure.ts'
import { isGivenUp } from './given-up.ts'
import { judgedStep } from './judged-step.ts'
import { foreseen, type Moment } from './moment.ts'
import { nextAction, turnsBack } from './next-action.ts'
import type { ProbeVerdict } from './observation.ts'
import { probeOf, type CompensatableStep, type PivotStep, type Plan } from './plan.ts'
import { stepKey } from './plan-steps.ts'
import { openProbe } from './probing.ts'
import { delayAfter } from './retry-budget.ts'
import type { SagaDecision } from './saga-decision.ts'
import { stepOf } from './state-patch.ts'
import type { Attempts, SagaState } from './state.ts'

/**
 * Decides on what a probe has found out. Its answer is about all attempts so far: it is the verdict on a step whose attempts
 * are over, and takes the doubt from one that is to be tried again.
 */
export function decideProbe(plan: Plan, state: SagaState, verdict: ProbeVerdict): SagaDecision {
  switch (verdict.type) {
    case 'probe_answered':
      return answered(plan, state, verdict)
    case 'probe_failed':
      return failed(plan, state, verdict)
  }
}

type Answered = Extract<ProbeVerdict, { type: 'probe_answered' }>
type Failed = Extract<ProbeVerdict, { type: 'probe_failed' }>

function answered(plan: Plan, state: SagaState, verdict: Answered): SagaDecision {
  const { branch, step, attempt, answer, at } = verdict
  const { node } = probed(plan, state, verdict)
  const told = { type: 'probe_answered', branch, step, attempt } as const
  if (answer.status === 'rejected') {
    const event: ProbeAnswered = { ...told, answer }
    const moved = foreseen(plan, state, event, at)
    const { failure } = answer
    return withoutEffect(plan, moved, { branch, at, events: [event], node, failure })
  }
  const { ended } = stepOf(state, step).action.attempts
  const { output, status } = answer
  const event: ProbeAnswered = { ...told, answer: { status } }
  const known = foreseen(plan, state, event, at)
  const success = { type: 'action_succeeded', branch, step, output, via: 'probe' } as const
  const settled = { ...success, attempt: ended }
  const moved = foreseen(plan, known, settled, at)
  return nextAction(plan, moved, { branch, at, events: [event, settled] })
}

/** No attempt so far has an effect: that is the verdict, unless an operator has asked for another attempt. */
function withoutEffect(
  plan: Plan,
  state: SagaState,
  moment: Moment & { readonly node: Probed['node']; readonly failure: Failure },
): SagaDecision {
  const { branch, at, node, failure, events } = moment
  const step = stepKey(plan, branch, node)
  const { action } = stepOf(state, step)
  const { status, attempts, lateSuccess } = action
  // A late success beats the probe, and an attempt is made that was asked for.
  if (lateSuccess !== null || !isGivenUp(node, action, at)) return nextAction(plan, state, moment)
  if (status === 'rejected' && attempts.lastFailure !== null) {
    // What the participant said itself tells more than what the probe did not find.
    return failedForGood(plan, state, { ...moment, failure: attempts.lastFailure })
  }
  const attempt = attempts.ended
  const verdict = { type: 'action_rejected', branch, step, attempt, failure, via: 'probe' } as const
  const settled = foreseen(plan, state, verdict, at)
  return failedForGood(plan, settled, { ...moment, events: [...events, verdict] })
}

function failed(plan: Plan, state: SagaState, verdict: Failed): SagaDecision {
  const { branch, step, attempt, failure, at } = verdict
  const { node, probe, retry } = probed(plan, state, verdict)
  const retryDelayMs = delayAfter(retry, probe, verdict)
  const event = { type: 'probe_failed', branch, step, attempt, failure, retryDelayMs } as const
  const moved = foreseen(plan, state, event, at)
  const moment = { branch, at, events: [event], node }
  const { action } = stepOf(moved, step)
  const { lastFailure } = action.attempts
  const isOver = retryDelayMs === null && isGivenUp(node, action, at) && action.lateSuccess === null
  // As if there were no probe.
  return isOver && !turnsBack(plan, moved, branch) && lastFailure !== null
    ? attemptsSpent(plan, moved, { ...moment, failure: lastFailure })
    : nextAction(plan, moved, moment)
}

interface Probed {
  readonly node: CompensatableStep | PivotStep
  readonly probe: Attempts
  readonly retry: Parameters<typeof delayAfter>[0]
}

/** What a probe's verdict is about. */
function probed(plan: Plan, state: SagaState, verdict: ProbeVerdict): Probed {
  const node = judgedStep(plan, state, verdict)
  const probe = openProbe(node, stepOf(state, verdict.step).action)
  const retry = probeOf(node)?.retry
  if (node.role !== 'retriable' && probe !== null && retry !== undefined)
    return { node, probe, retry }
  throw new RangeError(`Saga ${state.sagaId} has not asked the probe of "${verdict.step}".`)
}
