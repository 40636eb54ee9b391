import { attemptOf, type HaltedStep, haltedStep } from './halted-step.ts'
import type { FollowingEvent } from './event.ts'
import type { Failure } from './failure.ts'
import type { JsonValue } from './json.ts'
import { foreseen } from './moment.ts'
import { nextAction, turnBack } from './next-action.ts'
import { nextUndo } from './next-undo.ts'
import type { StepAsked } from './operator-asked.ts'
import type { OperatorActed } from './operator-event.ts'
import type { Plan } from './plan.ts'
import { isReadLater } from './read-later.ts'
import { refuse, type SagaDecision } from './saga-decision.ts'
import { stepOf } from './state-patch.ts'
import type { SagaState } from './state.ts'

type AskedTo<Verb extends StepAsked['verb']> = StepAsked & { readonly verb: Verb }

/** Decides what an operator makes of a step that a stuck saga is halted at. */
export function decideHalted(plan: Plan, state: SagaState, asked: StepAsked): SagaDecision {
  const isForward = asked.verb === 'skip' || asked.verb === 'resolve'
  const halted = haltedStep(plan, state, {
    step: asked.step,
    direction: isForward ? 'forward' : 'backward',
  })
  if (typeof halted === 'string') return refuse(halted)
  switch (asked.verb) {
    case 'skip':
      return skip(halted, asked)
    case 'resolve':
      return resolve(halted, asked)
    case 'mark_compensated':
    case 'waive':
      return settle(halted, asked)
  }
}

function skip(halted: HaltedStep, asked: AskedTo<'skip'>): SagaDecision {
  const { plan, step, node, branch } = halted
  if (node.role === 'pivot') {
    return refuse(`"${step}" is the pivot, which decides: resolve it, or retry it.`)
  }
  const { output } = asked
  if (output === undefined && isReadLater(plan, branch, node)) {
    return refuse(
      `What comes behind "${step}" reads its output: give the output that it is to see, or resolve the step.`,
    )
  }
  const event = { type: 'action_skipped', branch, step } as const
  const skipped = output === undefined ? event : { ...event, output }
  return goOn(halted, [actedOn(halted, asked, 'skipped'), skipped])
}

function resolve(halted: HaltedStep, asked: AskedTo<'resolve'>): SagaDecision {
  const { outcome } = asked
  return outcome.status === 'succeeded'
    ? succeed(halted, asked, outcome.output)
    : reject(halted, asked)
}

function succeed(halted: HaltedStep, asked: StepAsked, output: JsonValue): SagaDecision {
  const { step, branch } = halted
  const attempt = attemptOf(halted)
  return goOn(halted, [
    actedOn(halted, asked, 'succeeded'),
    { type: 'action_succeeded', branch, step, attempt, output, via: 'operator' },
  ])
}

const noEffect: Failure = {
  kind: 'rejection',
  code: 'no_effect',
  message: 'An operator made sure that it has no effect.',
}

function reject(halted: HaltedStep, asked: StepAsked): SagaDecision {
  const { plan, step, branch, node, stop } = halted
  if (node.role === 'retriable') {
    return refuse(
      `"${step}" is behind the pivot, from where the saga only goes forward: retry it, skip it, or resolve it with an output.`,
    )
  }
  const attempt = attemptOf(halted)
  const { state, events } = after(halted, [
    actedOn(halted, asked, 'rejected'),
    { type: 'action_rejected', branch, step, attempt, failure: noEffect, via: 'operator' },
  ])
  // What stopped the saga is why it turns back; that nothing stands of it only says how far.
  const failure = { ...stop.failure, step }
  return turnBack(plan, state, { branch, at: stop.since, events, failure })
}

function settle(halted: HaltedStep, asked: AskedTo<'mark_compensated' | 'waive'>): SagaDecision {
  const { plan, step, branch, stop } = halted
  const as = asked.verb === 'waive' ? 'waived' : 'manual'
  const { state, events } = after(halted, [
    actedOn(halted, asked, as),
    { type: 'compensation_settled', branch, step, as },
  ])
  return nextUndo(plan, state, { branch, at: stop.since, events })
}

function goOn(halted: HaltedStep, made: readonly FollowingEvent[]): SagaDecision {
  const { plan, branch, stop } = halted
  const { state, events } = after(halted, made)
  return nextAction(plan, state, { branch, at: stop.since, events })
}

interface After {
  readonly state: SagaState
  readonly events: readonly FollowingEvent[]
}

function after({ plan, state, stop }: HaltedStep, events: readonly FollowingEvent[]): After {
  const moved = events.reduce((next, event) => foreseen(plan, next, event, stop.since), state)
  return { state: moved, events }
}

function actedOn(
  { state, branch, step, stop }: HaltedStep,
  { verb, actor, reason }: StepAsked,
  next: string,
): OperatorActed {
  const { action, compensation } = stepOf(state, step)
  const before = stop.direction === 'forward' ? action.status : compensation.status
  return { type: 'operator_acted', verb, actor, reason, branch, step, before, after: next }
}
