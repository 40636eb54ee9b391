import type { Example } from './example.ts'
import { began, canceled, cancelRequested, failed, failure } from './facts.ts'
import {
  on,
  flight,
  hotel,
  trip,
  late,
  roomTaken,
  inFork,
  paid,
  spent,
  seatHalted,
  undoForked,
} from './forks.ts'
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
      events: [
        cancelRequested,
        began(
          {
            ...canceled,
            message: `The saga was canceled while it was stuck: ${failure('error').message}`,
            step: 'seat',
          },
          'room',
          'quote',
        ),
        undoForked(),
      ],
      commands: [on(hotel, undo('room', 1, { queue: 'hotels' }))],
      state: { status: 'compensating', cancel: 'applied' },
    },
  },
]
