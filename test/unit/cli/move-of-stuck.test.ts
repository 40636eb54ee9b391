import { expect, it } from 'vitest'

import { moveOfStuck } from '../../../packages/cli/src/next-move.ts'
import type { FollowingEvent } from '../../../packages/engine/src/core/event.ts'
import { legalVerbs } from '../../../packages/engine/src/core/legal-verbs.ts'
import { viewOf } from '../../../packages/engine/src/runtime/saga-view.ts'
import { failed, rejected, resumed, stuck, succeeded } from '../core/facts.ts'
import { stateAfter } from '../core/journals.ts'
import { pivot, planOf, retriable, step } from '../core/plans.ts'

const plan = planOf(step('reserve'), pivot('pay'), retriable('ship'))
const reserved = succeeded('reserve')

const verbs = (...events: readonly FollowingEvent[]): readonly (string | undefined)[] => {
  const folded = stateAfter(plan, events)
  const state = viewOf(plan, folded)
  if (state.status !== 'stuck') throw new Error(`The saga is ${state.status}.`)
  return moveOfStuck({ state, legal: legalVerbs(plan, folded) }).commands.map(
    (command) => command.split(' ')[0],
  )
}

it.each<[string, readonly FollowingEvent[], readonly string[]]>([
  [
    'before the pivot',
    [stuck('parked_by_policy', 'reserve')],
    ['retry', 'edit', 'skip', 'resolve', 'compensate', 'abandon'],
  ],
  [
    'at a pivot that was rejected',
    [reserved, rejected('pay'), stuck('parked_by_policy', 'pay')],
    ['retry', 'edit', 'resolve', 'compensate', 'abandon'],
  ],
  [
    'at a pivot of unknown outcome',
    [reserved, failed('pay', 1, null), stuck('pivot_outcome_unknown', 'pay')],
    ['retry', 'edit', 'resolve', 'abandon'],
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
    ['retry', 'edit', 'resolve', 'abandon'],
  ],
  [
    'behind the pivot',
    [reserved, succeeded('pay'), stuck('retriable_step_exhausted', 'ship')],
    ['retry', 'edit', 'skip', 'resolve', 'abandon'],
  ],
])('of a saga that is stuck %s', (_where, events, commands) => {
  expect(verbs(...events)).toEqual(commands)
})
