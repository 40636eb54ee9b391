import { describe, expect, test } from 'vitest'
import { decide } from '../../../packages/engine/src/core/decide.ts'
import type { Observation } from '../../../packages/engine/src/core/observation.ts'
import type { FollowingEvent } from '../../../packages/engine/src/core/event.ts'
import { newBranch } from '../../../packages/engine/src/core/open-branches.ts'
import { restore } from '../../../packages/engine/src/core/restore-snapshot.ts'
import { takeSnapshot } from '../../../packages/engine/src/core/snapshot.ts'
import { forked, inFork, trip } from './forks.ts'
import { succeeded } from './facts.ts'
import { journal, now, stateAfter } from './journals.ts'
import { choice, forEach, forkingPlan, parallel, planOf, savepoint, step } from './plans.ts'
import { claims } from './sights.ts'

const plan = planOf(step('reserve'), step('charge'))
const withoutSteps = forkingPlan(parallel('book', { flight: [step('seat')], hotel: [] }))

describe('what is seen where the plan has something else', () => {
  test.each<[string, Observation, string]>([
    ['a list', { type: 'items_computed', branch: 'main', items: [], at: now }, 'is at no forEach.'],
    [
      'a choice',
      { type: 'choice_computed', branch: 'main', taken: true, at: now },
      'is at no choice.',
    ],
  ])('is refused: %s', (_what, seen, why) => {
    expect(() => decide(plan, stateAfter(plan, []), seen)).toThrow(
      new RangeError(`Saga saga-1 ${why}`),
    )
  })

  test('is refused: a branch without steps', () => {
    expect(() => decide(withoutSteps, stateAfter(withoutSteps, []), claims('c1'))).toThrow(
      'Branch "book/hotel" of saga saga-1 is at no step at journal row 2.',
    )
  })
})

describe('a journal that goes another way than the plan', () => {
  test.each<[string, FollowingEvent, string]>([
    [
      'a choice',
      { type: 'choice_made', branch: 'main', choice: 'insurance', taken: true },
      'Saga saga-1 is not at the choice "insurance".',
    ],
    [
      'a fork',
      { type: 'fork_began', branch: 'main', fork: 'book', items: null },
      '"order" does not fork at "book": plan and journal differ.',
    ],
    [
      'a save-point',
      { type: 'savepoint_reached', branch: 'main', savepoint: 'priced', round: 2 },
      '"order" has no save-point "priced": plan and journal differ.',
    ],
  ])('is refused: %s', (_what, event, why) => {
    expect(() => stateAfter(plan, [event])).toThrow(new RangeError(why))
  })

  test('is refused: a branch that stands at a save-point', () => {
    const passing = forkingPlan(step('quote'), savepoint('priced'), step('reserve'))
    const { branches, ...rest } = stateAfter(passing, [])
    const main = { ...rest, branches: { main: { ...newBranch, cursor: 1 } } }
    expect(Object.keys(branches)).toEqual(['main'])
    expect(() => decide(passing, main, claims('c1'))).toThrow(
      'Branch "main" of saga saga-1 stands at save-point "priced": plan and journal differ.',
    )
  })

  test('undoes no branch of a fork that owes nothing', () => {
    const undone = stateAfter(trip, [
      ...inFork,
      { type: 'undo_forked', branch: 'main', fork: 'book' },
    ])
    expect(undone.fork).toEqual({ name: 'book', paths: [], opened: 0 })
  })
})

describe('a snapshot', () => {
  test.each([
    ['forks', trip, [succeeded('quote'), forked]],
    ['has a list', forkingPlan(step('quote'), forEach('tickets', [step('issue')])), []],
    ['has a save-point', forkingPlan(step('quote'), savepoint('priced'), step('reserve')), []],
    ['chooses', forkingPlan(choice('insurance', 1), step('insure')), []],
  ])('is not taken of a saga that %s', (_what, forking, rows) => {
    expect(takeSnapshot(forking, stateAfter(forking, rows))).toBeNull()
  })

  test('is not read with a plan that has a choice where it has a step', () => {
    const rows = [succeeded('reserve')]
    const snapshot = takeSnapshot(plan, stateAfter(plan, rows))
    if (snapshot === null) throw new Error('There is no snapshot.')
    const another = forkingPlan(step('reserve'), choice('charge', 1), step('charge twice'))
    expect(() => restore(another, 'saga-1', snapshot, journal(rows))).toThrow(
      new RangeError('"charge" is no step: plan and snapshot differ.'),
    )
  })
})

test('a wait that the plan does not have is named', () => {
  const event = { type: 'wait_timed_out', branch: 'main', wait: 'approval' } as const
  expect(() => stateAfter(plan, [event])).toThrow(
    new RangeError('Saga saga-1 is not at the wait "approval".'),
  )
})
