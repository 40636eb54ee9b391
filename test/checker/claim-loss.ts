import { isOneCommit, stepNamed } from './plan-steps.ts'
import type { SagaBook } from './saga-book.ts'
import type { Work } from './work.ts'
import type { Turn, World } from './world.ts'

/** Whether nothing is left of a handler but what its turn reports: it only asks, or all that it does is in that commit. */
export function leavesNothing({ plan }: Pick<SagaBook, 'plan'>, { step, kind }: Work): boolean {
  return kind === 'probe' || isOneCommit(stepNamed(plan, step), kind)
}

/** Whether a turn that has lost its claim can still do or say anything. */
export function isOver(book: SagaBook, { lost, phase, work }: Turn): boolean {
  const { fencesLostClaims, writesLeaseLost, losesAbandonedClaims } = book.rules
  const isFenced = fencesLostClaims && writesLeaseLost && losesAbandonedClaims
  return lost && isFenced && phase === 'running' && work !== null && leavesNothing(book, work)
}

/** The world in which some turns have lost their claims, without those that are over by that. */
export function withClaimsLost(
  book: SagaBook,
  world: World,
  loses: (turn: Turn) => boolean,
): World {
  const turns = world.turns
    .map((turn) => (turn.phase !== 'ghost' && loses(turn) ? { ...turn, lost: true } : turn))
    .filter((turn) => !isOver(book, turn))
  return { ...world, turns }
}
