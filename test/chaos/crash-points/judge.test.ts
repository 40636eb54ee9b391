import { expect, test } from 'vitest'

import { effectProblems } from './judge.ts'

const lines = [
  ['pack', 'left'],
  ['pack', 'right'],
]
const completed = { lines, ends: 'completed' } as const
const compensated = { lines, ends: 'compensated' } as const

const done = (...steps: readonly string[]) =>
  steps.map((step) => ({ step, direction: 'action' }) as const)
const undone = (...steps: readonly string[]) =>
  steps.map((step) => ({ step, direction: 'compensation' }) as const)

test('the judge has nothing against effects that are once there, and back in the reverse order', () => {
  expect(effectProblems(completed, done('pack', 'right', 'left'), [])).toEqual([])
  expect(effectProblems(completed, done('pack', 'left'), ['right'])).toEqual([])
  const both = [...done('pack', 'left', 'right'), ...undone('left', 'right', 'pack')]
  expect(effectProblems(compensated, both, [])).toEqual([])
  expect(effectProblems(compensated, [], [])).toEqual([])
})

test.for([
  ['is missing', completed, done('pack', 'left'), ['"right" has net effect 0, not 1.']],
  [
    'is there twice',
    completed,
    done('pack', 'left', 'left', 'right'),
    [
      '"left" has net effect 2, not 1.',
      '"left" took effect 2 times.',
      'Done in the order pack,left,left.',
    ],
  ],
  ['stands after all', compensated, done('pack'), ['"pack" has net effect 1, not 0.']],
  [
    'was undone twice',
    compensated,
    [...done('pack'), ...undone('pack', 'pack')],
    [
      '"pack" has net effect -1, not 0.',
      'Undone in the order pack,pack.',
      'Undone in the order pack,pack.',
    ],
  ],
  [
    'was undone too soon',
    compensated,
    [...done('pack', 'left'), ...undone('pack', 'left')],
    ['Undone in the order pack,left.'],
  ],
  ['came too soon', completed, done('left', 'pack', 'right'), ['Done in the order left,pack.']],
] as const)('the judge sees that an effect %s', ([_what, shape, effects, problems]) => {
  expect(effectProblems(shape, effects, [])).toEqual(problems)
})

test('the judge counts what a transaction has written with the rest', () => {
  expect(effectProblems(completed, done('pack', 'left'), ['right', 'right'])).toEqual([
    '"right" has net effect 2, not 1.',
    '"right" took effect 2 times.',
  ])
})
