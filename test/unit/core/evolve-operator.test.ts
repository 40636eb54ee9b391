import { expect, it } from 'vitest'
import { began, cause, succeeded } from './facts.ts'
import { flight, forked, on } from './forks.ts'
import { stateAfter } from './journals.ts'
import { acted, actedOn } from './operator-words.ts'
import { forkingPlan, parallel, planOf, step } from './plans.ts'

const hastened = acted('retry', ['delayed', 'due'])
const plan = planOf(step('reserve'))
const both = forkingPlan(parallel('book', { flight: [step('seat')], hotel: [step('room')] }))

it.each([
  ['a saga that is at no step any more', plan, [succeeded('reserve')], hastened],
  [
    'a saga that is about to undo a fork',
    both,
    [forked, [on(flight, succeeded('seat')), began(cause('error', 'room'), 'seat')]],
    hastened,
  ],
  [
    'a saga that runs, by skipping a step',
    plan,
    [],
    actedOn('skip', 'reserve', ['unknown', 'skipped']),
  ],
  ['a saga that runs, by editing its input', plan, [], acted('edit', [1, 2])],
] as const)('changes nothing of %s', (_what, of, rows, event) => {
  const before = stateAfter(of, rows)
  const after = stateAfter(of, [...rows, event])

  expect({ ...after, seq: before.seq }).toEqual(before)
})
