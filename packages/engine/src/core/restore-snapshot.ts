import type { JournalEntry } from './event.ts'
import { fromRuns } from './number-runs.ts'
import { nodeAt, type Plan } from './plan.ts'
import type { BranchSnapshot, SagaSnapshot } from './snapshot.ts'
import { SnapshotRows } from './snapshot-rows.ts'
import {
  noRounds,
  noEdits,
  noSignals,
  noSteps,
  nothingReceived,
  type BranchState,
  type SagaState,
  type StepState,
} from './state.ts'
import { withValue } from './key-map.ts'
import { stepWith, type ReachedStep } from './step-fields.ts'
import { fromStepRuns } from './step-runs.ts'

/**
 * The state that a snapshot stands for: what folding all rows up to `snapshot.seq` gives.
 *
 * @param rows at least those that `snapshot.rows` names, in any order
 * @throws RangeError when a row is missing or tells something else: plan, snapshot and journal do not belong together
 */
export function restore(
  plan: Plan,
  sagaId: string,
  snapshot: SagaSnapshot,
  rows: readonly JournalEntry[],
): SagaState {
  const { seq, status, cancel, failureSeq, deadline = 'none' } = snapshot
  const found = new SnapshotRows(sagaId, rows)
  const { key, input } = found.start()
  const branches = Object.entries(snapshot.branches).map(
    ([path, branch]): [string, BranchState] => [path, restoreBranch(plan, branch)],
  )
  const steps = fromStepRuns(plan, snapshot).reduce(
    (map, step) => withValue(map, step.node.name, restoreStep(step, found)),
    noSteps,
  )
  return {
    status,
    sagaId,
    seq,
    key,
    input,
    edits: noEdits,
    startedAt: found.timeOf(1),
    failure: found.cause(failureSeq),
    failureSeq,
    cancel,
    deadline,
    paused: false,
    turning: null,
    branches: Object.fromEntries(branches),
    fork: null,
    undoLines: {},
    items: {},
    signals: noSignals,
    received: nothingReceived,
    savepoints: noRounds,
    round: fromStepRuns(plan, snapshot).reduce(
      (most, { fields }) => Math.max(most, fields.round),
      1,
    ),
    returning: null,
    steps,
  }
}

function restoreBranch(plan: Plan, { undo, wakeAt = 0, ...branch }: BranchSnapshot): BranchState {
  return {
    ...branch,
    wakeAt,
    openedSeq: 0,
    halt: null,
    undo: fromRuns(undo).map((place) => nodeAt(plan, place).name),
  }
}

function restoreStep({ node, fields }: ReachedStep, found: SnapshotRows): StepState {
  const { status, settled, scheduled, first, last, undoFirst, undoLast, probe } = fields
  const { name: step } = node
  return stepWith(fields, {
    scheduledAt: found.timeOf(scheduled),
    output: status === 'succeeded' ? found.output(settled, step) : null,
    failures: found.failures({ first, last }, { step, kind: 'action' }),
    probeFailures: found.failures(probe ?? { first: 0, last: 0 }, { step, kind: 'probe' }),
    undoFailures: found.failures(
      { first: undoFirst, last: undoLast },
      { step, kind: 'compensation' },
    ),
  })
}
