import type { Example } from './example.ts'
import {
  began,
  cancelRequested,
  cause,
  failed,
  failure,
  rejected,
  resumed,
  starting,
  stuck,
  succeeded,
} from './facts.ts'
import { attempts, harmless, pivot, planOf, step } from './plans.ts'
import {
  asksToCancel,
  asksToRetry,
  claims,
  halt,
  run,
  sawError,
  sawRejection,
  sawSuccess,
  undo,
} from './sights.ts'

const parked = { onFailure: 'park' } as const
const plan = planOf(step('reserve'), step('charge', parked))
const looking = planOf(harmless('look', parked))
const decisive = planOf(step('reserve'), pivot('pay', parked))
const covering = planOf(
  step('reserve'),
  pivot('pay', { ...parked, rejectionCoversEarlierAttempts: true }),
)
const leaving = planOf(step('charge', { ...parked, compensateWhenRejected: true }))
const last = planOf(step('charge', { ...parked, retry: attempts(1) }))
const unknown = { outcome: 'unknown' } as const

const atRejection = stuck('parked_by_policy', 'charge', { failure: failure('rejection') })
const given = [succeeded('reserve'), [rejected('charge'), atRejection]]
const atPivot = stuck('parked_by_policy', 'pay', { failure: failure('rejection') })

/** What turning back while stuck gives as its cause. */
const canceled = (kind: 'rejection' | 'error', at: string) => ({
  kind: 'canceled' as const,
  code: 'canceled',
  message: `The saga was canceled while it was stuck: ${failure(kind).message}`,
  step: at,
})

/** Steps that ask for an operator instead of turning back. */
export const parkExamples: readonly Example[] = [
  {
    name: 'is parked when the step is rejected',
    plan,
    given: [succeeded('reserve')],
    when: sawRejection('charge'),
    follows: {
      events: [rejected('charge'), atRejection],
      commands: [halt],
      state: {
        status: 'stuck',
        failure: null,
        steps: { charge: { action: { status: 'rejected' } } },
      },
    },
  },
  {
    name: 'is parked when the attempts of the step are spent',
    plan: last,
    given: [starting('charge', 'c1')],
    when: sawError('charge'),
    follows: {
      events: [failed('charge', 1, null), stuck('parked_by_policy', 'charge')],
      commands: [halt],
    },
  },
  {
    name: 'is parked at a step of which nothing would have to be undone',
    plan: looking,
    given: [],
    when: sawRejection('look'),
    follows: {
      events: [
        rejected('look'),
        stuck('parked_by_policy', 'look', { failure: failure('rejection') }),
      ],
      commands: [halt],
    },
  },
  {
    name: 'is parked at a pivot that is rejected',
    plan: decisive,
    given: [succeeded('reserve'), starting('pay', 'c1')],
    when: sawRejection('pay'),
    follows: { events: [rejected('pay'), atPivot], commands: [halt] },
  },
  {
    name: 'has a pivot of unknown outcome all the same where it would be parked',
    plan: decisive,
    given: [succeeded('reserve'), failed('pay', 1, 1_000)],
    when: sawRejection('pay', 2),
    follows: {
      events: [
        rejected('pay', 2),
        stuck('pivot_outcome_unknown', 'pay', { failure: failure('rejection') }),
      ],
      commands: [halt],
    },
  },
  {
    name: 'is not parked when a cancel waits for its answer',
    plan,
    given: [succeeded('reserve'), cancelRequested],
    when: sawRejection('charge'),
    follows: {
      events: [rejected('charge'), began(cause('rejection', 'charge'), 'reserve')],
      commands: [undo('reserve')],
    },
  },
  {
    name: 'tries a parked step again when an operator says so',
    plan,
    given,
    when: asksToRetry,
    follows: {
      events: [resumed],
      commands: [run('charge', 2)],
      state: {
        status: 'running',
        steps: {
          charge: {
            action: {
              status: 'scheduled',
              settledSeq: 0,
              attempts: { ended: 1, endedSinceResume: 0 },
            },
          },
        },
      },
    },
  },
  {
    name: 'has the whole budget after it was parked',
    plan,
    given: [...given, resumed, failed('charge', 2, 1_000), failed('charge', 3, 2_000)],
    when: sawError('charge', 4),
    follows: {
      events: [failed('charge', 4, null), stuck('parked_by_policy', 'charge')],
      commands: [halt],
    },
  },
  {
    name: 'goes on when the next attempt succeeds',
    plan: planOf(step('charge', parked), step('pack')),
    given: [[rejected('charge'), atRejection], resumed],
    when: sawSuccess('charge', 2),
    follows: {
      events: [succeeded('charge', 2)],
      commands: [run('pack')],
      state: { failure: null, steps: { charge: { action: { settledSeq: 4 } } } },
    },
  },
  {
    name: 'turns back from where it was parked when it is canceled',
    plan,
    given,
    when: asksToCancel,
    follows: {
      events: [cancelRequested, began(canceled('rejection', 'charge'), 'reserve')],
      commands: [undo('reserve')],
    },
  },
  {
    name: 'undoes a parked step whose earlier attempts are unknown',
    plan,
    given: [
      succeeded('reserve'),
      failed('charge', 1, 1_000),
      [rejected('charge', 2), atRejection],
      resumed,
      cancelRequested,
    ],
    when: claims('c3'),
    follows: {
      events: [
        began(
          { kind: 'canceled', code: 'canceled', message: 'The saga was canceled.', step: null },
          'charge?',
          'reserve',
        ),
      ],
      commands: [undo('charge', 1, unknown)],
    },
  },
  {
    name: 'undoes what a rejection may have left behind, though the step was to be tried again',
    plan: leaving,
    given: [[rejected('charge'), atRejection], resumed, cancelRequested],
    when: claims('c3'),
    follows: {
      events: [
        began(
          { kind: 'canceled', code: 'canceled', message: 'The saga was canceled.', step: null },
          'charge?',
        ),
      ],
      commands: [undo('charge', 1, unknown)],
    },
  },
  {
    name: 'turns back from a pivot that was parked when it is canceled',
    plan: decisive,
    given: [succeeded('reserve'), [rejected('pay'), atPivot]],
    when: asksToCancel,
    follows: {
      events: [cancelRequested, began(canceled('rejection', 'pay'), 'reserve')],
      commands: [undo('reserve')],
    },
  },
  {
    name: 'turns back from a parked pivot whose rejection speaks for its earlier attempts',
    plan: covering,
    given: [succeeded('reserve'), failed('pay', 1, 1_000), [rejected('pay', 2), atPivot]],
    when: asksToCancel,
    follows: {
      events: [cancelRequested, began(canceled('rejection', 'pay'), 'reserve')],
      commands: [undo('reserve')],
    },
  },
  {
    name: 'waits for the verdict on a covering pivot that is being tried again',
    plan: covering,
    given: [
      succeeded('reserve'),
      failed('pay', 1, 1_000),
      [rejected('pay', 2), atPivot],
      resumed,
      cancelRequested,
    ],
    when: sawRejection('pay', 3),
    follows: {
      events: [rejected('pay', 3), began(cause('rejection', 'pay'), 'reserve')],
      commands: [undo('reserve')],
    },
  },
]
