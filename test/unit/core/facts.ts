import type {
  ActionFailed,
  ActionRejected,
  ActionStarting,
  ActionSucceeded,
  CancelRefused,
  CancelRequested,
  CompensationBegan,
  CompensationFailed,
  CompensationReopened,
  CompensationSucceeded,
  LateResult,
  LeaseLost,
  SagaCompensated,
  SagaCompleted,
  SagaResumed,
  SagaStuck,
} from '../../../packages/engine/src/core/event.ts'
import type { FallbackBegan } from '../../../packages/engine/src/core/fallback-event.ts'
import type {
  SignalReceived,
  SignalRefused,
  SignalTaken,
  Slept,
  WaitTimedOut,
} from '../../../packages/engine/src/core/wait-event.ts'
import type {
  ProbeAnswered,
  ProbeFailed,
  ProbingBegan,
} from '../../../packages/engine/src/core/probe-event.ts'
import type {
  Failure,
  FailureKind,
  SagaFailure,
} from '../../../packages/engine/src/core/failure.ts'
import type { JsonValue } from '../../../packages/engine/src/core/json.ts'
import { mainBranch as branch } from '../../../packages/engine/src/core/state.ts'

/** What went wrong, told by its kind: `card_declined` for a rejection, `broken` for an error. */
export function failure(kind: FailureKind): Failure {
  const codes: Partial<Record<FailureKind, string>> = {
    rejection: 'card_declined',
    error: 'broken',
  }
  return { kind, code: codes[kind] ?? kind, message: `It ended in ${kind}.` }
}

/** The same as the saga's first cause. */
export function cause(kind: FailureKind, step: string | null): SagaFailure {
  return { ...failure(kind), step }
}

/** What a cancel leaves as the saga's first cause. */
export const canceled: SagaFailure = {
  kind: 'canceled',
  code: 'canceled',
  message: 'The saga was canceled.',
  step: null,
}

/** What a deadline that has passed leaves as the saga's first cause. */
export const overdue: SagaFailure = {
  kind: 'deadline',
  code: 'deadline',
  message: 'The deadline of the saga passed before its pivot.',
  step: null,
}

export const deadlinePassed = { type: 'deadline_passed' } as const

export function slept(sleep: string): Slept {
  return { type: 'slept', branch, sleep }
}

/** The id of a signal, after what it brings. */
export function signalOf(payload: JsonValue): string {
  return `s-${JSON.stringify(payload)}`
}

/** A signal came; it is named after what it brings. */
export function signaled(name: string, payload: JsonValue): SignalReceived {
  const signalId = signalOf(payload)
  return { type: 'signal_received', signalId, name, payload, actor: null }
}

export function taken(wait: string, payload: JsonValue, value: JsonValue = payload): SignalTaken {
  return { type: 'signal_taken', branch, wait, signalId: signalOf(payload), value }
}

export function refused(wait: string, payload: JsonValue): SignalRefused {
  const problem = 'It is no answer.'
  return { type: 'signal_refused', branch, wait, signalId: signalOf(payload), problem }
}

export function timedOut(wait: string): WaitTimedOut {
  return { type: 'wait_timed_out', branch, wait }
}

export function starting(step: string, claimId: string, attempt = 1): ActionStarting {
  return { type: 'action_starting', branch, step, attempt, claimId }
}

export function succeeded(
  step: string,
  attempt = 1,
  output: JsonValue = `${step}-done`,
): ActionSucceeded {
  return { type: 'action_succeeded', branch, step, attempt, output }
}

export function rejected(step: string, attempt = 1): ActionRejected {
  return { type: 'action_rejected', branch, step, attempt, failure: failure('rejection') }
}

/** An attempt that ended in an error, the next one due after `retryDelayMs`. */
export function failed(
  step: string,
  attempt: number,
  retryDelayMs: number | null,
  quietAfterMs = 0,
): ActionFailed {
  const ended = { failure: failure('error'), retryDelayMs, quietAfterMs }
  return { type: 'action_failed', branch, step, attempt, ...ended }
}

