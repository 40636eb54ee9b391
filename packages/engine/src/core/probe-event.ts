import type { Failure } from './failure.ts'

/** The step's probe is asked what became of its action, before anything else is made of the doubt. */
export interface ProbingBegan {
  readonly type: 'probing_began'
  readonly branch: string
  readonly step: string
}

/**
 * The probe knows: an attempt took effect, or none of those so far did. Behind it, in the same row, stands the verdict that
 * follows; there is none where an operator's retry is about to make another attempt.
 */
export interface ProbeAnswered {
  readonly type: 'probe_answered'
  readonly branch: string
  readonly step: string
  readonly attempt: number
  readonly answer:
    | { readonly status: 'succeeded' }
    | { readonly status: 'rejected'; readonly failure: Failure }
}

/** The probe could not tell. The outcome is as unknown as before. */
export interface ProbeFailed {
  readonly type: 'probe_failed'
  readonly branch: string
  readonly step: string
  readonly attempt: number
  readonly failure: Failure
  /** Milliseconds until it is asked again; `null` when it will not be. */
  readonly retryDelayMs: number | null
}
