import { stuckCodes, type SagaDetails, type SagaView, type Stuck } from '@backstep/engine'

import { tasksMove } from './tasks-move.ts'
import { waitMove, type NextMove } from './wait-move.ts'

/** Tells what happens next, and what an operator can do about it. */
export function nextMove({ plan, state, tasks }: SagaDetails, now: number): NextMove {
  switch (state.status) {
    case 'running':
    case 'compensating':
      return (
        waitMove({ plan, state }, now) ?? {
          text: `${tasksMove(tasks, now)}${haltedText(state)}`,
          commands: [],
        }
      )
    case 'stuck':
      return moveOfStuck({ plan, state })
    case 'completed':
    case 'compensated':
      return { text: 'It has ended; there is nothing to do.', commands: [] }
  }
}

/** What is known about a saga that is stuck. */
export type StuckState = Extract<SagaView, { status: 'stuck' }>

/** What an operator can do about a stuck saga. */
export function moveOfStuck({
  plan,
  state,
}: Pick<SagaDetails, 'plan'> & { readonly state: StuckState }): NextMove {
  const { sagaId, stuck } = state
  const retry = `retry ${sagaId} --reason "…"`
  const cancel = `cancel ${sagaId} --reason "…"`
  return {
    text: stuckCodes[stuck.code],
    commands: mayGoBack(plan, state, stuck) ? [retry, cancel] : [retry],
  }
}

/** Past its pivot, or while nobody knows whether the pivot took effect, a saga cannot be undone. */
function mayGoBack(plan: SagaDetails['plan'], state: SagaView, stuck: Stuck): boolean {
  if (stuck.direction === 'backward') return false
  const pivot = plan.nodes.find((node) => node.type === 'step' && node.role === 'pivot')
  if (pivot === undefined) return true
  const action = state.steps[pivot.name]?.action
  if (action === undefined || stuck.step !== pivot.name) return action?.status !== 'succeeded'
  return action.unknownAttempts === 0
}

/** A branch that waits for an operator does so until those beside it have come to their end. */
function haltedText({ branches }: SagaView): string {
  const halted = Object.values(branches).filter(({ halt }) => halt !== null).length
  if (halted === 0) return ''
  const which = halted === 1 ? '1 branch is halted' : `${halted} branches are halted`
  return ` ${which}: when the others have come to their end, the saga is stuck and can be retried.`
}
