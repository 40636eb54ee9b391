import type { Attempts } from './state.ts'
import type { OperatorActed } from './operator-event.ts'
import type { Position } from './event.ts'
import { evolveResumed } from './evolve-stuck.ts'
import { haltsOf } from './halts-of.ts'
import type { Plan } from './plan.ts'
import { stepKey } from './plan-steps.ts'
import {
  branchesAtWork,
  branchOf,
  currentStep,
  moving,
  patchBranch,
  patchStep,
  stepOf,
} from './state-patch.ts'
import type { SagaState } from './state.ts'
import type { Stuck } from './stuck.ts'

/** Folds what an operator did to a saga; what it means for a step is an event of its own. */
export function evolveOperator(
  plan: Plan,
  state: SagaState,
  event: OperatorActed,
  position: Position,
): SagaState {
  switch (event.verb) {
    case 'retry':
      return branchesAtWork(state).reduce((next, path) => hastened(plan, next, path), state)
    case 'edit':
      return edited(state, event, position)
    case 'skip':
    case 'resolve':
    case 'mark_compensated':
    case 'waive':
      return unhalted(state, event)
    case 'compensate':
      return { ...state, cancel: askedFor(state) }
    case 'abandon':
      return abandoned(state, position)
    case 'pause':
      return { ...state, paused: true }
    case 'resume':
      return { ...state, paused: false }
  }
}

/** As a cancel: asked on an older journal than this one, it may be what happens already. */
function askedFor({ status, returning }: SagaState): 'applied' | 'requested' {
  return status === 'compensating' && returning === null ? 'applied' : 'requested'
}

/** What the branch waits to try again is due. */
function hastened(plan: Plan, state: SagaState, path: string): SagaState {
  if (state.status === 'compensating') {
    const [next] = branchOf(state, path).undo
    if (typeof next !== 'string') return state
    const { compensation } = stepOf(state, next)
    const attempts = due(compensation.attempts)
    return patchStep(state, next, { compensation: { ...compensation, attempts } })
  }
  const node = currentStep(plan, state, path)
  if (node === undefined) return state
  const key = stepKey(plan, path, node)
  const { action } = stepOf(state, key)
  const probe = action.probe === null ? null : due(action.probe)
  return patchStep(state, key, { action: { ...action, attempts: due(action.attempts), probe } })
}

function due(attempts: Attempts): Attempts {
  return { ...attempts, notBefore: 0 }
}

/** The branch goes on in the direction that the saga had; others of its fork stay halted. */
function unhalted(state: SagaState, { branch }: OperatorActed): SagaState {
  if (state.status !== 'stuck' || branch === null) return state
  const going = moving(state, state.stuck.direction === 'forward' ? 'running' : 'compensating')
  return patchBranch(going, branch, { deaths: 0, startingClaimId: null, halt: null })
}

/** As a retry does, but under another input, and with another key for each step that it is about. */
function edited(state: SagaState, event: OperatorActed, position: Position): SagaState {
  if (state.status !== 'stuck') return state
  const { direction } = state.stuck
  const edit = { seq: position.seq, before: event.before, direction }
  const edits = [...state.edits, edit]
  const going = { ...evolveResumed(state, position), input: event.after }
  const known: SagaState = { ...going, edits, round: state.round + 1 }
  return haltsOf(state).reduce((next, stop) => inNewRound(next, stop, event), known)
}

function inNewRound(
  state: SagaState,
  { step, code }: Stuck,
  { noEffect }: OperatorActed,
): SagaState {
  // An orphan effect is undone in a round of its own anyway.
  if (step === null || code === 'orphan_effect') return state
  const { round } = state
  const { action, compensation } = stepOf(state, step)
  if (state.status === 'compensating') {
    return patchStep(state, step, { compensation: { ...compensation, round } })
  }
  const unknownAttempts = noEffect === true ? 0 : action.unknownAttempts
  return patchStep(state, step, {
    action: { ...action, round, unknownAttempts },
    compensation: { ...compensation, round },
  })
}

/** Nothing more is done, and nothing is said about effects. What stopped the saga is its failure, if it had none. */
function abandoned(state: SagaState, { seq }: Position): SagaState {
  if (state.status !== 'stuck') return { ...state, status: 'abandoned', paused: false }
  const { stuck, ...rest } = state
  const ended = { ...rest, status: 'abandoned', paused: false } as const
  return state.failure === null
    ? { ...ended, failure: { ...stuck.failure, step: stuck.step }, failureSeq: seq }
    : ended
}
