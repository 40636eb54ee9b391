import { stuckCodes, type SagaDetails, type SagaView } from '@backstep/engine'

import { legalCommands } from './legal-commands.ts'
import { tasksMove } from './tasks-move.ts'
import { waitMove, type NextMove } from './wait-move.ts'

/** Tells what happens next, and what an operator can do about it. */
export function nextMove(details: SagaDetails, now: number): NextMove {
  const { plan, state, tasks, legal } = details
  const { sagaId, seq, status, paused } = state
  switch (status) {
    case 'running':
    case 'compensating': {
      const commands = legalCommands({ sagaId, seq, legal }).filter(isOfLive)
      if (paused) return { text: pausedText, commands }
      const text = `${tasksMove(tasks, now)}${haltedText(state)}`
      return waitMove({ plan, state }, now) ?? { text, commands }
    }
    case 'stuck':
      return moveOfStuck({ state, legal })
    case 'completed':
    case 'compensated':
    case 'partially_compensated':
    case 'abandoned':
      return { text: 'It has ended; there is nothing to do.', commands: [] }
  }
}

const pausedText = 'It is paused: no handler of it is started until it is resumed.'

/** Of what is legal, only this helps a saga that is not stuck. */
function isOfLive(command: string): boolean {
  return command.startsWith('retry ') || command.startsWith('resume ')
}

/** What is known about a saga that is stuck. */
export type StuckState = Extract<SagaView, { status: 'stuck' }>

/** What an operator can do about a stuck saga. */
export function moveOfStuck({
  state,
  legal,
}: Pick<SagaDetails, 'legal'> & { readonly state: StuckState }): NextMove {
  const { sagaId, seq, stuck, paused } = state
  return {
    text: paused ? `${stuckCodes[stuck.code]} ${pausedText}` : stuckCodes[stuck.code],
    commands: legalCommands({ sagaId, seq, legal }),
  }
}

/** A branch that waits for an operator does so until those beside it have come to their end. */
function haltedText({ branches }: SagaView): string {
  const halted = Object.values(branches).filter(({ halt }) => halt !== null).length
  if (halted === 0) return ''
  const which = halted === 1 ? '1 branch is halted' : `${halted} branches are halted`
  return ` ${which}: when the others have come to their end, the saga is stuck and can be retried.`
}
