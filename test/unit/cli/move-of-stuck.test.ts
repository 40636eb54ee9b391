import { expect, it } from 'vitest'

import { moveOfStuck } from '../../../packages/cli/src/next-move.ts'
import type { FollowingEvent } from '../../../packages/engine/src/core/event.ts'
import { viewOf } from '../../../packages/engine/src/runtime/saga-view.ts'
import { failed, rejected, resumed, stuck, succeeded } from '../core/facts.ts'
import { stateAfter } from '../core/journals.ts'
import { pivot, planOf, retriable, step } from '../core/plans.ts'

const plan = planOf(step('reserve'), pivot('pay'), retriable('ship'))
const reserved = succeeded('reserve')

const verbs = (...events: readonly FollowingEvent[]): readonly (string | undefined)[] => {
  const state = viewOf(plan, stateAfter(plan, events))
  if (state.status !== 'stuck') throw new Error(`The saga is ${state.status}.`)
  return moveOfStuck({ plan, state }).commands.map((command) => command.split(' ')[0])
}

it.each<[string, readonly FollowingEvent[], readonly string[]]>([
  ['before the pivot', [stuck('parked_by_policy', 'reserve')], ['retry', 'cancel']],
  [
    'at a pivot that was rejected',
    [reserved, rejected('pay'), stuck('parked_by_policy', 'pay')],
    ['retry', 'cancel'],
  ],
  [
    'at a pivot of unknown outcome',
    [reserved, failed('pay', 1, null), stuck('pivot_outcome_unknown', 'pay')],
    ['retry'],
  ],
  [
    'at a pivot that was rejected after an attempt of unknown outcome',
    [
      reserved,
      failed('pay', 1, null),
      stuck('pivot_outcome_unknown', 'pay'),
      resumed,
      rejected('pay', 2),
      stuck('pivot_outcome_unknown', 'pay'),
    ],
    ['retry'],
  ],
  [
    'behind the pivot',
    [reserved, succeeded('pay'), stuck('retriable_step_exhausted', 'ship')],
    ['retry'],
  ],
])('of a saga that is stuck %s', (_where, events, commands) => {
  expect(verbs(...events)).toEqual(commands)
})
