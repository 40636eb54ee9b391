import type { Example } from './example.ts'
import {
  began,
  cancelRefused,
  cancelRequested,
  canceled,
  cause,
  compensated,
  completed,
  failed,
  rejected,
  resumed,
  starting,
  stuck,
  succeeded,
  undoFailed,
} from './facts.ts'
import { pivot, planOf, retriable, step } from './plans.ts'
import {
  asksToCancel,
  asksToRetry,
  claims,
  computed,
  halt,
  run,
  sawError,
  sawRejection,
  sawSuccess,
  undo,
} from './sights.ts'

const plan = planOf(step('reserve'), pivot('pay'), retriable('ship'))
const bare = planOf(step('reserve'), step('charge'))
const pastPivot = 'The pivot has succeeded; from there the saga only goes forward.'
const stuckCause = {
  ...canceled,
  message: 'The saga was canceled while it was stuck: It ended in error.',
}
const exhausted = [
  succeeded('reserve'),
  [rejected('charge'), began(cause('rejection', 'charge'), 'reserve')],
  [
    undoFailed('reserve', 2, null),
    stuck('compensation_exhausted', 'reserve', { direction: 'backward' }),
  ],
]

/** Cancel before, at and after the pivot, and against every end. */
export const cancelExamples: readonly Example[] = [
  {
    name: 'notes that somebody asked, for its holder to answer',
    plan,
    given: [],
    when: asksToCancel,
    follows: { events: [cancelRequested], state: { status: 'running', cancel: 'requested' } },
  },
  {
    name: 'notes it once',
    plan,
    given: [cancelRequested],
    when: asksToCancel,
    follows: {},
  },
  {
    name: 'turns back at the next claim; a step that never ran owes nothing',
    plan,
    given: [cancelRequested],
    when: claims('c1'),
    follows: {
      events: [began(canceled), compensated],
      commands: [halt],
      state: { status: 'compensated', cancel: 'applied', failure: canceled },
    },
  },
  {
    name: 'waits for the verdict of the step at work, and undoes it',
    plan,
    given: [cancelRequested],
    when: sawSuccess('reserve'),
    follows: {
      events: [succeeded('reserve'), began(canceled, 'reserve')],
      commands: [undo('reserve')],
      state: { status: 'compensating', cancel: 'applied' },
    },
  },
  {
    name: 'makes no other attempt once it is canceled, and undoes what is unknown',
    plan,
    given: [cancelRequested],
    when: sawError('reserve', 1, { quietAfterMs: 7_000 }),
    follows: {
      events: [failed('reserve', 1, null, 7_000), began(canceled, 'reserve?')],
      commands: [undo('reserve', 1, { outcome: 'unknown', delayMs: 7_000 })],
      state: { steps: { reserve: { action: { status: 'unknown' } } } },
    },
  },
  {
    name: 'keeps a rejection as its first cause when a cancel waited behind it',
    plan: bare,
    given: [succeeded('reserve'), cancelRequested],
    when: sawRejection('charge'),
    follows: {
      events: [rejected('charge'), began(cause('rejection', 'charge'), 'reserve')],
      commands: [undo('reserve')],
      state: { failure: cause('rejection', 'charge'), cancel: 'applied' },
    },
  },
  {
    name: 'turns back at a pivot that has surely no effect',
    plan,
    given: [succeeded('reserve'), starting('pay', 'c1'), cancelRequested],
    when: claims('c2'),
    follows: { events: [began(canceled, 'reserve')], commands: [undo('reserve')] },
  },
  {
    name: 'turns back when the pivot that was at work is rejected',
    plan,
    given: [succeeded('reserve'), starting('pay', 'c1'), cancelRequested],
    when: sawRejection('pay'),
    follows: {
      events: [rejected('pay'), began(cause('rejection', 'pay'), 'reserve')],
      commands: [undo('reserve')],
    },
  },
  {
    name: 'asks a pivot of unknown outcome again before it answers a cancel',
    plan,
    given: [succeeded('reserve'), starting('pay', 'c1'), cancelRequested],
    when: sawError('pay'),
    follows: {
      events: [failed('pay', 1, 1_000)],
      commands: [run('pay', 2, { delayMs: 1_000 })],
      state: { cancel: 'requested' },
    },
  },
  {
    name: 'refuses in the journal when the pivot overtook the cancel',
    plan,
    given: [succeeded('reserve'), starting('pay', 'c1'), cancelRequested],
    when: sawSuccess('pay'),
    follows: {
      events: [succeeded('pay'), cancelRefused],
      commands: [run('ship')],
      state: { status: 'running', cancel: 'refused' },
    },
  },
  {
    name: 'refuses at once behind the pivot',
    plan,
    given: [succeeded('reserve'), succeeded('pay')],
    when: asksToCancel,
    follows: { refusal: pastPivot },
  },
  {
    name: 'answers a request that reached the journal behind the pivot',
    plan,
    given: [succeeded('reserve'), succeeded('pay'), cancelRequested],
    when: claims('c1'),
    follows: { events: [cancelRefused], commands: [run('ship')] },
  },
  {
    name: 'answers a request behind the pivot at the latest with its end',
    plan,
    given: [succeeded('reserve'), succeeded('pay'), succeeded('ship'), cancelRequested],
    when: computed('all done'),
    follows: {
      events: [cancelRefused, completed()],
      commands: [halt],
      state: { status: 'completed', cancel: 'refused' },
    },
  },
  {
    name: 'without a pivot lets a cancel win that came before the end',
    plan: bare,
    given: [succeeded('reserve'), succeeded('charge'), cancelRequested],
    when: computed('all done'),
    follows: { events: [began(canceled, 'charge', 'reserve')], commands: [undo('charge')] },
  },
  {
    name: 'refuses when it is completed',
    plan: bare,
    given: [succeeded('reserve'), succeeded('charge'), completed()],
    when: asksToCancel,
    follows: { refusal: 'The saga is already completed.' },
  },
  {
    name: 'refuses when it is compensated',
    plan: bare,
    given: [[rejected('reserve'), began(cause('rejection', 'reserve')), compensated]],
    when: asksToCancel,
    follows: { refusal: 'The saga is already compensated.' },
  },
  {
    name: 'has nothing to do when it is on its way back anyway',
    plan: bare,
    given: exhausted.slice(0, 2),
    when: asksToCancel,
    follows: {},
  },
  {
    name: 'counts a request as applied that reached the journal on the way back',
    plan: bare,
    given: [...exhausted.slice(0, 2), cancelRequested],
    when: claims('c1'),
    follows: {
      commands: [undo('reserve')],
      state: { cancel: 'applied', failure: cause('rejection', 'charge') },
    },
  },
  {
    name: 'that is stuck on its way back cannot be canceled',
    plan: bare,
    given: exhausted,
    when: asksToCancel,
    follows: { refusal: 'The saga is stuck on its way back; retry it instead.' },
  },
  {
    name: 'that is stuck before the pivot turns back at once: nobody holds it',
    plan,
    given: [[failed('reserve', 1, null), stuck('payload_invalid', 'reserve')]],
    when: asksToCancel,
    follows: {
      events: [cancelRequested, began({ ...stuckCause, step: 'reserve' }, 'reserve?')],
      commands: [undo('reserve', 1, { outcome: 'unknown' })],
      state: { status: 'compensating', cancel: 'applied', failure: { code: 'canceled' } },
    },
  },
  {
    name: 'that is stuck at a pivot which never ran turns back',
    plan,
    given: [succeeded('reserve'), stuck('handler_missing', 'pay')],
    when: asksToCancel,
    follows: {
      events: [cancelRequested, began({ ...stuckCause, step: 'pay' }, 'reserve')],
      commands: [undo('reserve')],
    },
  },
  {
    name: 'that is stuck with its output turns back when there is no pivot',
    plan: bare,
    given: [succeeded('reserve'), succeeded('charge'), stuck('payload_invalid', null)],
    when: asksToCancel,
    follows: {
      events: [cancelRequested, began(stuckCause, 'charge', 'reserve')],
      commands: [undo('charge')],
    },
  },
  {
    name: 'that is stuck at a pivot of unknown outcome cannot be canceled',
    plan,
    given: [succeeded('reserve'), [failed('pay', 1, null), stuck('pivot_outcome_unknown', 'pay')]],
    when: asksToCancel,
    follows: { refusal: 'Whether the pivot "pay" took effect is unknown; retry it first.' },
  },
  {
    name: 'that is stuck behind the pivot cannot be canceled',
    plan,
    given: [succeeded('reserve'), succeeded('pay'), stuck('handler_missing', 'ship')],
    when: asksToCancel,
    follows: { refusal: `${pastPivot} Retry it instead.` },
  },
  {
    name: 'turns back when an operator wakes it while a cancel is waiting',
    plan,
    given: [cancelRequested, stuck('definition_missing', 'reserve')],
    when: asksToRetry,
    follows: {
      events: [resumed, began(canceled), compensated],
      commands: [halt],
      state: { status: 'compensated' },
    },
  },
]
