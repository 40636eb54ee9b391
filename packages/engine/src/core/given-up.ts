import type { StepNode } from './plan.ts'
import { isUsedUp } from './retry-budget.ts'
import type { ActionState } from './state.ts'

/** Whether no more attempts are to be made at the action of a step: it was settled or given up, or its budgets are spent. */
export function isGivenUp(node: StepNode, action: ActionState, at: number): boolean {
  const { status, attempts, scheduledAt, fallback } = action
  if (status !== 'scheduled' || fallback === 'spent') return true
  if (fallback === 'due') return false
  const { endedSinceResume, lastFailure } = attempts
  if (lastFailure === null || endedSinceResume === 0) return false
  const late = node.totalTimeoutMs !== null && at - scheduledAt >= node.totalTimeoutMs
  return late || isUsedUp(node.retry, attempts, lastFailure)
}
