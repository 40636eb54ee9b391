import { standingOf } from './ledger.ts'
import { stepNamed } from './plan-steps.ts'
import type { SagaBook } from './saga-book.ts'
import { ledgerPlace } from './tables.ts'
import type { Work } from './work.ts'
import type { Turn, World } from './world.ts'

/** A rejection asserts that this attempt left nothing; where the plan says so, that none did. */
export function mayReject(book: SagaBook, world: World, turn: Turn, work: Work): boolean {
  const { kind, step } = work
  const node = stepNamed(book.plan, step)
  if (kind === 'compensation' || node === undefined) return false
  if (turn.effect) return node.role === 'compensatable' && node.compensateWhenRejected
  if (node.role === 'retriable' || !node.rejectionCoversEarlierAttempts) return true
  return standingOf(world.ledger[ledgerPlace(book, work)] ?? 0) === 0
}
