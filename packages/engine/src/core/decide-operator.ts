import { beginBack, type LiveState } from './decide-request.ts'
import type { OperatorActed } from './operator-event.ts'
import type { EditAsked, OperatorAsked, SagaAsked } from './operator-asked.ts'
import { decideHalted } from './decide-halted.ts'
import { haltsOf } from './halts-of.ts'
import type { Plan } from './plan.ts'
import { nothing, refuse, type SagaDecision } from './saga-decision.ts'
import { setGoing } from './set-going.ts'
import { isAlive, stepOf } from './state-patch.ts'
import type { SagaState } from './state.ts'

function isLive(state: SagaState): state is LiveState {
  return isAlive(state) || state.status === 'stuck'
}

/** Decides what an operator asks for. While a task may be held, that is a request; a stuck saga has no holder. */
export function decideOperator(plan: Plan, state: SagaState, asked: OperatorAsked): SagaDecision {
  if (!isLive(state)) {
    return refuse(`The saga is ${state.status}: it has ended.`)
  }
  switch (asked.verb) {
    case 'skip':
    case 'resolve':
    case 'mark_compensated':
    case 'waive':
      return decideHalted(plan, state, asked)
    case 'edit':
      return edit(plan, state, asked)
    case 'compensate':
      return beginBack(plan, state, acted(asked, state.status, 'compensating'))
    case 'abandon':
      return { ...nothing, events: [acted(asked, state.status, 'abandoned')] }
    case 'pause':
      return state.paused
        ? refuse('The saga is paused already.')
        : { ...nothing, events: [acted(asked, 'going', 'paused')] }
    case 'resume':
      return state.paused
        ? { ...nothing, events: [acted(asked, 'paused', 'going')] }
        : refuse('The saga is not paused.')
  }
}

function acted(asked: SagaAsked, before: string, after: string): OperatorActed {
  const { verb, actor, reason } = asked
  return { type: 'operator_acted', verb, actor, reason, branch: null, step: null, before, after }
}

function edit(plan: Plan, state: SagaState, asked: EditAsked): SagaDecision {
  if (state.status !== 'stuck') {
    return refuse(`The saga is ${state.status}; only the input of a stuck saga is edited.`)
  }
  const { actor, reason, input, noEffect } = asked
  const late = haltsOf(state).find(({ step }) => hasLateSuccess(state, step))
  if (late !== undefined) {
    return refuse(`An attempt at "${late.step}" has reported success meanwhile; retry takes it.`)
  }
  const inDoubt = noEffect ? undefined : haltsOf(state).find((stop) => isInDoubt(state, stop))
  if (inDoubt !== undefined) {
    return refuse(
      `An attempt at "${inDoubt.step}" may have taken effect under the old input, and another input is another try to its participant. Make sure that none did, and say so.`,
    )
  }
  return setGoing(plan, state, {
    type: 'operator_acted',
    verb: 'edit',
    actor,
    reason,
    branch: null,
    step: null,
    before: state.input,
    after: input,
    noEffect,
  })
}

/** Whether an attempt at the step that stopped a saga was reported as a success since. */
function hasLateSuccess(state: SagaState, step: string | null): boolean {
  return step !== null && stepOf(state, step).action.lateSuccess !== null
}

/** Whether nobody knows what became of the attempts that ended in this halt. */
function isInDoubt(
  state: SagaState,
  { step, code, direction }: ReturnType<typeof haltsOf>[number],
): boolean {
  if (step === null || code === 'orphan_effect') return false
  const { action, compensation } = stepOf(state, step)
  return direction === 'forward' ? action.unknownAttempts > 0 : compensation.attempts.ended > 0
}
