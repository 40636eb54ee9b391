import type { JsonValue } from './json.ts'
import type { Failure } from './failure.ts'
import type { StepNode } from './plan.ts'
import type { ActionState, Attempts, CompensationState, StepState } from './state.ts'

/**
 * A step in a snapshot: its state, flat and without texts and payloads. `settled` and `scheduled`, and `first` and `last`,
 * which are failures, are the numbers of the journal rows that tell of them, 0 for none.
 */
export interface StepFields {
  readonly status: ActionState['status']
  readonly settled: number
  readonly scheduled: number
  readonly ended: number
  readonly sinceResume: number
  readonly notBefore: number
  readonly first: number
  readonly last: number
  readonly unknown: number
  readonly quietAt: number
  /** Absent while it is unused. */
  readonly fallback?: Exclude<ActionState['fallback'], 'unused'>
  /** Absent where no failure counts against a budget of its own; the same for `undoByCode`. */
  readonly byCode?: Attempts['byCode']
  /** The attempts at the probe; absent while there is nothing to ask it. */
  readonly probe?: ProbeFields
  readonly undo: CompensationState['status']
  readonly outcome: CompensationState['outcome']
  readonly undoEnded: number
  readonly undoSinceResume: number
  readonly undoNotBefore: number
  readonly undoFirst: number
  readonly undoLast: number
  readonly undoByCode?: Attempts['byCode']
  readonly round: number
  readonly orphan: boolean
}

/** Attempts at a probe, with the rows that tell of the first and the last failure. */
export interface ProbeFields extends FailureSeqs {
  readonly ended: number
  readonly notBefore: number
  readonly byCode?: Attempts['byCode']
}

/** A step that was reached, and its place in the plan. */
export interface ReachedStep {
  readonly place: number
  readonly node: StepNode
  readonly fields: StepFields
}

/** The rows that tell of the first and the last failure of a handler. */
export type FailureSeqs = Pick<StepFields, 'first' | 'last'>

/** These failures. */
export interface FailurePair {
  readonly first: Failure | null
  readonly last: Failure | null
}

/** What the rows have that the fields of a step leave out. */
export interface StepTexts {
  readonly scheduledAt: number
  readonly output: JsonValue
  readonly failures: FailurePair
  readonly undoFailures: FailurePair
  readonly probeFailures: FailurePair
}

/**
 * The fields of a step. Null when it holds a late result: a payload of which the state does not know the row. One that is
 * to be merged is merged by the next verdict; one that came on the way back is rare. The same for another round.
 */
export function fieldsOf({ action, compensation }: StepState): StepFields | null {
  const late = action.status !== 'succeeded' && action.output !== null
  if (late || action.lateSuccess !== null || action.round > 1) return null
  const { attempts } = action
  const undo = compensation.attempts
  return {
    status: action.status,
    settled: action.settledSeq,
    scheduled: action.scheduledSeq,
    ended: attempts.ended,
    sinceResume: attempts.endedSinceResume,
    notBefore: attempts.notBefore,
    first: attempts.firstFailureSeq,
    last: attempts.lastFailureSeq,
    unknown: action.unknownAttempts,
    quietAt: action.quietAt,
    ...(action.fallback === 'unused' ? {} : { fallback: action.fallback }),
    ...(counts(attempts) ? { byCode: attempts.byCode } : {}),
    ...(action.probe === null ? {} : { probe: probeFieldsOf(action.probe) }),
    undo: compensation.status,
    outcome: compensation.outcome,
    undoEnded: undo.ended,
    undoSinceResume: undo.endedSinceResume,
    undoNotBefore: undo.notBefore,
    undoFirst: undo.firstFailureSeq,
    undoLast: undo.lastFailureSeq,
    ...(counts(undo) ? { undoByCode: undo.byCode } : {}),
    round: compensation.round,
    orphan: compensation.orphan,
  }
}

function probeFieldsOf(probe: Attempts): ProbeFields {
  const { ended, notBefore, firstFailureSeq: first, lastFailureSeq: last, byCode } = probe
  return { ended, notBefore, first, last, ...(counts(probe) ? { byCode } : {}) }
}

function counts({ byCode }: Attempts): boolean {
  return Object.keys(byCode).length > 0
}

/** The rows that have what the fields of a step leave out; 0 where there is none. */
export function rowsBehind(fields: StepFields): readonly number[] {
  const { status, settled, scheduled, first, last, undoFirst, undoLast, probe } = fields
  const asked = probe === undefined ? [] : [probe.first, probe.last]
  return [
    status === 'succeeded' ? settled : 0,
    scheduled,
    first,
    last,
    undoFirst,
    undoLast,
    ...asked,
  ]
}

/** The step that has these fields, with what the rows say of it. */
export function stepWith(fields: StepFields, texts: StepTexts): StepState {
  const { scheduledAt, output, failures, undoFailures, probeFailures } = texts
  const { ended, sinceResume, notBefore, first, last, byCode } = fields
  return {
    action: {
      status: fields.status,
      attempts: attemptsOf({ ended, sinceResume, notBefore, first, last, byCode }, failures),
      round: 1,
      unknownAttempts: fields.unknown,
      fallback: fields.fallback ?? 'unused',
      scheduledAt,
      scheduledSeq: fields.scheduled,
      probe: fields.probe === undefined ? null : probeWith(fields.probe, probeFailures),
      quietAt: fields.quietAt,
      settledSeq: fields.settled,
      output,
      lateSuccess: null,
    },
    compensation: {
      status: fields.undo,
      outcome: fields.outcome,
      attempts: attemptsOf(
        {
          ended: fields.undoEnded,
          sinceResume: fields.undoSinceResume,
          notBefore: fields.undoNotBefore,
          first: fields.undoFirst,
          last: fields.undoLast,
          byCode: fields.undoByCode,
        },
        undoFailures,
      ),
      round: fields.round,
      orphan: fields.orphan,
    },
  }
}

function probeWith({ ended, byCode, ...rest }: ProbeFields, failures: FailurePair): Attempts {
  return attemptsOf({ ended, sinceResume: ended, byCode, ...rest }, failures)
}

interface AttemptFields
  extends Pick<StepFields, 'ended' | 'sinceResume' | 'notBefore'>, FailureSeqs {
  readonly byCode: Attempts['byCode'] | undefined
}

function attemptsOf(fields: AttemptFields, { first, last }: FailurePair): Attempts {
  return {
    ended: fields.ended,
    endedSinceResume: fields.sinceResume,
    byCode: fields.byCode ?? {},
    notBefore: fields.notBefore,
    firstFailure: first,
    firstFailureSeq: fields.first,
    lastFailure: last,
    lastFailureSeq: fields.last,
  }
}
