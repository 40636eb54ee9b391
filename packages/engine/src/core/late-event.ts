import type { Failure } from './failure.ts'
import type { JsonValue } from './json.ts'

/** What a worker reported after its claim was lost. Kept, and never taken for a verdict by itself. */
export interface LateResult {
  readonly type: 'late_result'
  readonly branch: string
  readonly step: string
  readonly kind: 'action' | 'compensation'
  readonly attempt: number
  readonly claimId: string
  readonly outcome: LateOutcome
  /** Of an action: the round of the attempt; left out in the first one. */
  readonly round?: number
}

/** What the late worker saw. */
export type LateOutcome =
  | { readonly status: 'succeeded'; readonly output: JsonValue }
  | { readonly status: 'rejected' | 'failed'; readonly failure: Failure }
