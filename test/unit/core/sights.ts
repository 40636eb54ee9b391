import type { NoopReason } from '../../../packages/engine/src/core/event.ts'
import type {
  CheckSignal,
  Complete,
  Halt,
  RunAction,
  RunCompensation,
  RunProbe,
  Wait,
} from '../../../packages/engine/src/core/command.ts'
import type {
  ActionVerdict,
  CancelAsked,
  Claimed,
  CompensationVerdict,
  LateReport,
  OutputComputed,
  ProbeVerdict,
  RetryAsked,
  SignalChecked,
  Unworkable,
} from '../../../packages/engine/src/core/observation.ts'
import type { JsonValue } from '../../../packages/engine/src/core/json.ts'
import { mainBranch as branch } from '../../../packages/engine/src/core/state.ts'
import { failure, notFound, signalOf } from './facts.ts'
import { now } from './journals.ts'

/** What a branch does that sleeps. */
export function waits(delayMs: number, queue = 'default'): Wait {
  return { type: 'wait', branch, queue, delayMs }
}

/** What a signal brought is to be checked. */
export function check(wait: string, payload: JsonValue): CheckSignal {
  return { type: 'check_signal', branch, wait, signalId: signalOf(payload), payload }
}

/** The schema took what a signal brought, and made something of it. */
export function sawSignal(wait: string, payload: JsonValue, value = payload): SignalChecked {
  const signal = { branch, wait, signalId: signalOf(payload), at: now }
  return { type: 'signal_checked', ...signal, accepted: true, value }
}

/** The schema refused it. */
export function sawBadSignal(wait: string, payload: JsonValue): SignalChecked {
  const signal = { branch, wait, signalId: signalOf(payload), at: now }
  return { type: 'signal_checked', ...signal, accepted: false, problem: 'It is no answer.' }
}

/** A worker claims the branch, by default long after everything else. */
export function claims(claimId: string, at = now): Claimed {
  return { type: 'claimed', branch, claimId, at }
}

/** The same, where the circuit of its step is open for so long. */
export function claimsBehindCircuit(claimId: string, circuitOpenMs = 4_000, at = now): Claimed {
  return { ...claims(claimId, at), circuitOpenMs }
}

export function sawSuccess(
  step: string,
  attempt = 1,
  output: JsonValue = `${step}-done`,
): ActionVerdict {
  return { type: 'action_succeeded', branch, step, attempt, output, at: now }
}

export function sawRejection(step: string, attempt = 1): ActionVerdict {
  const ended = { failure: failure('rejection'), random: 0.5, at: now }
  return { type: 'action_rejected', branch, step, attempt, ...ended }
}

/** An attempt ended in an error; `rest` may say when, with what luck, and how long until its handler is quiet. */
export function sawError(
  step: string,
  attempt = 1,
  rest: { readonly at?: number; readonly random?: number; readonly quietAfterMs?: number } = {},
): ActionVerdict {
  const ended = { failure: failure('error'), random: 0.5, quietAfterMs: 0, at: now, ...rest }
  return { type: 'action_failed', branch, step, attempt, ...ended }
}

/** The probe answered; found or not. */
export function sawEffect(step: string, attempt = 1): ProbeVerdict {
  const answer = { status: 'succeeded', output: `${step}-found` } as const
  return { type: 'probe_answered', branch, step, attempt, at: now, answer }
}

export function sawNothing(step: string, attempt = 1): ProbeVerdict {
  const answer = { status: 'rejected', failure: notFound } as const
  return { type: 'probe_answered', branch, step, attempt, at: now, answer }
}

export function sawProbeError(
  step: string,
  attempt = 1,
  rest: { readonly retryAfterMs?: number } = {},
): ProbeVerdict {
  const ended = { failure: failure('error'), random: 0.5, at: now, ...rest }
  return { type: 'probe_failed', branch, step, attempt, ...ended }
}

export function sawUndone(step: string, attempt = 1): CompensationVerdict {
  return { type: 'compensation_succeeded', branch, step, attempt, at: now }
}

export function sawNoop(step: string, noop: NoopReason): CompensationVerdict {
  return { type: 'compensation_succeeded', branch, step, attempt: 1, at: now, noop }
}

export function sawUndoError(step: string, attempt = 1): CompensationVerdict {
  const ended = { failure: failure('error'), random: 0.5, at: now }
  return { type: 'compensation_failed', branch, step, attempt, ...ended }
}

export function computed(output: JsonValue = 'all done'): OutputComputed {
  return { type: 'output_computed', branch, output, at: now }
}

/** The claimed work cannot be done here; with `ran`, the handler had run. */
export function cannot(code: Unworkable['code'], ran: Unworkable['ran'] = null): Unworkable {
  return { type: 'unworkable', branch, code, failure: failure('error'), ran, at: now }
}

export const asksToCancel: CancelAsked = {
  type: 'cancel_asked',
  actor: 'ann',
  reason: 'changed my mind',
}

export const asksToRetry: RetryAsked = { type: 'retry_asked', actor: 'ann', reason: 'mended' }

/** A worker that had lost `claimId` reports; by default that the action succeeded. */
export function reports(step: string, claimId: string, rest: Partial<LateReport> = {}): LateReport {
  const outcome = { status: 'succeeded', output: `${step}-late` } as const
  const told = { type: 'late_report', branch, step, kind: 'action', attempt: 1, claimId } as const
  return { ...told, outcome, ...rest }
}

/** The command to run an action at once, unless said otherwise. */
export function run(step: string, attempt = 1, rest: Partial<RunAction> = {}): RunAction {
  const how = { queue: 'default', delayMs: 0 } as const
  return { type: 'run_action', branch, step, attempt, ...how, ...rest }
}

/** The command to ask a probe at once, unless said otherwise. */
export function ask(step: string, attempt = 1, delayMs = 0): RunProbe {
  return { type: 'run_probe', branch, step, attempt, queue: 'default', delayMs }
}

/** The command to undo a step that succeeded, in its first round, at once, unless said otherwise. */
export function undo(
  step: string,
  attempt = 1,
  rest: Partial<RunCompensation> = {},
): RunCompensation {
  const how = {
    queue: 'default',
    delayMs: 0,
    outcome: 'succeeded',
    round: 1,
  } as const
  return { type: 'run_compensation', branch, step, attempt, ...how, ...rest }
}

export const complete: Complete = { type: 'complete', branch }

export const halt: Halt = { type: 'halt', branch }
