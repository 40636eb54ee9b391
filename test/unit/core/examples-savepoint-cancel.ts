import type { SagaFailure } from '../../../packages/engine/src/core/failure.ts'
import type { Example } from './example.ts'
import {
  began,
  beganTo,
  cancelRequested,
  canceled,
  cause,
  compensated,
  rejected,
  resumed,
  stuck,
  succeeded,
  undone,
  reached,
} from './facts.ts'
import { forkingPlan, retriable, savepoint, step } from './plans.ts'
import {
  asksToCancel,
  asksToRetry,
  halt,
  sawRejection,
  sawSuccess,
  sawUndone,
  undo,
} from './sights.ts'

const priced = forkingPlan(
  step('quote'),
  savepoint('priced'),
  step('reserve'),
  step('charge'),
  retriable('mail'),
)
const rejection = cause('rejection', 'charge')
const isRejected = [
  succeeded('quote'),
  succeeded('reserve'),
  [rejected('charge'), beganTo('priced', rejection, 'reserve')],
]
const again = [...isRejected, [undone('reserve'), reached('priced', 2)]]
const late: SagaFailure = {
  kind: 'deadline',
  code: 'deadline',
  message: 'The deadline of the saga passed before its pivot.',
  step: null,
}
const exhausted = stuck('compensation_exhausted', 'reserve', { direction: 'backward' })

/** A saga that is canceled between its rounds. */
export const savepointCancelExamples: readonly Example[] = [
  {
    name: 'goes the whole way back when it is canceled',
    plan: priced,
    given: [succeeded('quote'), cancelRequested],
    when: sawSuccess('reserve'),
    follows: {
      events: [succeeded('reserve'), began(canceled, 'reserve', 'quote')],
      commands: [undo('reserve')],
      state: { cancel: 'applied', returning: null },
    },
  },
  {
    name: 'goes the whole way back when a step fails of one that was to be canceled',
    plan: priced,
    given: [succeeded('quote'), succeeded('reserve'), cancelRequested],
    when: sawRejection('charge'),
    follows: {
      events: [rejected('charge'), began(rejection, 'reserve', 'quote')],
      commands: [undo('reserve')],
      state: { cancel: 'applied', returning: null },
    },
  },
  {
    name: 'is asked to be canceled on the way to a save-point',
    plan: priced,
    given: isRejected,
    when: asksToCancel,
    follows: { events: [cancelRequested], state: { cancel: 'requested', status: 'compensating' } },
  },
  {
    name: 'has nothing to add when it is asked once more',
    plan: priced,
    given: [...isRejected, cancelRequested],
    when: asksToCancel,
    follows: {},
  },
  {
    name: 'goes on from the save-point with the rest of the way back when it was canceled on the way',
    plan: priced,
    given: [...isRejected, cancelRequested],
    when: sawUndone('reserve'),
    follows: {
      events: [undone('reserve'), began(canceled, 'quote')],
      commands: [undo('quote')],
      state: { status: 'compensating', cancel: 'applied', returning: null, failure: rejection },
    },
  },
  {
    name: 'ends at the save-point when it was canceled on the way, and nothing else stands',
    plan: forkingPlan(savepoint('start'), step('reserve'), step('charge')),
    given: [
      succeeded('reserve'),
      [rejected('charge'), beganTo('start', rejection, 'reserve')],
      cancelRequested,
    ],
    when: sawUndone('reserve'),
    follows: {
      events: [undone('reserve'), began(canceled), compensated],
      commands: [halt],
    },
  },
  {
    name: 'goes on from the save-point with the rest of the way back when its deadline passed on the way',
    plan: { ...priced, deadlineMs: 1 },
    given: isRejected,
    when: sawUndone('reserve'),
    follows: {
      events: [undone('reserve'), { type: 'deadline_passed' }, began(late, 'quote')],
      commands: [undo('quote')],
      state: { deadline: 'passed', returning: null, failure: rejection },
    },
  },
  {
    name: 'goes the whole way back when a step fails beyond its deadline',
    plan: priced,
    given: [succeeded('quote'), { type: 'deadline_passed' }],
    when: sawRejection('reserve'),
    follows: {
      events: [rejected('reserve'), began(cause('rejection', 'reserve'), 'quote')],
      commands: [undo('quote')],
      state: { returning: null },
    },
  },
  {
    name: 'takes a cancel while it is stuck on the way to a save-point',
    plan: priced,
    given: [...isRejected, exhausted],
    when: asksToCancel,
    follows: { events: [cancelRequested], state: { status: 'stuck', cancel: 'requested' } },
  },
  {
    name: 'goes the whole way back when it is retried after that',
    plan: priced,
    given: [...isRejected, exhausted, cancelRequested, resumed],
    when: sawUndone('reserve'),
    follows: {
      events: [undone('reserve'), began(canceled, 'quote')],
      commands: [undo('quote')],
    },
  },
  {
    name: 'is turned in a later round as in the first',
    plan: priced,
    given: [...again, cancelRequested],
    when: asksToRetry,
    follows: { refusal: 'The saga is running; only a stuck saga is retried.' },
  },
  {
    name: 'is canceled in a later round',
    plan: priced,
    given: [...again, cancelRequested],
    when: { ...sawSuccess('reserve'), round: 2 },
    follows: {
      events: [succeeded('reserve'), began(canceled, 'reserve', 'quote')],
      commands: [undo('reserve', 1, { round: 2 })],
    },
  },
]
