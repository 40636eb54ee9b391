import type { CompensationBegan, SagaEvent } from '../../packages/engine/src/core/event.ts'
import { probeOf } from '../../packages/engine/src/core/plan.ts'
import { stepNode } from '../../packages/engine/src/core/plan-steps.ts'
import type { JudgedSaga } from './judged-saga.ts'

/** What must come before a saga turns back because of a step, or stands still in doubt about one. */
export function doubtProblems({ plan, events }: JudgedSaga): readonly string[] {
  return events.flatMap((event, place) => {
    const step = blamed(event)
    if (step === null) return []
    const node = stepNode(plan, step)
    const isInDoubt = event.type !== 'compensation_began' || isUnknown(event, step)
    const before = events.slice(0, place)
    const wasAsked = before.some(
      (earlier) => earlier.type === 'probing_began' && earlier.step === step,
    )
    // Who has asked for a cancel gets it: there is nothing that an operator could still be asked.
    const isParked =
      event.type === 'compensation_began' &&
      node.role !== 'retriable' &&
      node.onFailure === 'park' &&
      !before.some(({ type }) => type === 'cancel_requested')
    return [
      ...(probeOf(node) !== undefined && isInDoubt && !wasAsked
        ? [`${event.type} in doubt about "${step}", and nobody has asked its probe`]
        : []),
      ...(isParked ? [`it turns back because of "${step}", where it was to be parked`] : []),
    ]
  })
}

/** The step because of which it comes to that by itself; null when there is none. */
function blamed(event: SagaEvent): string | null {
  if (event.type === 'compensation_began') {
    const { kind, code, step } = event.failure
    return kind === 'canceled' || code === 'wait_timeout' ? null : step
  }
  if (event.type !== 'saga_stuck' && event.type !== 'branch_halted') return null
  return event.code === 'pivot_outcome_unknown' ? event.step : null
}

/** Whether its attempts came to an end in doubt. A rejection is a verdict: what was tried before it is undone unasked. */
function isUnknown({ steps, failure }: CompensationBegan, step: string): boolean {
  if (failure.kind === 'rejection') return false
  return steps.some((undo) => undo.step === step && undo.outcome === 'unknown')
}
