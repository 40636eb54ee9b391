import type { FollowingEvent } from '../../../packages/engine/src/core/event.ts'
import type { Example } from './example.ts'
import { on, undoForked } from './forks.ts'
import {
  began,
  cause,
  failed,
  failure,
  rejected,
  starting,
  succeeded,
  undoFailed,
  undone,
} from './facts.ts'
import { attempts, forEach, forkingPlan, pivot, retriable, step } from './plans.ts'
import { halt, run, sawError, sawSuccess, sawUndoError, sawUndone, undo } from './sights.ts'

const first = 'parcels/0'
const second = 'parcels/1'
const forked: FollowingEvent = {
  type: 'fork_began',
  branch: 'main',
  fork: 'parcels',
  items: ['ann', 'bob'],
}
const oneByOne = { concurrency: 1 }
const shipping = forkingPlan(
  pivot('pay'),
  forEach('parcels', [retriable('ship', { retry: attempts(1) })], oneByOne),
)
const paid = [[starting('pay', 'c0')], [succeeded('pay'), forked]]
const unshipped = {
  code: 'retriable_step_exhausted',
  direction: 'forward',
  branch: first,
  step: 'ship[0]',
  failure: failure('error'),
} as const
const firstHalted = [
  on(first, failed('ship[0]', 1, null)),
  { type: 'branch_halted', ...unshipped } as const,
]
const recallable = forkingPlan(forEach('parcels', [step('ship')], oneByOne), step('mail'))
const recalling = [
  forked,
  on(first, succeeded('ship[0]')),
  [
    on(second, succeeded('ship[1]')),
    { type: 'fork_joined', branch: 'main', fork: 'parcels' } as const,
  ],
  [
    rejected('mail'),
    began(cause('rejection', 'mail'), 'ship[1]', 'ship[0]'),
    undoForked('parcels'),
  ],
  on(second, undoFailed('ship[1]', 1, 1_000)),
]
const unrecalled = {
  code: 'compensation_exhausted',
  direction: 'backward',
  branch: second,
  step: 'ship[1]',
  failure: failure('error'),
} as const
const secondBlocked = [
  on(second, undoFailed('ship[1]', 2, null)),
  { type: 'branch_halted', ...unrecalled } as const,
]

/** Items one at a time, of which one needs an operator. */
export const eachStuckExamples: readonly Example[] = [
  {
    name: 'begins the next item in the place of one that waits for an operator',
    plan: shipping,
    given: paid,
    when: on(first, sawError('ship[0]')),
    follows: {
      events: firstHalted,
      commands: [on(first, halt), on(second, run('ship[1]'))],
      state: { status: 'running', fork: { opened: 2 }, branches: { [second]: { openedSeq: 4 } } },
    },
  },
  {
    name: 'is stuck once the others have come to their end',
    plan: shipping,
    given: [...paid, firstHalted],
    when: on(second, sawSuccess('ship[1]')),
    follows: {
      events: [on(second, succeeded('ship[1]')), { type: 'saga_stuck', ...unshipped }],
      commands: [on(second, halt)],
      state: { status: 'stuck' },
    },
  },
  {
    name: 'undoes the next item in the place of one whose undo is blocked',
    plan: recallable,
    given: recalling,
    when: on(second, sawUndoError('ship[1]', 2)),
    follows: {
      events: secondBlocked,
      commands: [on(second, halt), on(first, undo('ship[0]'))],
      state: { status: 'compensating', fork: { opened: 2 } },
    },
  },
  {
    name: 'is stuck once all others are undone',
    plan: recallable,
    given: [...recalling, secondBlocked],
    when: on(first, sawUndone('ship[0]')),
    follows: {
      events: [on(first, undone('ship[0]')), { type: 'saga_stuck', ...unrecalled }],
      commands: [on(first, halt)],
      state: { status: 'stuck' },
    },
  },
]
