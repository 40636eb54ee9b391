import type { Example } from './example.ts'
import {
  began,
  canceled,
  cancelRequested,
  cause,
  failed,
  failure,
  lost,
  rejected,
  succeeded,
  undoFailed,
  undone,
} from './facts.ts'
import {
  on,
  flight,
  hotel,
  failedBranch,
  forked,
  joined,
  patient,
  rejection,
  seatTaken,
  trip,
  late,
  roomTaken,
  inFork,
  paid,
  spent,
  seatHalted,
  undoForked,
} from './forks.ts'
import { forkingPlan, parallel, step } from './plans.ts'
import {
  asksToRetry,
  cannot,
  halt,
  run,
  sawError,
  sawSuccess,
  undo,
  asksToCancel,
} from './sights.ts'

const both = forkingPlan(
  parallel('book', { flight: [step('seat')], hotel: [step('room')] }),
  step('mail'),
)
const seatBlocked = { ...spent, code: 'compensation_exhausted', direction: 'backward' } as const
const canceledWhileStuck = {
  ...canceled,
  message: `The saga was canceled while it was stuck: ${failure('error').message}`,
  step: 'seat',
}

/** Parallel branches of which one needs an operator. */
export const forkStuckExamples: readonly Example[] = [
  {
    name: 'goes on beside a branch that waits for an operator',
    plan: late,
    given: paid,
    when: on(flight, sawError('seat')),
    follows: {
      events: [on(flight, failed('seat', 1, null)), seatHalted],
      commands: [on(flight, halt)],
      state: { status: 'running', branches: { [flight]: { halt: { since: 2_000_000 } } } },
    },
  },
  {
    name: 'is stuck when no other branch is at work',
    plan: late,
    given: [...paid, [on(flight, failed('seat', 1, null)), seatHalted]],
    when: on(hotel, sawSuccess('room')),
    follows: {
      events: [roomTaken, { type: 'saga_stuck', ...spent }],
      commands: [on(hotel, halt)],
      state: { status: 'stuck', stuck: { branch: flight, step: 'seat' } },
    },
  },
  {
    name: 'sets every branch going that had stopped',
    plan: late,
    given: [
      ...paid,
      [on(flight, failed('seat', 1, null)), seatHalted],
      [roomTaken, { type: 'saga_stuck', ...spent }],
    ],
    when: asksToRetry,
    follows: {
      events: [{ type: 'saga_resumed', actor: 'ann', reason: 'mended' }],
      commands: [on(flight, run('seat', 2))],
      state: { status: 'running', branches: { [flight]: { halt: null } } },
    },
  },
  {
    name: 'is stuck at once where the branch was the last one',
    plan: late,
    given: [...paid, roomTaken],
    when: on(flight, cannot('handler_missing')),
    follows: {
      events: [
        { ...seatHalted, code: 'handler_missing' },
        { type: 'saga_stuck', ...spent, code: 'handler_missing' },
      ],
      commands: [on(flight, halt)],
      state: { status: 'stuck' },
    },
  },
  {
    name: 'turns back all the same where a branch beside one that failed needs an operator',
    plan: patient,
    given: [forked, [on(hotel, rejected('room')), failedBranch(hotel)], seatTaken],
    when: on(flight, cannot('handler_missing')),
    follows: {
      events: [
        { ...seatHalted, code: 'handler_missing', step: 'meal' },
        began(rejection, 'seat'),
        undoForked(),
      ],
      commands: [on(flight, undo('seat'))],
      state: { status: 'compensating', branches: { [flight]: { halt: null } } },
    },
  },
  {
    name: 'waits for its handlers to be quiet from when it got stuck, when it is canceled',
    plan: trip,
    given: [
      ...inFork,
      on(flight, lost('c1')),
      { ...seatHalted, code: 'handler_missing' },
      [roomTaken, { type: 'saga_stuck', ...spent, code: 'handler_missing' }],
    ],
    when: asksToCancel,
    follows: {
      events: [cancelRequested, began(canceledWhileStuck, 'seat?', 'room', 'quote'), undoForked()],
      commands: [
        on(flight, undo('seat', 1, { outcome: 'unknown', delayMs: 33_000 })),
        on(hotel, undo('room', 1, { queue: 'hotels' })),
      ],
    },
  },
  {
    name: 'waits from there, too, when an undo is retried whose action may not be quiet yet',
    plan: both,
    given: [
      forked,
      on(flight, failed('seat', 1, 0, 10_000)),
      on(flight, succeeded('seat', 2)),
      [roomTaken, joined],
      [rejected('mail'), began(cause('rejection', 'mail'), 'room', 'seat'), undoForked()],
      on(hotel, undone('room')),
      on(flight, undoFailed('seat', 1, 0)),
      [
        on(flight, undoFailed('seat', 2, null)),
        { type: 'branch_halted', ...seatBlocked },
        { type: 'saga_stuck', ...seatBlocked },
      ],
    ],
    when: asksToRetry,
    follows: {
      events: [{ type: 'saga_resumed', actor: 'ann', reason: 'mended' }],
      commands: [on(flight, undo('seat', 3, { delayMs: 4_000 }))],
    },
  },
  {
    name: 'turns back when it is canceled while it is stuck in a fork',
    plan: trip,
    given: [
      ...inFork,
      roomTaken,
      [
        { ...seatHalted, code: 'poison_task' },
        { type: 'saga_stuck', ...spent, code: 'poison_task' },
      ],
    ],
    when: asksToCancel,
    follows: {
      events: [cancelRequested, began(canceledWhileStuck, 'room', 'quote'), undoForked()],
      commands: [on(hotel, undo('room', 1, { queue: 'hotels' }))],
      state: { status: 'compensating', cancel: 'applied' },
    },
  },
]
