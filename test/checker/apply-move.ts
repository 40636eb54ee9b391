import { claim, crash, takeover } from './claim-moves.ts'
import { cancel, hint, retry, wait } from './outside-moves.ts'
import type { SagaBook } from './saga-book.ts'
import { spent } from './tables.ts'
import { together } from './together-moves.ts'
import { begin, effect, late, repeat, report } from './turn-moves.ts'
import { brokenByWorld } from './world-invariants.ts'
import type { Move, Outcome, PossibleMove, World } from './world.ts'

/** What comes of a move, and the first invariant that it breaks. */
export function outcomeOf(book: SagaBook, world: World, { move, cost }: PossibleMove): Outcome {
  const outcome = apply(book, spent(world, cost), move)
  if (outcome.broken !== null) return outcome
  return { world: outcome.world, broken: brokenByWorld(book, outcome.world) }
}

function apply(book: SagaBook, world: World, move: Move): Outcome {
  switch (move.type) {
    case 'claim':
      return claim(book, world, move)
    case 'takeover':
      return takeover(book, world, move)
    case 'crash':
      return crash(book, world, move)
    case 'begin':
      return begin(book, world, move)
    case 'effect':
      return effect(book, world, move)
    case 'report':
      return report(book, world, move)
    case 'together':
      return together(book, world, move)
    case 'repeat':
      return repeat(book, world, move)
    case 'late':
      return late(book, world, move)
    case 'cancel':
      return cancel(book, world)
    case 'retry':
      return retry(book, world)
    case 'wait':
      return wait(book, world, move)
    case 'hint':
      return hint(book, world, move)
  }
}
