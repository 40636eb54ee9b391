import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { seededRandom } from '../../packages/engine/src/memory/seeded-random.ts'
import { waits } from './abstract-state.ts'
import { outcomeOf } from './apply-move.ts'
import { possibleMoves } from './moves.ts'
import type { SagaBook } from './saga-book.ts'
import { firstWorld } from './tables.ts'
import type { Work } from './work.ts'
import type { PossibleMove, World } from './world.ts'

/** Two books of one shape and one set of rules: one leaves nothing out, the other what is held to be meaningless. */
export interface Books {
  readonly exact: SagaBook
  readonly coarse: SagaBook
}

/**
 * Walks at random through the worlds of both books side by side: the same moves must be possible, they must come to the
 * same, and what was left out must never be missed.
 *
 * @throws AssertionError where the two part
 */
export function walkInLockstep({ exact, coarse }: Books, seed: number, moves: number): void {
  const random = seededRandom(seed)
  let [full, rough] = [firstWorld(exact), firstWorld(coarse)]
  for (let made = 0; made < moves; made += 1) {
    const possible = possibleMoves(exact, full)
    const possibleHere = possibleMoves(coarse, rough)
    assert.deepEqual(possibleHere.filter(isNoWait), possible.filter(isNoWait))
    const next = possible[Math.floor(random() * possible.length)]
    if (next === undefined) return
    const [fullEnd, roughEnd] = [outcomeOf(exact, full, next), outcomeOf(coarse, rough, next)]
    assert.equal(roughEnd.broken, fullEnd.broken)
    if (fullEnd.broken !== null) return
    if (!possibleHere.some(({ move }) => isDeepStrictEqual(move, next.move))) {
      assert.deepEqual(
        told(coarse, roughEnd.world),
        told(coarse, withoutWaiting(coarse, rough, next)),
      )
    }
    full = fullEnd.world
    rough = roughEnd.world
    assert.deepEqual(told(coarse, rough), toldRoughly(exact, full, coarse))
  }
}

/** Nobody waits for what makes no difference any more: then it is as if nobody had, or as if for less. */
function withoutWaiting(book: SagaBook, world: World, { move, cost }: PossibleMove): World {
  if (move.type !== 'wait' || move.until === 'retry') return world
  const until = waits[waits.indexOf(move.until) - 1] ?? 'retry'
  return outcomeOf(book, world, { move: { ...move, until }, cost, fair: true }).world
}

function isNoWait({ move }: PossibleMove): boolean {
  return move.type !== 'wait'
}

/** A world, with what it says of sagas as the states themselves. */
function told(book: SagaBook, world: World): object {
  return toldRoughly(book, world, book)
}

/** The same, with states as another book has them. */
function toldRoughly(book: SagaBook, world: World, other: SagaBook): object {
  const state = (id: number): object => other.state(other.number(book.state(id)))
  const { head, turns, claims: _, previous: __, ...rest } = world
  const seen = turns.map(({ view, work, next, ...turn }) => {
    const read = turn.phase === 'claimed' ? state(view) : null
    return { turn, work: unnumbered(work), next: unnumbered(next), read }
  })
  return { ...rest, head: state(head), turns: seen }
}

function unnumbered(work: Work | null): object | null {
  return work === null ? null : { ...work, id: 0 }
}
