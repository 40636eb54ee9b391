import { expect, it } from 'vitest'
import type { FollowingEvent } from '../../../packages/engine/src/core/event.ts'
import { legalVerbs } from '../../../packages/engine/src/core/legal-verbs.ts'
import type { Plan } from '../../../packages/engine/src/core/plan.ts'
import { began, cause, completed, failed, rejected, stuck, succeeded } from './facts.ts'
import { flight, hotel, late, on, paid, seatHalted, spent, undoForked, forked } from './forks.ts'
import { stateAfter } from './journals.ts'
import { acted, paused, settled, partly, actedOn } from './operator-words.ts'
import { forkingPlan, parallel, pivot, planOf, step } from './plans.ts'

const plan = planOf(step('reserve'), pivot('pay'))
const back = { direction: 'backward' } as const
const blocked = stuck('compensation_exhausted', 'reserve', back)
const turned = began(cause('rejection', 'pay'), 'reserve')
const roomSpent = { ...spent, branch: hotel, step: 'room' } as const
const both = forkingPlan(parallel('book', { flight: [step('seat')], hotel: [step('room')] }))

type Rows = readonly (FollowingEvent | readonly FollowingEvent[])[]

const told = (of: Plan, rows: Rows): readonly string[] =>
  legalVerbs(of, stateAfter(of, rows)).map(({ verb, steps }) => [verb, ...steps].join(' '))

it.each<[string, Plan, Rows, readonly string[]]>([
  ['runs', plan, [], ['compensate', 'cancel', 'pause', 'abandon']],
  [
    'waits for its next attempt',
    plan,
    [failed('reserve', 1, 1_000)],
    ['retry', 'compensate', 'cancel', 'pause', 'abandon'],
  ],
  ['is paused', plan, [paused], ['compensate', 'cancel', 'resume', 'abandon']],
  ['is past its pivot', plan, [succeeded('reserve'), succeeded('pay')], ['pause', 'abandon']],
  ['compensates', plan, [succeeded('reserve'), turned], ['pause', 'abandon']],
  [
    'has branches to undo',
    both,
    [forked, [on(flight, succeeded('seat')), began(cause('error', 'room'), 'seat')], undoForked()],
    ['pause', 'abandon'],
  ],
  [
    'is about to undo a fork',
    both,
    [forked, [on(flight, succeeded('seat')), began(cause('error', 'room'), 'seat')]],
    ['pause', 'abandon'],
  ],
  [
    'is stuck on its way forward',
    plan,
    [[stuck('handler_missing', 'reserve')]],
    [
      'retry',
      'edit',
      'compensate',
      'cancel',
      'pause',
      'abandon',
      'skip reserve',
      'resolve reserve',
    ],
  ],
  [
    'is stuck on its way back',
    plan,
    [[succeeded('reserve'), turned], blocked],
    ['retry', 'edit', 'pause', 'abandon', 'mark_compensated reserve', 'waive reserve'],
  ],
  [
    'is stuck at a computation',
    plan,
    [[stuck('payload_invalid', null)]],
    ['retry', 'edit', 'compensate', 'cancel', 'pause', 'abandon'],
  ],
  [
    'is stuck at two steps behind its pivot',
    late,
    [
      ...paid,
      [on(flight, failed('seat', 1, null)), seatHalted],
      [
        on(hotel, failed('room', 1, null)),
        { type: 'branch_halted', ...roomSpent },
        stuck(spent.code, 'seat', spent),
      ],
    ],
    ['retry', 'edit', 'pause', 'abandon', 'skip seat room', 'resolve seat room'],
  ],
  ['is completed', planOf(step('reserve')), [succeeded('reserve'), completed()], []],
  ['is abandoned', plan, [acted('abandon', ['running', 'abandoned'])], []],
  [
    'is partially compensated',
    plan,
    [
      [succeeded('reserve'), rejected('pay'), turned],
      blocked,
      [actedOn('waive', 'reserve', ['blocked', 'waived']), settled('reserve', 'waived'), partly],
    ],
    [],
  ],
])('of a saga that %s', (_where, of, rows, verbs) => {
  expect(told(of, rows)).toEqual(verbs)
})
