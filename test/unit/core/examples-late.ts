import type { Example } from './example.ts'
import {
  began,
  cancelRefused,
  cancelRequested,
  canceled,
  failed,
  failure,
  lateSuccess,
  lost,
  rejected,
  resumed,
  starting,
  stuck,
  succeeded,
} from './facts.ts'
import { attempts, pivot, planOf, retriable, step } from './plans.ts'
import {
  asksToCancel,
  asksToRetry,
  claims,
  reports,
  run,
  sawError,
  sawRejection,
  sawSuccess,
  undo,
} from './sights.ts'

const two = planOf(step('reserve'), step('charge'))
const withPivot = planOf(step('reserve'), pivot('pay'), retriable('ship'))
const reserveLate = succeeded('reserve', 1, 'reserve-late')

/** Results of attempts that were given up, while the saga may still go forward. */
export const lateExamples: readonly Example[] = [
  {
    name: 'keeps a late success for the verdict to come',
    plan: two,
    given: [lost('c1')],
    when: reports('reserve', 'c1'),
    follows: {
      events: [lateSuccess('reserve', 'c1')],
      state: {
        status: 'running',
        steps: {
          reserve: {
            action: { status: 'scheduled', lateSuccess: { output: 'reserve-late', attempt: 1 } },
          },
        },
      },
    },
  },
  {
    name: 'keeps the first of two late successes',
    plan: two,
    given: [lost('c1'), lost('c2'), lateSuccess('reserve', 'c1', 1)],
    when: reports('reserve', 'c2', { attempt: 2 }),
    follows: {
      events: [lateSuccess('reserve', 'c2', 2)],
      state: { steps: { reserve: { action: { lateSuccess: { attempt: 1 } } } } },
    },
  },
  ...(['rejected', 'failed'] as const).map((status) => ({
    name: `keeps what came late and ${status} as history only`,
    plan: two,
    given: [lost('c1')],
    when: reports('reserve', 'c1', { outcome: { status, failure: failure('error') } }),
    follows: {
      events: [{ ...lateSuccess('reserve', 'c1'), outcome: { status, failure: failure('error') } }],
      state: { steps: { reserve: { action: { lateSuccess: null } } } },
    },
  })),
  {
    name: 'needs no other attempt once a success was reported late',
    plan: two,
    given: [lost('c1'), lateSuccess('reserve', 'c1')],
    when: claims('c2'),
    follows: {
      events: [reserveLate],
      commands: [run('charge')],
      state: { steps: { reserve: { action: { status: 'succeeded', attempts: { ended: 1 } } } } },
    },
  },
  {
    name: 'announces the pivot in the row that takes a late success for the verdict',
    plan: planOf(step('reserve', { retry: attempts(1) }), pivot('pay')),
    given: [starting('reserve', 'c1'), lost('c1'), lateSuccess('reserve', 'c1')],
    when: claims('c2'),
    follows: { events: [reserveLate, starting('pay', 'c2')], commands: [run('pay')] },
  },
  {
    name: 'lets a late success beat a rejection, and keeps both',
    plan: two,
    given: [lost('c1'), lateSuccess('reserve', 'c1')],
    when: sawRejection('reserve', 2),
    follows: { events: [rejected('reserve', 2), reserveLate], commands: [run('charge')] },
  },
  {
    name: 'lets a late success beat an error, and still waits for the handler to be quiet',
    plan: two,
    given: [lost('c1'), lateSuccess('reserve', 'c1')],
    when: sawError('reserve', 2, { quietAfterMs: 50_000 }),
    follows: {
      events: [failed('reserve', 2, null, 50_000), reserveLate],
      commands: [run('charge')],
      state: { steps: { reserve: { action: { status: 'succeeded', quietAt: 2_050_000 } } } },
    },
  },
  {
    name: 'takes the success at hand before a late one',
    plan: two,
    given: [lost('c1'), lateSuccess('reserve', 'c1')],
    when: sawSuccess('reserve', 2, 'on time'),
    follows: {
      events: [succeeded('reserve', 2, 'on time')],
      commands: [run('charge')],
      state: { steps: { reserve: { action: { output: 'on time' } } } },
    },
  },
  {
    name: 'takes a late success of the pivot for its verdict, and refuses a cancel by it',
    plan: withPivot,
    given: [
      succeeded('reserve'),
      starting('pay', 'c1'),
      lost('c1'),
      cancelRequested,
      lateSuccess('pay', 'c1'),
    ],
    when: claims('c2'),
    follows: {
      events: [succeeded('pay', 1, 'pay-late'), cancelRefused],
      commands: [run('ship')],
    },
  },
  {
    name: 'undoes a late success as what it was when a cancel waits',
    plan: two,
    given: [lost('c1'), lateSuccess('reserve', 'c1'), cancelRequested],
    when: claims('c2'),
    follows: { events: [reserveLate, began(canceled, 'reserve')], commands: [undo('reserve')] },
  },
  {
    name: 'goes on by a late success that came while it was stuck, when it is retried',
    plan: withPivot,
    given: [
      succeeded('reserve'),
      [failed('pay', 1, null), stuck('pivot_outcome_unknown', 'pay')],
      lateSuccess('pay', 'c1'),
    ],
    when: asksToRetry,
    follows: { events: [resumed, succeeded('pay', 1, 'pay-late')], commands: [run('ship')] },
  },
  {
    name: 'that is stuck at a pivot which succeeded late cannot be canceled',
    plan: withPivot,
    given: [
      succeeded('reserve'),
      [failed('pay', 1, null), stuck('pivot_outcome_unknown', 'pay')],
      lateSuccess('pay', 'c1'),
    ],
    when: asksToCancel,
    follows: { refusal: `${cancelRefused.reason} Retry it instead.` },
  },
  {
    name: 'that is stuck undoes a late success as what it was when it is canceled',
    plan: two,
    given: [
      [failed('reserve', 1, null), stuck('payload_invalid', 'reserve')],
      lateSuccess('reserve', 'c1'),
    ],
    when: asksToCancel,
    follows: {
      events: [
        cancelRequested,
        reserveLate,
        began(
          {
            ...canceled,
            message: 'The saga was canceled while it was stuck: It ended in error.',
            step: 'reserve',
          },
          'reserve',
        ),
      ],
      commands: [undo('reserve')],
    },
  },
  {
    name: 'keeps a late success of a step that it has not reached, as after a failover that lost rows',
    plan: two,
    given: [lost('c1')],
    when: reports('charge', 'c1'),
    follows: {
      events: [lateSuccess('charge', 'c1')],
      state: { status: 'running', steps: { reserve: { action: { lateSuccess: null } } } },
    },
  },
  {
    name: 'ignores a late success of a step that succeeded anyway',
    plan: two,
    given: [lost('c1'), succeeded('reserve', 2)],
    when: reports('reserve', 'c1'),
    follows: {
      events: [lateSuccess('reserve', 'c1')],
      state: { steps: { reserve: { action: { output: 'reserve-done', lateSuccess: null } } } },
    },
  },
]
