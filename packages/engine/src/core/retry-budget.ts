import type { Failure } from './failure.ts'
import { probeOf, type Plan } from './plan.ts'
import { plannedStep, undoOf } from './plan-steps.ts'
import { isSpent, retryDelayMs, type RetryBudget, type RetryPolicy } from './retry-policy.ts'
import type { Attempts } from './state.ts'

/** How an attempt ended that may be made again. */
export interface RetriedAttempt {
  readonly failure: Failure
  /** Drawn from [0, 1) for the jitter. */
  readonly random: number
  /** What the handler asked for: not sooner than this. */
  readonly retryAfterMs?: number
}

/**
 * Milliseconds to the next attempt when one more has ended like this; null when the budget that its failure counts against
 * is spent. What the handler asked for is a lower bound: the policy may wait longer.
 */
export function delayAfter(
  policy: RetryPolicy,
  attempts: Attempts,
  { failure, random, retryAfterMs = 0 }: RetriedAttempt,
): number | null {
  const { budget, failed } = standingOf(policy, attempts, failure.code)
  if (isSpent(budget, failed + 1)) return null
  return Math.max(retryAfterMs, retryDelayMs(budget, failed + 1, random))
}

/** Whether a failure, the last one, has used up the budget that it counts against. */
export function isUsedUp(policy: RetryPolicy, attempts: Attempts, last: Failure): boolean {
  const { budget, failed } = standingOf(policy, attempts, last.code)
  return isSpent(budget, failed)
}

/** Whether failures with this code count against a budget of their own. */
export function hasOwnBudget(policy: RetryPolicy | undefined, code: string): boolean {
  return policy?.byCode !== undefined && Object.hasOwn(policy.byCode, code)
}

interface Standing {
  readonly budget: RetryBudget
  /** How many attempts have counted against it since the last fresh budget. */
  readonly failed: number
}

function standingOf(policy: RetryPolicy, attempts: Attempts, code: string): Standing {
  const own = hasOwnBudget(policy, code) ? policy.byCode?.[code] : undefined
  if (own !== undefined) return { budget: own, failed: attempts.byCode[code] ?? 0 }
  const elsewhere = Object.values(attempts.byCode).reduce((sum, count) => sum + count, 0)
  return { budget: policy, failed: attempts.endedSinceResume - elsewhere }
}

/** The retry policy of a step's handler; undefined where the plan has no such handler. */
export function retryOf(
  plan: Plan,
  step: string,
  kind: 'action' | 'probe' | 'compensation',
): RetryPolicy | undefined {
  if (kind === 'compensation') return undoOf(plan, step)?.retry
  const node = plannedStep(plan, step)?.node
  if (kind === 'action' || node === undefined) return node?.retry
  return probeOf(node)?.retry
}
