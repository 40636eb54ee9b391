import type { Failure } from './failure.ts'
import { hasOwnBudget } from './retry-budget.ts'
import type { RetryPolicy } from './retry-policy.ts'
import type { Attempts } from './state.ts'

/** How an attempt ended that did not succeed. */
export interface FailedAttempt {
  readonly failure: Failure
  /** The journal row that says so. */
  readonly seq: number
  /** No attempt is made before this time. */
  readonly notBefore: number
  /** Of the handler, if the plan has it: says what the failure counts against. */
  readonly policy: RetryPolicy | undefined
}

/** No attempt made yet, the first one due at `notBefore`. */
export function noAttempts(notBefore: number): Attempts {
  return {
    ended: 0,
    endedSinceResume: 0,
    byCode: {},
    notBefore,
    firstFailure: null,
    firstFailureSeq: 0,
    lastFailure: null,
    lastFailureSeq: 0,
  }
}

/** One more attempt ended, and well. */
export function countSuccess(attempts: Attempts): Attempts {
  const { ended, endedSinceResume } = attempts
  return { ...attempts, ended: ended + 1, endedSinceResume: endedSinceResume + 1, notBefore: 0 }
}

/** One more attempt ended badly, or nobody knows how. */
export function countFailure(attempts: Attempts, failed: FailedAttempt): Attempts {
  const { failure, seq, notBefore, policy } = failed
  const first = attempts.firstFailure === null
  return {
    ended: attempts.ended + 1,
    endedSinceResume: attempts.endedSinceResume + 1,
    byCode: hasOwnBudget(policy, failure.code)
      ? { ...attempts.byCode, [failure.code]: (attempts.byCode[failure.code] ?? 0) + 1 }
      : attempts.byCode,
    notBefore,
    firstFailure: attempts.firstFailure ?? failure,
    firstFailureSeq: first ? seq : attempts.firstFailureSeq,
    lastFailure: failure,
    lastFailureSeq: seq,
  }
}

/** The whole budget again, at once; the history stays. */
export function freshBudget(attempts: Attempts): Attempts {
  return { ...attempts, endedSinceResume: 0, byCode: {}, notBefore: 0 }
}
