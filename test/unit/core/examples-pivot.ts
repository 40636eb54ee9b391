import type { Example } from './example.ts'
import {
  began,
  cause,
  failed,
  lost,
  rejected,
  resumed,
  starting,
  stuck,
  succeeded,
} from './facts.ts'
import { failure } from './facts.ts'
import { attempts, pivot, planOf, retriable, step } from './plans.ts'
import { claims, complete, halt, run, sawError, sawRejection, sawSuccess, undo } from './sights.ts'

const plan = planOf(step('reserve'), pivot('pay'), retriable('ship'))
const covering = planOf(step('reserve'), pivot('pay', { rejectionCoversEarlierAttempts: true }))
const bounded = planOf(pivot('pay'), retriable('ship', { retry: attempts(2) }))
const hurried = planOf(pivot('pay'), retriable('ship', { totalTimeoutMs: 5_000 }))

/** The step that decides, and what comes behind it. */
export const pivotExamples: readonly Example[] = [
  {
    name: 'writes the start of the pivot ahead of it',
    plan,
    given: [succeeded('reserve')],
    when: claims('c1'),
    follows: { events: [starting('pay', 'c1')], commands: [run('pay')] },
  },
  {
    name: 'writes no start for an attempt that is not due yet',
    plan,
    given: [succeeded('reserve'), starting('pay', 'c1'), failed('pay', 1, 60_000)],
    when: claims('c1', 1_005_000),
    follows: { commands: [run('pay', 2, { delayMs: 58_000 })] },
  },
  {
    name: 'writes a start for each attempt, under the same claim too',
    plan,
    given: [succeeded('reserve'), starting('pay', 'c1'), failed('pay', 1, 1_000)],
    when: claims('c1'),
    follows: { events: [starting('pay', 'c1', 2)], commands: [run('pay', 2)] },
  },
  {
    name: 'turns back when the pivot is rejected',
    plan,
    given: [succeeded('reserve'), starting('pay', 'c1')],
    when: sawRejection('pay'),
    follows: {
      events: [rejected('pay'), began(cause('rejection', 'pay'), 'reserve')],
      commands: [undo('reserve')],
    },
  },
  {
    name: 'guesses nothing when an earlier attempt at the pivot is unknown and a later one rejected',
    plan,
    given: [succeeded('reserve'), starting('pay', 'c1'), lost('c1'), starting('pay', 'c2', 2)],
    when: sawRejection('pay', 2),
    follows: {
      events: [
        rejected('pay', 2),
        stuck('pivot_outcome_unknown', 'pay', { failure: failure('rejection') }),
      ],
      commands: [halt],
      state: { status: 'stuck', failure: null },
    },
  },
  {
    name: 'turns back when a rejection of the pivot speaks for its earlier attempts',
    plan: covering,
    given: [succeeded('reserve'), failed('pay', 1, 1_000)],
    when: sawRejection('pay', 2),
    follows: {
      events: [rejected('pay', 2), began(cause('rejection', 'pay'), 'reserve')],
      commands: [undo('reserve')],
    },
  },
  {
    name: 'is stuck when the pivot has used up its attempts without a verdict',
    plan,
    given: [succeeded('reserve'), failed('pay', 1, 1_000), failed('pay', 2, 2_000)],
    when: sawError('pay', 3),
    follows: {
      events: [failed('pay', 3, null), stuck('pivot_outcome_unknown', 'pay')],
      commands: [halt],
    },
  },
  {
    name: 'asks the pivot again after an operator said so, with the whole budget',
    plan,
    given: [
      succeeded('reserve'),
      failed('pay', 1, 1_000),
      failed('pay', 2, 2_000),
      [failed('pay', 3, null), stuck('pivot_outcome_unknown', 'pay')],
      resumed,
    ],
    when: sawError('pay', 4),
    follows: {
      events: [failed('pay', 4, 1_000)],
      commands: [run('pay', 5, { delayMs: 1_000 })],
      state: { steps: { pay: { action: { attempts: { ended: 4, endedSinceResume: 1 } } } } },
    },
  },
  {
    name: 'goes on behind the pivot when it succeeds, whatever its earlier attempts did',
    plan,
    given: [succeeded('reserve'), failed('pay', 1, 1_000)],
    when: sawSuccess('pay', 2),
    follows: { events: [succeeded('pay', 2)], commands: [run('ship')] },
  },
  {
    name: 'takes a rejection behind the pivot for one more failed attempt',
    plan,
    given: [succeeded('reserve'), succeeded('pay')],
    when: sawRejection('ship'),
    follows: {
      events: [{ ...failed('ship', 1, 1_000), failure: failure('rejection') }],
      commands: [run('ship', 2, { delayMs: 1_000 })],
    },
  },
  {
    name: 'tries for ever behind the pivot',
    plan: planOf(pivot('pay'), retriable('ship')),
    given: [
      succeeded('pay'),
      ...Array.from({ length: 40 }, (_, index) => failed('ship', index + 1, 60_000)),
    ],
    when: sawError('ship', 41),
    follows: {
      events: [failed('ship', 41, 60_000)],
      commands: [run('ship', 42, { delayMs: 60_000 })],
    },
  },
  {
    name: 'is stuck when a step behind the pivot has a budget and spends it',
    plan: bounded,
    given: [succeeded('pay'), failed('ship', 1, 1_000)],
    when: sawRejection('ship', 2),
    follows: {
      events: [
        { ...failed('ship', 2, null), failure: failure('rejection') },
        stuck('retriable_step_exhausted', 'ship', { failure: failure('rejection') }),
      ],
      commands: [halt],
    },
  },
  {
    name: 'is stuck when a step behind the pivot runs out of time',
    plan: hurried,
    given: [succeeded('pay'), failed('ship', 1, 1_000)],
    when: claims('c2'),
    follows: { events: [stuck('retriable_step_exhausted', 'ship')], commands: [halt] },
  },
  {
    name: 'completes behind the pivot',
    plan,
    given: [succeeded('reserve'), succeeded('pay')],
    when: sawSuccess('ship'),
    follows: { events: [succeeded('ship')], commands: [complete] },
  },
]
