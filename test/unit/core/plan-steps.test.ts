import { describe, expect, test } from 'vitest'
import {
  branchOfStep,
  forkNamed,
  itemOf,
  nodesOf,
  queueAt,
  stepItem,
  stepNode,
} from '../../../packages/engine/src/core/plan-steps.ts'
import { choice, forEach, forkingPlan, parallel, step } from './plans.ts'

const plan = forkingPlan(
  step('quote', { queue: 'quotes' }),
  parallel('book', { flight: [step('seat', { queue: 'flights' })], hotel: [step('room')] }),
  forEach('tickets', [step('issue', { queue: 'tickets' })]),
  choice('insurance', 1),
  step('insure', { queue: 'insurers' }),
)

describe('a step of a plan', () => {
  test.each([
    ['quote', { name: 'quote', index: 0 }, 'main'],
    ['seat', { name: 'seat', index: 0 }, 'book/flight'],
    ['room', { name: 'room', index: 0 }, 'book/hotel'],
    ['issue[0]', { name: 'issue', index: 0 }, 'tickets/0'],
    ['issue[12]', { name: 'issue', index: 12 }, 'tickets/12'],
    ['room (round 2)', { name: 'room', index: 0 }, 'book/hotel'],
    ['issue[12] (round 3)', { name: 'issue', index: 12 }, 'tickets/12'],
  ])('is found by its key: %s', (key, item, branch) => {
    expect(stepItem(plan, key)).toEqual(item)
    expect(branchOfStep(plan, key)).toBe(branch)
  })

  test('that is not there means that plan and journal differ', () => {
    const why = '"order" has no step "sea": plan and journal differ.'
    expect(() => stepNode(plan, 'sea')).toThrow(new RangeError(why))
  })
})

describe('a branch of a plan', () => {
  test.each([
    ['main', null],
    ['book/flight', null],
    ['tickets/3', { fork: 'tickets', index: 3 }],
  ])('is that of an item or not: %s', (path, item) => {
    expect(itemOf(plan, path)).toEqual(item)
  })

  test.each([
    ['book/ship', '"order" has no branch "book/ship": plan and journal differ.'],
    ['rent/car', '"order" does not fork at "rent": plan and journal differ.'],
  ])('that is not there means that plan and journal differ: %s', (path, why) => {
    expect(() => nodesOf(plan, path)).toThrow(new RangeError(why))
  })

  test('comes from a fork, and a step is none', () => {
    expect(forkNamed(plan, 'book')).toBe(plan.nodes[1])
    expect(() => forkNamed(plan, 'quote')).toThrow('does not fork at "quote"')
  })
})

describe('what needs no handler', () => {
  test.each([
    ['goes to the queue of the step', 0, 'quotes'],
    ['goes to the queue of the first step in a fork', 1, 'flights'],
    ['goes to the queue of the steps of a list', 2, 'tickets'],
    ['goes to the queue of the step behind a choice', 3, 'insurers'],
    ['goes to the queue of the last step where none is left', 5, 'insurers'],
  ])('%s', (_where, place, queue) => {
    expect(queueAt(plan, place)).toBe(queue)
  })

  test('goes to the default queue of a plan without steps', () => {
    expect(queueAt(forkingPlan(), 0)).toBe('default')
  })
})
