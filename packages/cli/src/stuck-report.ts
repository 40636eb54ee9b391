import {
  isBackstepError,
  stuckCodes,
  type Backstep,
  type Failure,
  type SagaDetails,
  type SagaRow,
  type StepState,
} from '@backstep/engine'

import { moveOfStuck, type StuckState } from './next-move.ts'
import { sagaJson } from './saga-json.ts'
import { isoTime } from './time-text.ts'

/** A saga that is stuck, with what one needs to decide about it. */
export interface StuckReport {
  readonly saga: SagaRow
  readonly meaning: string
  readonly direction: 'forward' | 'backward' | null
  /** Attempts that have ended at the handler that it is stuck at. */
  readonly attempts: number
  /** In milliseconds since 1970. */
  readonly since: number
  readonly firstError: Failure | null
  readonly lastError: Failure | null
  /** What would move it on, without the name of the program. */
  readonly commands: readonly string[]
}

/** Looks closer at a stuck saga. Undefined when it has moved on meanwhile. */
export async function reportStuck(
  backstep: Backstep,
  saga: SagaRow,
): Promise<StuckReport | undefined> {
  try {
    const { state, legal } = await backstep.describe(saga.sagaId)
    return state.status === 'stuck' ? reportOfState(saga, { state, legal }) : undefined
  } catch (error) {
    // Where the plan is missing the row still tells most of it.
    if (isBackstepError(error, 'DEFINITION_NOT_FOUND')) return reportOfRow(saga)
    if (isBackstepError(error, 'SAGA_NOT_FOUND')) return undefined
    throw error
  }
}

function reportOfState(
  saga: SagaRow,
  { state, legal }: Pick<SagaDetails, 'legal'> & { readonly state: StuckState },
): StuckReport {
  const { step, direction, failure, since, code } = state.stuck
  const tried = step === null ? undefined : attemptsAt(state.steps[step], direction)
  return {
    saga,
    meaning: stuckCodes[code],
    direction,
    attempts: tried?.ended ?? 0,
    since,
    firstError: tried?.firstFailure ?? failure,
    lastError: tried?.lastFailure ?? failure,
    commands: moveOfStuck({ state, legal }).commands,
  }
}

function attemptsAt(
  step: StepState | undefined,
  direction: 'forward' | 'backward',
): StepState['action']['attempts'] | undefined {
  return direction === 'forward' ? step?.action.attempts : step?.compensation.attempts
}

function reportOfRow(saga: SagaRow): StuckReport {
  return {
    saga,
    meaning: saga.stuckCode === null ? '' : stuckCodes[saga.stuckCode],
    direction: null,
    attempts: 0,
    since: saga.changedAt,
    firstError: saga.failure,
    lastError: saga.failure,
    commands: [`retry ${saga.sagaId} --reason "…"`],
  }
}

/** A report as `stuck --json` prints it; docs/cli.md holds the shape. */
export function stuckJson({ saga, since, ...report }: StuckReport): unknown {
  return { ...sagaJson(saga), since: isoTime(since), ...report }
}
