import type { RunCompensation } from './command.ts'
import type { SagaDecision } from './saga-decision.ts'
import type { SagaStuck } from './event.ts'
import { evolve } from './evolve.ts'
import { halt, stuck } from './halt.ts'
import type { Moment } from './moment.ts'
import { undoOf, type Plan, type StepNode } from './plan.ts'
import { branchOf, stepOf } from './state-patch.ts'
import type { SagaState } from './state.ts'

/** What a branch does next on its way back: a new round for an orphan effect, the next undo, or the end. */
export function nextUndo(plan: Plan, state: SagaState, moment: Moment): SagaDecision {
  const { branch, at, events } = moment
  const { undo } = branchOf(state, branch)
  // A step that is being undone finishes its round first: its attempt in flight belongs to that round.
  const orphans = orphansOf(state).filter((name) => !undo.includes(name))
  const step = orphans.find((name) => undoOf(plan, name) !== null)
  if (step !== undefined) {
    const round = stepOf(state, step).compensation.round + 1
    const reopened = { type: 'compensation_reopened', branch, step, round } as const
    const opened = evolve(plan, state, reopened, { seq: state.seq, at })
    return nextUndo(plan, opened, { branch, at, events: [...events, reopened] })
  }
  const node = plan.nodes.find(({ name }) => name === undo[0])
  if (node !== undefined) {
    return { events, commands: [runCompensation(state, node, moment)], refusal: null }
  }
  const [standing] = orphans
  return standing === undefined
    ? halt([...events, { type: 'saga_compensated' }], branch)
    : stuck(events, orphanEffect(branch, standing))
}

function orphansOf(state: SagaState): readonly string[] {
  return Object.entries(state.steps).flatMap(([name, { compensation }]) =>
    compensation.orphan ? [name] : [],
  )
}

/** The record of an effect that came to light when nothing was left to undo it, or that nothing can undo. */
export function orphanEffect(branch: string, step: string): Omit<SagaStuck, 'type'> {
  const failure = {
    kind: 'invalid',
    code: 'orphan_effect',
    message: `The action of "${step}" reported success after the saga had been undone.`,
  } as const
  return { code: 'orphan_effect', direction: 'backward', branch, step, failure }
}

function runCompensation(state: SagaState, node: StepNode, moment: Moment): RunCompensation {
  const { action, compensation } = stepOf(state, node.name)
  // Quiet first: no undo while a handler of its action may still be at work.
  const notBefore = Math.max(compensation.attempts.notBefore, action.quietAt)
  return {
    type: 'run_compensation',
    branch: moment.branch,
    step: node.name,
    queue: node.queue,
    attempt: compensation.attempts.ended + 1,
    delayMs: Math.max(0, notBefore - moment.at),
    outcome: compensation.outcome,
    round: compensation.round,
  }
}
