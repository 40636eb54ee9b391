import { leaseLostFailure } from '../../../packages/engine/src/core/failure.ts'
import type { Example } from './example.ts'
import {
  began,
  cancelRequested,
  canceled,
  cause,
  compensated,
  failed,
  failure,
  lost,
  rejected,
  resumed,
  starting,
  stuck,
  succeeded,
} from './facts.ts'
import { attempts, pivot, planOf, step } from './plans.ts'
import {
  asksToCancel,
  cannot,
  claims,
  halt,
  run,
  sawError,
  sawRejection,
  sawSuccess,
  undo,
} from './sights.ts'

const all = { transactional: true } as const
const alone = planOf(step('debit', all))
const behind = planOf(step('reserve'), step('debit', all), step('charge'))
const traced = planOf(step('debit', { ...all, compensateWhenRejected: true, onFailure: 'park' }))
const decisive = planOf(step('reserve'), pivot('pay', { ...all, retry: attempts(1) }))
const lostCause = { ...leaseLostFailure, step: 'debit' }

/** Steps whose attempts have their verdict or no effect: nothing about them is ever in doubt. */
export const transactionalExamples: readonly Example[] = [
  {
    name: 'tries a failed attempt again, and keeps no doubt about it',
    plan: alone,
    given: [],
    when: sawError('debit', 1, { quietAfterMs: 35_000 }),
    follows: {
      events: [failed('debit', 1, 1_000, 35_000)],
      commands: [run('debit', 2, { delayMs: 1_000 })],
      state: {
        steps: { debit: { action: { unknownAttempts: 0, quietAt: 0, attempts: { ended: 1 } } } },
      },
    },
  },
  {
    name: 'undoes nothing of a step whose attempts have all failed',
    plan: alone,
    given: [failed('debit', 1, 1_000), failed('debit', 2, 2_000)],
    when: sawError('debit', 3),
    follows: {
      events: [failed('debit', 3, null), began(cause('error', 'debit')), compensated],
      commands: [halt],
      state: { status: 'compensated' },
    },
  },
  {
    name: 'counts lost leases, and undoes nothing for them',
    plan: alone,
    given: [lost('c1'), lost('c2'), lost('c3')],
    when: claims('c4'),
    follows: { events: [began(lostCause), compensated], commands: [halt] },
  },
  {
    name: 'believes a rejection after a lost lease, and undoes what is before it at once',
    plan: behind,
    given: [succeeded('reserve'), lost('c1')],
    when: sawRejection('debit', 2),
    follows: {
      events: [rejected('debit', 2), began(cause('rejection', 'debit'), 'reserve')],
      commands: [undo('reserve')],
    },
  },
  {
    name: 'undoes the step when it has succeeded',
    plan: behind,
    given: [succeeded('reserve'), lost('c1'), succeeded('debit', 2)],
    when: sawRejection('charge'),
    follows: {
      events: [rejected('charge'), began(cause('rejection', 'charge'), 'debit', 'reserve')],
      commands: [undo('debit')],
    },
  },
  {
    name: 'keeps what was done when a cancel came first, and undoes it',
    plan: behind,
    given: [succeeded('reserve'), cancelRequested],
    when: sawSuccess('debit'),
    follows: {
      events: [succeeded('debit'), began(canceled, 'debit', 'reserve')],
      commands: [undo('debit')],
    },
  },
  {
    name: 'turns back when a pivot has used up its attempts: it has decided nothing',
    plan: decisive,
    given: [succeeded('reserve'), starting('pay', 'c1')],
    when: sawError('pay'),
    follows: {
      events: [failed('pay', 1, null), began(cause('error', 'pay'), 'reserve')],
      commands: [undo('reserve')],
    },
  },
  {
    name: 'turns back for a cancel when the lease of a pivot was lost',
    plan: decisive,
    given: [succeeded('reserve'), starting('pay', 'c1'), cancelRequested, lost('c1')],
    when: claims('c2'),
    follows: { events: [began(canceled, 'reserve')], commands: [undo('reserve')] },
  },
  {
    name: 'is stuck with a result that cannot be kept, which was rolled back',
    plan: behind,
    given: [succeeded('reserve')],
    when: cannot('payload_invalid', { step: 'debit', attempt: 1 }),
    follows: {
      events: [failed('debit', 1, null), stuck('payload_invalid', 'debit')],
      commands: [halt],
      state: { steps: { debit: { action: { unknownAttempts: 0 } } } },
    },
  },
  {
    name: 'that is stuck with such a result is canceled without an undo of it',
    plan: behind,
    given: [succeeded('reserve'), [failed('debit', 1, null), stuck('payload_invalid', 'debit')]],
    when: asksToCancel,
    follows: {
      events: [
        cancelRequested,
        began(
          {
            ...canceled,
            message: `The saga was canceled while it was stuck: ${failure('error').message}`,
            step: 'debit',
          },
          'reserve',
        ),
      ],
      commands: [undo('reserve')],
    },
  },
  {
    name: 'keeps in doubt what a rejection may have left behind, whatever comes after it',
    plan: traced,
    given: [
      [rejected('debit'), stuck('parked_by_policy', 'debit', { failure: failure('rejection') })],
      resumed,
    ],
    when: sawError('debit', 2),
    follows: {
      events: [failed('debit', 2, 1_000)],
      commands: [run('debit', 3, { delayMs: 1_000 })],
      state: { steps: { debit: { action: { unknownAttempts: 1 } } } },
    },
  },
]
