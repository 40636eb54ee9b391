/**
 * When and how often a failed attempt is made again. Delays grow exponentially and are drawn at random below that bound
 * ("full jitter"), so that sagas that failed together do not come back together.
 */
export interface RetryPolicy extends RetryBudget {
  /**
   * Budgets of their own, for attempts that end in a failure with one of these codes. Each counts its own failures only,
   * and these do not count against the policy's own budget. Absent where there is none.
   */
  readonly byCode?: Readonly<Record<string, RetryBudget>>
}

/** How often attempts are made again that failed, and how soon. */
export interface RetryBudget {
  /** Upper bound of the delay after the first failed attempt, in milliseconds. */
  readonly initialIntervalMs: number
  /** Factor from one bound to the next; at least 1. */
  readonly backoffCoefficient: number
  /** No bound grows beyond this, in milliseconds. */
  readonly maximumIntervalMs: number
  /** How many attempts may fail until there is none after them; `null` means without end. */
  readonly maximumAttempts: number | null
  /** `full` draws between 0 and the bound, `none` waits for exactly the bound. */
  readonly jitter: 'full' | 'none'
}

const backoff = {
  initialIntervalMs: 1_000,
  backoffCoefficient: 2,
  maximumIntervalMs: 60_000,
  jitter: 'full',
} as const

/** Before the pivot, and for the pivot itself: five attempts, then the verdict stands. */
export const defaultActionRetry: RetryPolicy = { ...backoff, maximumAttempts: 5 }

/** After the pivot there is only forward, so attempts do not end. */
export const defaultRetriableRetry: RetryPolicy = { ...backoff, maximumAttempts: null }

/** To find out what became of an action: before anything that is harder to take back. */
export const defaultProbeRetry: RetryPolicy = { ...backoff, maximumAttempts: 3 }

/** An undo is worth more patience than the action was: twenty attempts, then an operator is asked. */
export const defaultCompensationRetry: RetryPolicy = { ...backoff, maximumAttempts: 20 }

/**
 * The delay before the next attempt, in whole milliseconds.
 *
 * @param attempt the attempt that has just failed, from 1, counted among those of this budget
 * @param random a number in [0, 1), drawn by the caller
 */
export function retryDelayMs(policy: RetryBudget, attempt: number, random: number): number {
  const exponential = policy.initialIntervalMs * policy.backoffCoefficient ** (attempt - 1)
  const bound = Math.min(exponential, policy.maximumIntervalMs)
  return Math.round(policy.jitter === 'full' ? bound * random : bound)
}

/** Whether a policy allows no attempt after `attempts` have ended. */
export function isSpent(policy: RetryBudget, attempts: number): boolean {
  return policy.maximumAttempts !== null && attempts >= policy.maximumAttempts
}
