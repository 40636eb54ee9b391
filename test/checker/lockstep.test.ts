import { expect, test } from 'vitest'
import { walkInLockstep } from './lockstep.ts'
import { shippedRules } from './rules.ts'
import { bookOf, SagaBook } from './saga-book.ts'
import { poisonousDeaths } from './shape.ts'
import { shapeNamed, shapes } from './shapes.ts'

const walks = 150
const moves = 60

test.each(shapes.map(({ name }) => name))(
  'nothing is missed that the search leaves out: %s',
  (name) => {
    const exact = new SagaBook(shapeNamed(name), shippedRules, 'exact')
    const coarse = bookOf(shapeNamed(name), shippedRules)
    for (let seed = 1; seed <= walks; seed += 1) walkInLockstep({ exact, coarse }, seed, moves)
    expect(coarse.met()).toEqual(exact.met())
  },
)

test('what counts would be missed', () => {
  const shape = { ...shapeNamed('two steps'), budget: { crash: poisonousDeaths } }
  const exact = new SagaBook(shape, shippedRules, 'exact')
  const coarse = new SagaBook(shape, shippedRules, {
    countsDeaths: false,
    keepsCounts: false,
    keepsRejections: false,
  })
  expect(() => {
    for (let seed = 1; seed <= walks; seed += 1) walkInLockstep({ exact, coarse }, seed, moves)
  }).toThrow(/values to be strictly/)
})
