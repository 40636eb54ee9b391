import type { Failure } from './failure.ts'

/** Why a saga cannot go on by itself, and what an operator can do about it. The codes are stable. */
export const stuckCodes = {
  compensation_exhausted:
    'A compensation used up its attempts. Mend what it needs, then retry; what it undoes still stands.',
  retriable_step_exhausted:
    'A step after the pivot used up its attempts. Mend what it needs, then retry.',
  pivot_outcome_unknown:
    'Nobody knows whether the pivot took effect. Find out from the participant; retry asks its probe if it has one, and runs it again under the same key.',
  definition_missing:
    'No worker here has this version of the saga definition. Deploy one that registers it, then retry.',
  handler_missing:
    'The definition is registered, but the step has no handler. Deploy it with the handler, then retry.',
  payload_invalid:
    'A result cannot be stored, or breaks its schema. Mend the handler, then retry; its effect may stand.',
  orphan_effect:
    'An action reported success after it had been undone. Retry undoes it in a new round.',
  poison_task:
    'The worker died each time it ran this step, in the end with nothing else beside it. Mend the handler, then retry.',
  parked_by_policy:
    'The step asks for an operator instead of going back. Look at it, then retry or cancel.',
} as const

/** A stable stuck code; `stuckCodes` says what each one means. */
export type StuckCode = keyof typeof stuckCodes

/** The record of a halt. */
export interface Stuck {
  readonly code: StuckCode
  /** Where the saga was going. */
  readonly direction: 'forward' | 'backward'
  readonly branch: string
  readonly step: string | null
  /** What stopped it: the last error where there was one. */
  readonly failure: Failure
  /** Since when, in milliseconds since 1970. */
  readonly since: number
}
