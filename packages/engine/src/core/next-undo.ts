import type { RunCompensation } from './command.ts'
import type { FollowingEvent, SagaStuck } from './event.ts'
import { evolve } from './evolve.ts'
import { firstHalt, halt, stuck } from './halt.ts'
import type { Moment } from './moment.ts'
import type { Plan } from './plan.ts'
import { isBarred, stepNode, undoOf } from './plan-steps.ts'
import type { SagaDecision } from './saga-decision.ts'
import { branchesAtWork, branchOf, currentNode, stepOf } from './state-patch.ts'
import { mainBranch, type SagaState } from './state.ts'
import { entriesIn } from './key-map.ts'
import { commandAt } from './command-at.ts'
import { turnFor } from './owed-steps.ts'
import { isCalledOff, outerCause, passDeadline } from './pass-time.ts'
import { pivotSucceeded, refusedCancel } from './past-pivot.ts'
import { roundAt } from './savepoints.ts'

/** What a branch does next on its way back: a new round for an orphan effect, the next undo, or the end of the way. */
export function nextUndo(plan: Plan, state: SagaState, moment: Moment): SagaDecision {
  const { branch, events } = moment
  if (branch !== mainBranch && state.branches[branch] === undefined) {
    return undoneBranch(plan, state, moment)
  }
  const { undo } = branchOf(state, branch)
  // A step that is being undone finishes its round first: its attempt in flight belongs to that round.
  const orphans = branch === mainBranch ? orphansOf(state).filter((key) => !undo.includes(key)) : []
  const step = orphans.find((key) => undoOf(plan, key) !== null)
  if (step !== undefined) {
    const round = state.round + 1
    return nextUndo(
      plan,
      ...after(plan, state, moment, { type: 'compensation_reopened', branch, step, round }),
    )
  }
  const [next] = undo
  if (typeof next === 'string') {
    return {
      events,
      commands: [runCompensation(plan, state, { ...moment, step: next })],
      refusal: null,
    }
  }
  if (next !== undefined) {
    const forked = { type: 'undo_forked', branch, fork: next.fork } as const
    return undoneBranch(plan, ...after(plan, state, moment, forked))
  }
  const [standing] = orphans
  if (standing !== undefined) return stuck(events, orphanEffect(branch, standing))
  return state.returning === null
    ? halt([...events, { type: endOf(state) }], branch)
    : returned(plan, state, { ...moment, savepoint: state.returning.savepoint })
}

/** The saga is back where it goes forward again. One that was called off in the meantime goes the rest of the way back. */
function returned(
  plan: Plan,
  before: SagaState,
  { savepoint, ...upToHere }: Moment & { readonly savepoint: string | null },
): SagaDecision {
  const { state, moment } = passDeadline(plan, before, upToHere)
  const { branch } = moment
  const isOver = isCalledOff(state) && !pivotSucceeded(plan, state)
  // Where an effect knowingly stands, the steps behind the save-point are not to be gone through once more.
  if (isOver || (savepoint !== null && hasWaived(state))) {
    const failure = (isOver ? null : state.failure) ?? outerCause(state)
    const began = turnFor(plan, state, { failure, savepoint: null })
    return nextUndo(plan, ...after(plan, state, moment, began))
  }
  return savepoint === null
    ? forward(plan, ...after(plan, state, moment, { type: 'orphan_undo_ended', branch }))
    : forward(
        plan,
        ...after(plan, state, moment, {
          type: 'savepoint_reached',
          branch,
          savepoint,
          round: roundAt(state, savepoint) + 1,
        }),
      )
}

/** What the saga has come to, now that it goes forward again. */
function forward(plan: Plan, state: SagaState, { branch, at, events }: Moment): SagaDecision {
  const answered = [...events, ...refusedCancel(plan, state)]
  const node = currentNode(plan, state, branch)
  if (node?.type !== 'parallel') {
    const commands = [commandAt(plan, state, { branch, at, node })]
    return { events: answered, commands, refusal: null }
  }
  const forked = { type: 'fork_began', branch, fork: node.name, items: null } as const
  return halt([...answered, forked], branch)
}

/** State and moment with one more event. */
function after(
  plan: Plan,
  state: SagaState,
  { branch, at, events }: Moment,
  event: FollowingEvent,
): readonly [SagaState, Moment] {
  const next = evolve(plan, state, event, { seq: state.seq, at })
  return [next, { branch, at, events: [...events, event] }]
}

/** What follows when a branch is undone, or cannot be: nothing while others are at work. The last one joins. */
export function undoneBranch(plan: Plan, state: SagaState, moment: Moment): SagaDecision {
  const { branch, at, events } = moment
  if (state.fork === null || branchesAtWork(state).length > 0) return halt(events, branch)
  const halted = firstHalt(state)
  if (halted !== null) return stuck(events, halted)
  const joined = { type: 'undo_joined', branch: mainBranch, fork: state.fork.name } as const
  return nextUndo(plan, ...after(plan, state, { branch: mainBranch, at, events }, joined))
}

/** A saga of which an effect knowingly stands is never called compensated. */
function endOf(state: SagaState): 'saga_compensated' | 'saga_partially_compensated' {
  return hasWaived(state) ? 'saga_partially_compensated' : 'saga_compensated'
}

function hasWaived({ steps }: SagaState): boolean {
  return entriesIn(steps).some(([, { compensation }]) => compensation.status === 'waived')
}

/** The steps with an effect that was reported after its undo had begun. */
export function orphansOf(state: SagaState): readonly string[] {
  return entriesIn(state.steps)
    .flatMap(([key, { compensation }]) => (compensation.orphan ? [key] : []))
    .toSorted()
}

/** The record of an effect that came to light when nothing was left to undo it, or that nothing can undo. */
export function orphanEffect(branch: string, step: string): Omit<SagaStuck, 'type'> {
  const failure = {
    kind: 'invalid',
    code: 'orphan_effect',
    message: `The action of "${step}" reported success after it had been undone.`,
  } as const
  return { code: 'orphan_effect', direction: 'backward', branch, step, failure }
}

/** The next attempt to undo a step. */
export function runCompensation(
  plan: Plan,
  state: SagaState,
  { branch, at, step }: Pick<Moment, 'branch' | 'at'> & { readonly step: string },
): RunCompensation {
  const node = stepNode(plan, step)
  const { action, compensation } = stepOf(state, step)
  // Quiet first: no undo while a handler of its action may still be at work, unless that would be refused by then.
  const quietAt = isBarred(plan, step) ? 0 : action.quietAt
  const notBefore = Math.max(compensation.attempts.notBefore, quietAt)
  return {
    type: 'run_compensation',
    branch,
    step,
    queue: node.queue,
    attempt: compensation.attempts.ended + 1,
    delayMs: Math.max(0, notBefore - at),
    outcome: compensation.outcome,
    round: compensation.round,
  }
}
