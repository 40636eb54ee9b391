import { toRuns, type NumberRuns } from './number-runs.ts'
import type { Plan } from './plan.ts'
import { valueAt } from './key-map.ts'
import { rangesOver, type RowRange } from './row-ranges.ts'
import type { BranchState, SagaBasics, SagaState } from './state.ts'
import { fieldsOf, rowsBehind, type ReachedStep } from './step-fields.ts'
import { toStepRuns, type StepChange, type StepRun } from './step-runs.ts'

/**
 * The state of a saga after one of its journal rows, without texts and payloads: those stay in the rows that have them,
 * and the snapshot has the numbers of these rows. With them it gives exactly the state that folding all rows gives.
 *
 * A snapshot only saves reading and folding. It may be missing anywhere: the fold from the first row is always right.
 */
export interface SagaSnapshot {
  /** The form of all this; who does not know it folds from the start. */
  readonly v: typeof snapshotVersion
  /** The last row that was folded. */
  readonly seq: number
  readonly status: 'running' | 'compensating'
  readonly cancel: SagaBasics['cancel']
  readonly failureSeq: number
  /** Absent unless it has passed. */
  readonly deadline?: 'passed'
  readonly branches: Readonly<Record<string, BranchSnapshot>>
  /** The steps that were reached. */
  readonly steps: readonly StepRun[]
  /** Where a step is not as plain as its run says, by its place in the plan. */
  readonly changes: Readonly<Record<string, StepChange>>
  /** The rows that it takes to restore the state, the first one among them. */
  readonly rows: readonly RowRange[]
}

/** A branch, with the places in the plan of the steps that are still to be undone. */
export interface BranchSnapshot extends Omit<
  BranchState,
  'undo' | 'halt' | 'openedSeq' | 'wakeAt'
> {
  /** Absent where the branch does not sleep. */
  readonly wakeAt?: number
  readonly undo: NumberRuns
}

/** Of what `takeSnapshot` writes and `restore` reads. */
export const snapshotVersion = 1

/** How many rows there are from one snapshot to the next. */
export const snapshotEvery = 100

/** A snapshot is small, or there is none: in bytes of JSON. */
const maximumSnapshotBytes = 8_192

/**
 * What the row behind this state is to carry: a snapshot when its number is a multiple of `snapshotEvery`, else null. It is
 * the state before that row, not after it: the time of a row is known only once it is written.
 */
export function dueSnapshot(plan: Plan, state: SagaState): SagaSnapshot | null {
  return (state.seq + 1) % snapshotEvery === 0 ? takeSnapshot(plan, state) : null
}

/**
 * The snapshot of a state. Null where it would be too large, for a saga that holds a late result, for one that forks or
 * chooses, for one that is paused or was edited by an operator, and for one that is stuck or has ended: nobody claims those.
 */
export function takeSnapshot(plan: Plan, state: SagaState): SagaSnapshot | null {
  const { seq, status, cancel, failureSeq } = state
  if (status !== 'running' && status !== 'compensating') return null
  if (state.paused || state.edits.length > 0) return null
  const steps = reachedSteps(plan, state)
  if (steps === null) return null
  const rows = [1, failureSeq, ...steps.flatMap(({ fields }) => rowsBehind(fields))]
  const snapshot: SagaSnapshot = {
    v: snapshotVersion,
    seq,
    status,
    cancel,
    failureSeq,
    ...(state.deadline === 'none' ? {} : { deadline: state.deadline }),
    branches: branchSnapshots(plan, state),
    ...toStepRuns(steps),
    rows: rangesOver(rows.filter((row) => row > 0)),
  }
  return Buffer.byteLength(JSON.stringify(snapshot)) <= maximumSnapshotBytes ? snapshot : null
}

/** In the order of the plan, which is the one in which they were reached. */
function reachedSteps(plan: Plan, state: SagaState): readonly ReachedStep[] | null {
  const steps: ReachedStep[] = []
  for (const [place, node] of plan.nodes.entries()) {
    if (node.type === 'sleep') continue
    if (node.type !== 'step') return null
    const step = valueAt(state.steps, node.name)
    if (step === undefined) continue
    const fields = fieldsOf(step)
    if (fields === null) return null
    steps.push({ place, node, fields })
  }
  return steps
}

function branchSnapshots(plan: Plan, state: SagaState): Readonly<Record<string, BranchSnapshot>> {
  const names = plan.nodes.map(({ name }) => name)
  const branches = Object.entries(state.branches).map(
    ([path, { undo, cursor, wakeAt, deaths, startingClaimId }]): [string, BranchSnapshot] => {
      const places = undo.map((item) => names.findIndex((name) => name === item))
      const sleeps = wakeAt === 0 ? {} : { wakeAt }
      return [path, { cursor, ...sleeps, deaths, startingClaimId, undo: toRuns(places) }]
    },
  )
  return Object.fromEntries(branches)
}
