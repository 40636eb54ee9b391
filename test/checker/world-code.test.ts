import { expect, test } from 'vitest'
import { outcomeOf } from './apply-move.ts'
import { possibleMoves } from './moves.ts'
import { shippedRules } from './rules.ts'
import { bookOf, type SagaBook } from './saga-book.ts'
import { shapeNamed } from './shapes.ts'
import { firstWorld } from './tables.ts'
import { codeOf } from './world-code.ts'
import type { World } from './world.ts'

function nameOf(book: SagaBook, world: World): string {
  const { high, low } = codeOf(book, world)
  return `${high} ${low}`
}

/** Where a world may go: what each move costs, breaks and leads to, without an order. */
function futureOf(book: SagaBook, world: World): { readonly text: string; readonly next: World[] } {
  const next: World[] = []
  const ways = possibleMoves(book, world).map((possible) => {
    const outcome = outcomeOf(book, world, possible)
    next.push(outcome.world)
    const { cost, fair, move } = possible
    return `${move.type} ${cost} ${fair} ${outcome.broken} ${nameOf(book, outcome.world)}`
  })
  return { text: ways.toSorted().join('\n'), next }
}

/** How many worlds there are, and how many of those that were met again have another future than the first of their code. */
function compareFutures(
  book: SagaBook,
  most: number,
): { worlds: number; met: number; differ: number } {
  const futures = new Map<string, string>()
  const found = { worlds: 0, met: 0, differ: 0 }
  const waiting = [firstWorld(book)]
  // An array iterates over what is added on the way.
  for (const world of waiting) {
    if (found.met === most) break
    const name = nameOf(book, world)
    const { text, next } = futureOf(book, world)
    const known = futures.get(name)
    if (known === undefined) {
      futures.set(name, text)
      found.worlds += 1
      waiting.push(...next)
    } else {
      found.met += 1
      if (known !== text) found.differ += 1
    }
  }
  return found
}

test.each([
  'handlers that outlive their time',
  'two steps',
  'hostile queue',
  'branches that fail fast',
  'branches undone side by side',
  'branches of one process that drain',
  'a pivot with a probe',
  'some transactional steps',
])('worlds that go by one code go on alike: %s', (name) => {
  const { worlds, met, differ } = compareFutures(bookOf(shapeNamed(name), shippedRules), 20_000)
  expect(worlds).toBeGreaterThan(5_000)
  expect(met).toBeGreaterThan(10_000)
  expect(differ).toBe(0)
})