/** The next attempt goes the other way. */
export function fallingBack(
  step: string,
  reason: FallbackBegan['reason'] = 'attempts_spent',
): FallbackBegan {
  return { type: 'fallback_began', branch, step, reason }
}

/** The same verdict, of the fallback. */
export function viaFallback<Verdict extends ActionSucceeded | ActionRejected | ActionFailed>(
  verdict: Verdict,
): Verdict {
  return { ...verdict, via: 'fallback' }
}

/** The step's probe is to be asked. */
export function probing(step: string): ProbingBegan {
  return { type: 'probing_began', branch, step }
}

/** The probe says that an attempt took effect, and so it is. */
export function foundEffect(
  step: string,
  last: number,
  attempt = 1,
): readonly [ProbeAnswered, ActionSucceeded] {
  const answer = { status: 'succeeded' } as const
  return [
    { type: 'probe_answered', branch, step, attempt, answer },
    { ...succeeded(step, last, `${step}-found`), via: 'probe' },
  ]
}

/** The probe says that no attempt took effect. */
export function foundNothing(step: string, attempt = 1): ProbeAnswered {
  const answer = { status: 'rejected', failure: notFound } as const
  return { type: 'probe_answered', branch, step, attempt, answer }
}

/** What a probe says that found nothing. */
export const notFound: Failure = {
  kind: 'rejection',
  code: 'no_effect',
  message: 'The probe found no effect.',
}

/** That no attempt took effect is the verdict. */
export function rejectedByProbe(step: string, last: number): ActionRejected {
  return { ...rejected(step, last), failure: notFound, via: 'probe' }
}

export function probeFailed(
  step: string,
  attempt: number,
  retryDelayMs: number | null,
): ProbeFailed {
  const ended = { failure: failure('error'), retryDelayMs }
  return { type: 'probe_failed', branch, step, attempt, ...ended }
}

export function lost(claimId: string): LeaseLost {
  return { type: 'lease_lost', branch, claimId }
}

/** The way back begins; a step whose name ends in a question mark is undone as unknown. */
export function began(why: SagaFailure, ...steps: readonly string[]): CompensationBegan {
  const owed = steps.map((name) => ({
    step: name.replace('?', ''),
    outcome: name.endsWith('?') ? ('unknown' as const) : ('succeeded' as const),
  }))
  return { type: 'compensation_began', branch, failure: why, steps: owed }
}

export function undone(step: string, attempt = 1): CompensationSucceeded {
  return { type: 'compensation_succeeded', branch, step, attempt }
}

export function undoFailed(
  step: string,
  attempt: number,
  retryDelayMs: number | null,
): CompensationFailed {
  return {
    type: 'compensation_failed',
    branch,
    step,
    attempt,
    failure: failure('error'),
    retryDelayMs,
  }
}

export function reopened(step: string, round: number): CompensationReopened {
  return { type: 'compensation_reopened', branch, step, round }
}

export function completed(output: JsonValue = 'all done'): SagaCompleted {
  return { type: 'saga_completed', output }
}

export const compensated: SagaCompensated = { type: 'saga_compensated' }

/** A halt at a step, going forward unless said otherwise. */
export function stuck(
  code: SagaStuck['code'],
  step: string | null,
  rest: Partial<SagaStuck> = {},
): SagaStuck {
  const record = { direction: 'forward', branch, step, failure: failure('error') } as const
  return { type: 'saga_stuck', code, ...record, ...rest }
}

export const resumed: SagaResumed = { type: 'saga_resumed', actor: 'ann', reason: 'mended' }

export const cancelRequested: CancelRequested = {
  type: 'cancel_requested',
  actor: 'ann',
  reason: 'changed my mind',
}

export const cancelRefused: CancelRefused = {
  type: 'cancel_refused',
  reason: 'The pivot has succeeded; from there the saga only goes forward.',
}

/** A worker that had lost `claimId` reports that its action succeeded after all. */
export function lateSuccess(step: string, claimId: string, attempt = 1): LateResult {
  const outcome = { status: 'succeeded', output: `${step}-late` } as const
  return { type: 'late_result', branch, step, kind: 'action', attempt, claimId, outcome }
}
