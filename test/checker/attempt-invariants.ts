import type { FollowingEvent } from '../../packages/engine/src/core/event.ts'
import { entriesIn, valueAt } from '../../packages/engine/src/core/key-map.ts'
import { stepKey, undoOf } from '../../packages/engine/src/core/plan-steps.ts'
import type { Plan } from '../../packages/engine/src/core/plan.ts'
import { currentStep } from '../../packages/engine/src/core/state-patch.ts'
import type { SagaState, StepState } from '../../packages/engine/src/core/state.ts'
import type { HandlerKind } from './handler-kind.ts'
import { probesOf, stepNamed } from './plan-steps.ts'
import type { RowCase } from './row-case.ts'
import type { Shape } from './shape.ts'

/** What happens to one handler of a step counts there, once, and nowhere else. */
export function attemptsCountApart(
  { plan }: Shape,
  { before, after, decision }: RowCase,
): string | null {
  const failed = decision.events.find(isFailure)
  if (failed === undefined || decision.events.some(beginsAnew)) return null
  const directions = directionsOf(plan, failed, before)
  // Of a lost lease nobody says which step it was, and perhaps nothing ran.
  const named = failed.type === 'lease_lost' ? null : failed.step
  const counted = countsOf(before, after)
  const stray = counted.find(
    (count) =>
      count.more > 1 ||
      !directions.includes(count.direction) ||
      (named !== null && count.step !== named),
  )
  if (stray !== undefined)
    return `I13: an attempt at the ${directions[0]} counts as ${stray.more} at the ${stray.direction} of "${stray.step}"`
  const isForgotten = failed.type === 'probe_failed' && isSettled(after, failed.step)
  return named === null || counted.length === 1 || isForgotten
    ? null
    : `I13: an attempt at the ${directions[0]} of "${named}" is not counted`
}

type Failure = Extract<
  FollowingEvent,
  {
    readonly type:
      | 'lease_lost'
      | 'action_failed'
      | 'action_rejected'
      | 'probe_failed'
      | 'compensation_failed'
  }
>

function isFailure(event: FollowingEvent): event is Failure {
  // What a probe denies is about attempts that have been counted.
  if (event.type === 'action_rejected' && event.via === 'probe') return false
  return /^(lease_lost|(action|probe|compensation)_failed|action_rejected)$/.test(event.type)
}

/** Whoever asks an operator, or undoes once more, gets a fresh budget. */
function beginsAnew({ type }: FollowingEvent): boolean {
  return type === 'saga_resumed' || type === 'compensation_reopened'
}

/** What an attempt may have been at. A lost lease is of the probe while that is being asked. */
function directionsOf(plan: Plan, event: Failure, state: SagaState): readonly HandlerKind[] {
  switch (event.type) {
    case 'lease_lost':
      return state.status === 'running' ? directionsOn(plan, state, event.branch) : ['compensation']
    case 'action_failed':
    case 'action_rejected':
      return ['action']
    case 'probe_failed':
      return ['probe']
    case 'compensation_failed':
      return ['compensation']
  }
}

function directionsOn(plan: Plan, state: SagaState, branch: string): readonly HandlerKind[] {
  const node = currentStep(plan, state, branch)
  if (node === undefined) return ['action']
  const step = stepKey(plan, branch, node)
  const probe = valueAt(state.steps, step)?.action.probe ?? null
  if (probe === null) return ['action']
  const isOpen = probe.ended < probesOf(plan, step)
  // One that has been asked to the end may be followed by another attempt at the action.
  return isOpen ? ['probe'] : ['action', 'probe']
}

/** Nobody asks any more what became of an action that has succeeded. */
function isSettled({ steps }: SagaState, step: string): boolean {
  return valueAt(steps, step)?.action.status === 'succeeded'
}

interface Count {
  readonly step: string
  readonly direction: HandlerKind
  /** So many attempts more than before; never 0. */
  readonly more: number
}

function countsOf(before: SagaState, after: SagaState): readonly Count[] {
  return entriesIn(before.steps).flatMap(([step, was]) =>
    directions.flatMap((direction) => {
      const is = valueAt(after.steps, step)
      const more = is === undefined ? 0 : endedOf(is, direction) - endedOf(was, direction)
      // A probe that is asked no more is forgotten.
      return more === 0 || (direction === 'probe' && more < 0) ? [] : [{ step, direction, more }]
    }),
  )
}

const directions = ['action', 'probe', 'compensation'] as const

function endedOf({ action, compensation }: StepState, direction: HandlerKind): number {
  switch (direction) {
    case 'action':
      return action.attempts.endedSinceResume
    case 'probe':
      return action.probe?.ended ?? 0
    case 'compensation':
      return compensation.attempts.endedSinceResume
  }
}

/** Nobody gives up before the budget of the handler in question is spent. */
export function budgetsAreSpentFirst({ plan }: Shape, { after, decision }: RowCase): string | null {
  for (const event of decision.events) {
    const direction = event.type === 'saga_stuck' ? exhausted[event.code] : undefined
    if (event.type !== 'saga_stuck' || event.step === null || direction === undefined) continue
    const step = valueAt(after.steps, event.step)
    if (step === undefined || !isSpent(step, direction, budgetOf(plan, event.step, direction)))
      return `I13: "${event.step}" is given up before its budget is spent`
  }
  return null
}

/** An open circuit has the fallback come before the budget is spent, and nothing comes behind it. */
function isSpent(step: StepState, direction: HandlerKind, budget: number): boolean {
  if (direction === 'action' && step.action.fallback === 'spent') return true
  return endedOf(step, direction) >= budget
}

/** Codes that say that a budget is spent, and whose. */
const exhausted: Readonly<Record<string, HandlerKind>> = {
  compensation_exhausted: 'compensation',
  retriable_step_exhausted: 'action',
}

function budgetOf(plan: Plan, step: string, direction: HandlerKind): number {
  const retry =
    direction === 'compensation' ? undoOf(plan, step)?.retry : stepNamed(plan, step)?.retry
  return retry?.maximumAttempts ?? Number.POSITIVE_INFINITY
}
