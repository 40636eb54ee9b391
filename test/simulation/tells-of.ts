import type { SagaEvent } from '../../packages/engine/src/core/event.ts'
import { earlierKey } from '../../packages/engine/src/core/plan-steps.ts'
import type { LateOutcome } from '../../packages/engine/src/core/late-event.ts'
import type { HandlerCall } from './ledger.ts'

/** Whether an event says that this attempt has come to that. */
export function tellsOf(
  event: SagaEvent,
  { direction, step, attempt, actionRound }: HandlerCall,
  status: LateOutcome['status'],
): boolean {
  if (!('attempt' in event) || event.attempt !== attempt) return false
  if (event.step !== step && event.step !== earlierKey(step, actionRound)) return false
  if (event.type === 'late_result') {
    return event.kind === direction && event.outcome.status === status
  }
  return event.type === `${direction}_${status}`
}
