import type { Command, Compute } from '../../packages/engine/src/core/command.ts'
import type { Failure } from '../../packages/engine/src/core/failure.ts'
import type {
  LateReport,
  Observation,
  OnBranchObservation,
} from '../../packages/engine/src/core/observation.ts'
import { delayMs, now, quietMs } from './abstract-state.ts'
import type { HandlerKind } from './handler-kind.ts'
import { checkedItems } from './plan-steps.ts'

/** A handler to run: what of a command makes a difference. */
export interface Work {
  /** Equal work has equal numbers. */
  readonly id: number
  readonly branch: string
  readonly kind: HandlerKind
  readonly step: string
  readonly attempt: number
  readonly round: number
  /** Whether it goes the other way. */
  readonly isFallback: boolean
}

/**
 * How a handler ended, as its turn sees it. `unsettled`: it was given up and is still at work. A probe that ends in success has
 * found the effect, one that ends in rejection has found none, and one that fails cannot tell.
 */
export const results = ['success', 'rejection', 'failure', 'unsettled', 'unusable'] as const

/** One of these. */
export type Result = (typeof results)[number]

/** The name of a claim that stands, in whatever a decision sees of it. */
export const heldClaim = 'held'
/** The name of a claim that wrote a start and was given up. */
export const formerClaim = 'former'
/** The name of a claim whose loss is in the journal. */
const lostClaim = 'lost'

const failure: Failure = { kind: 'error', code: 'new', message: 'a new failure' }
const rejection: Failure = { kind: 'rejection', code: 'new', message: 'a new rejection' }

/** A holder asks what to do. */
export function claimed(branch: string): OnBranchObservation {
  return { type: 'claimed', branch, claimId: heldClaim, at: now }
}

/** The same where the circuit of its step is open, until retries are due. */
export function claimedBehindCircuit(branch: string): OnBranchObservation {
  return { type: 'claimed', branch, claimId: heldClaim, at: now, circuitOpenMs: delayMs }
}

/** A holder has no definition to work with. */
export function unknownDefinition(branch: string): OnBranchObservation {
  return { type: 'unworkable', code: 'definition_missing', failure, branch, at: now, ran: null }
}

/** What the functions of the definition say. */
export function computedFor(command: Compute, takesChoices: boolean): OnBranchObservation {
  const { branch } = command
  switch (command.type) {
    case 'complete':
      return { type: 'output_computed', branch, output: null, at: now }
    case 'compute_items':
      return { type: 'items_computed', branch, items: checkedItems, at: now }
    case 'compute_choice':
      return { type: 'choice_computed', branch, taken: takesChoices, at: now }
    case 'check_signal': {
      const { wait, signalId, payload: value } = command
      return { type: 'signal_checked', branch, wait, signalId, accepted: true, value, at: now }
    }
  }
}

/** What of a decision is to be computed before anything is written. */
export function toCompute(commands: readonly Command[]): Compute | null {
  return commands.find(isCompute) ?? null
}

function isCompute(command: Command): command is Compute {
  return /^(complete|compute_items|compute_choice|check_signal)$/.test(command.type)
}

/** What a turn sees of a handler that ended. */
export function observed(work: Work, result: Result): OnBranchObservation {
  switch (work.kind) {
    case 'action':
      return actionEnd(work, result)
    case 'probe':
      return probeEnd(work, result)
    case 'compensation':
      return compensationEnd(work, result)
  }
}

function actionEnd({ branch, step, attempt }: Work, result: Result): OnBranchObservation {
  const base = { branch, step, attempt, at: now, random: 0 } as const
  switch (result) {
    case 'success':
      return { ...base, type: 'action_succeeded', output: null }
    case 'rejection':
      return { ...base, type: 'action_rejected', failure: rejection }
    case 'failure':
      return { ...base, type: 'action_failed', failure, quietAfterMs: 0 }
    case 'unsettled':
      return { ...base, type: 'action_failed', failure, quietAfterMs: quietMs }
    case 'unusable':
      return {
        branch,
        at: now,
        type: 'unworkable',
        code: 'payload_invalid',
        failure,
        ran: { step, attempt },
      }
  }
}

function probeEnd({ branch, step, attempt }: Work, result: Result): OnBranchObservation {
  const base = { branch, step, attempt, at: now } as const
  switch (result) {
    case 'success':
      return { ...base, type: 'probe_answered', answer: { status: 'succeeded', output: null } }
    case 'rejection':
      return { ...base, type: 'probe_answered', answer: { status: 'rejected', failure: rejection } }
    case 'failure':
    case 'unsettled':
      return { ...base, type: 'probe_failed', failure, random: 0 }
    case 'unusable':
      return { branch, at: now, type: 'unworkable', code: 'payload_invalid', failure, ran: null }
  }
}

function compensationEnd({ branch, step, attempt }: Work, result: Result): OnBranchObservation {
  const base = { branch, step, attempt, at: now } as const
  switch (result) {
    case 'success':
      return { ...base, type: 'compensation_succeeded' }
    case 'rejection':
    case 'failure':
    case 'unsettled':
      return { ...base, type: 'compensation_failed', failure, random: 0 }
    case 'unusable':
      return { branch, at: now, type: 'unworkable', code: 'handler_missing', failure, ran: null }
  }
}

/** What a handler comes to whose turn is over; nothing where it was a probe, which is asked anew. */
export function lateReport(work: Work, success: boolean): LateReport | null {
  const { branch, kind, step, attempt } = work
  if (kind === 'probe') return null
  const outcome = success
    ? ({ status: 'succeeded', output: null } as const)
    : ({ status: 'failed', failure } as const)
  return { type: 'late_report', branch, kind, step, attempt, claimId: lostClaim, outcome }
}

/** Somebody asks for the saga to be undone. */
export const cancelAsked: Observation = { type: 'cancel_asked', actor: 'ann', reason: 'why not' }
/** Somebody asks for a stuck saga to go on. */
export const retryAsked: Observation = { type: 'retry_asked', actor: 'ann', reason: 'mended' }

/** When a task may be claimed: now, when retries are due, when lost handlers are quiet. */
export type Due = 0 | 1 | 2

/** When a command may be carried out. */
export function dueOf(command: Command): Due {
  if (!('delayMs' in command) || command.delayMs === 0) return 0
  return command.delayMs <= delayMs ? 1 : 2
}
