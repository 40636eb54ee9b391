import { expect, it } from 'vitest'
import type { OperatorActed } from '../../../packages/engine/src/core/operator-event.ts'
import { takeSnapshot } from '../../../packages/engine/src/core/snapshot.ts'
import { inputFor } from '../../../packages/engine/src/core/step-input.ts'
import { began, cause, failed, rejected, stuck, succeeded, undoFailed } from './facts.ts'
import { stateAfter } from './journals.ts'
import { acted, paused } from './operator-words.ts'
import { planOf, step } from './plans.ts'

const plan = planOf(step('reserve'), step('charge'), step('pack'))
const first = { orderId: 7 }
const edit = (before: unknown, after: string): OperatorActed => ({
  ...acted('edit', [before === first ? first : String(before), after]),
  noEffect: true,
})
const edited = [
  succeeded('reserve'),
  [rejected('charge'), stuck('parked_by_policy', 'charge')],
  edit(first, 'second'),
  succeeded('charge', 2),
] as const
const turned = [
  ...edited,
  [failed('pack', 1, null), began(cause('error', 'pack'), 'pack?', 'charge', 'reserve')],
] as const

it('is what it was for all, as long as nobody edits it', () => {
  const state = stateAfter(plan, [succeeded('reserve')])

  expect(inputFor(state, 'reserve', 'compensation')).toEqual(first)
})

it('is the new one for what is done after the edit, and for the undo of that', () => {
  const state = stateAfter(plan, turned)

  expect(inputFor(state, 'pack', 'action')).toBe('second')
  expect(inputFor(state, 'pack', 'compensation')).toBe('second')
  expect(inputFor(state, 'charge', 'compensation')).toBe('second')
})

it('is the old one for the undo of what was done before the edit', () => {
  expect(inputFor(stateAfter(plan, turned), 'reserve', 'compensation')).toEqual(first)
})

it('is the new one for all that is undone after an edit on the way back', () => {
  const state = stateAfter(plan, [
    ...turned,
    [
      undoFailed('pack', 1, null),
      stuck('compensation_exhausted', 'pack', { direction: 'backward' }),
    ],
    edit('second', 'third'),
  ])

  expect(inputFor(state, 'reserve', 'compensation')).toBe('third')
})

it('is in no snapshot once it was edited, nor is a saga that is paused', () => {
  expect(takeSnapshot(plan, stateAfter(plan, edited))).toBeNull()
  expect(takeSnapshot(plan, stateAfter(plan, [paused]))).toBeNull()
  expect(takeSnapshot(plan, stateAfter(plan, []))).not.toBeNull()
})
