import type { Example } from './example.ts'
import {
  began,
  canceled,
  cancelRequested,
  cause,
  compensated,
  failed,
  lateSuccess,
  lost,
  rejected,
  succeeded,
} from './facts.ts'
import {
  on,
  flight,
  hotel,
  forked,
  trip,
  patient,
  hasty,
  rejection,
  failedBranch,
  stopped,
  seatTaken,
  roomTaken,
  seatRejected,
  inFork,
  undoForked,
} from './forks.ts'
import { claims, halt, run, sawError, sawRejection, sawSuccess, undo } from './sights.ts'
import { forkingPlan, parallel, step } from './plans.ts'

const rolledBack = forkingPlan(
  parallel(
    'book',
    { flight: [step('seat', { barrier: true })], hotel: [step('room', { transactional: true })] },
    { siblings: 'failFast' },
  ),
)

const denying = forkingPlan(
  parallel('book', {
    flight: [step('seat', { rejectionCoversEarlierAttempts: true })],
    hotel: [step('room')],
  }),
)

/** Parallel branches of which one fails, and how they turn back together. */
export const forkFailingExamples: readonly Example[] = [
  {
    name: 'waits for the branches beside one that failed',
    plan: trip,
    given: inFork,
    when: on(flight, sawRejection('seat')),
    follows: {
      events: seatRejected,
      commands: [on(flight, halt)],
      state: { status: 'running', turning: rejection },
    },
  },
  {
    name: 'turns back when the last of them has settled, with what failed first',
    plan: trip,
    given: [...inFork, seatRejected],
    when: on(hotel, sawSuccess('room')),
    follows: {
      events: [roomTaken, began(rejection, 'room', 'quote'), undoForked()],
      commands: [on(hotel, undo('room', 1, { queue: 'hotels' }))],
      state: { status: 'compensating', failure: rejection, turning: null },
    },
  },
  {
    name: 'undoes what a branch that failed had denied, when that is reported before the last one has settled',
    plan: denying,
    given: [
      forked,
      on(flight, lost('c1')),
      [on(flight, rejected('seat', 2)), failedBranch(flight)],
      on(flight, lateSuccess('seat', 'c1')),
    ],
    when: on(hotel, sawRejection('room')),
    follows: {
      events: [on(hotel, rejected('room')), stopped(hotel), began(rejection, 'seat'), undoForked()],
      commands: [on(hotel, halt), on(flight, undo('seat'))],
      state: {
        status: 'compensating',
        steps: { seat: { action: { output: 'seat-late', lateSuccess: null } } },
      },
    },
  },
  {
    name: 'makes no other attempt beside a branch that failed',
    plan: trip,
    given: [...inFork, seatRejected],
    when: on(hotel, sawError('room')),
    follows: {
      events: [
        on(hotel, failed('room', 1, null)),
        stopped(hotel),
        began(rejection, 'room?', 'quote'),
        undoForked(),
      ],
      commands: [on(hotel, undo('room', 1, { queue: 'hotels', outcome: 'unknown' }))],
    },
  },
  {
    name: 'makes no first attempt there either',
    plan: trip,
    given: [...inFork, seatRejected],
    when: on(hotel, claims('c2')),
    follows: {
      events: [stopped(hotel), began(rejection, 'quote')],
      commands: [on(hotel, halt), undo('quote')],
    },
  },
  {
    name: 'goes no further in a branch beside one that failed',
    plan: trip,
    given: [
      ...inFork,
      [on(hotel, rejected('room')), failedBranch(hotel, cause('rejection', 'room'))],
    ],
    when: on(flight, sawSuccess('seat')),
    follows: {
      events: [
        seatTaken,
        stopped(flight),
        began(cause('rejection', 'room'), 'seat', 'quote'),
        undoForked(),
      ],
      commands: [on(flight, undo('seat'))],
    },
  },
  {
    name: 'lets the branches beside it come to their end where that is asked for',
    plan: patient,
    given: [forked, [on(hotel, rejected('room')), failedBranch(hotel)]],
    when: on(flight, sawSuccess('seat')),
    follows: { events: [seatTaken], commands: [on(flight, run('meal'))] },
  },
  {
    name: 'tries again there, too',
    plan: patient,
    given: [forked, [on(hotel, rejected('room')), failedBranch(hotel)]],
    when: on(flight, sawError('seat')),
    follows: {
      events: [on(flight, failed('seat', 1, 1_000))],
      commands: [on(flight, run('seat', 2, { delayMs: 1_000 }))],
    },
  },
  {
    name: 'turns back when they have come to their end',
    plan: patient,
    given: [forked, [on(hotel, rejected('room')), failedBranch(hotel)], seatTaken],
    when: on(flight, sawSuccess('meal')),
    follows: {
      events: [on(flight, succeeded('meal')), began(rejection, 'meal', 'seat'), undoForked()],
      commands: [on(flight, undo('meal'))],
    },
  },
  {
    name: 'waits for nobody where that is asked for, and takes every attempt for unknown',
    plan: hasty,
    given: [forked, on('book/car', succeeded('car'))],
    when: on(flight, sawRejection('seat')),
    follows: {
      events: [
        ...seatRejected,
        { type: 'branches_abandoned', branch: flight, branches: [hotel] },
        began(rejection, 'room?', 'car'),
        undoForked(),
      ],
      commands: [
        on(flight, halt),
        on(hotel, undo('room', 1, { outcome: 'unknown' })),
        on('book/car', undo('car')),
      ],
      state: { steps: { room: { action: { status: 'unknown', unknownAttempts: 1 } } } },
    },
  },
  {
    name: 'ignores a branch that nobody waited for',
    plan: hasty,
    given: [
      forked,
      [
        ...seatRejected,
        { type: 'branches_abandoned', branch: flight, branches: [hotel, 'book/car'] },
        began(rejection, 'car?', 'room?'),
        undoForked(),
      ],
      [{ type: 'compensation_succeeded', branch: hotel, step: 'room', attempt: 1 }],
    ],
    when: on(hotel, sawSuccess('room')),
    follows: { commands: [on(hotel, halt)] },
  },
  {
    name: 'answers a cancel once its branches have settled',
    plan: trip,
    given: [...inFork, cancelRequested],
    when: on(flight, sawSuccess('seat')),
    follows: {
      events: [seatTaken, failedBranch(flight, canceled)],
      commands: [on(flight, halt)],
      state: { cancel: 'requested' },
    },
  },
  {
    name: 'is canceled even where branches are to come to their end',
    plan: patient,
    given: [forked, cancelRequested, [seatTaken, failedBranch(flight, canceled)]],
    when: on(hotel, claims('c2')),
    follows: {
      events: [stopped(hotel), began(canceled, 'seat'), undoForked()],
      commands: [on(hotel, halt), on(flight, undo('seat'))],
      state: { cancel: 'applied' },
    },
  },
  {
    name: 'is compensated at once where nothing stands',
    plan: patient,
    given: [forked, [on(flight, rejected('seat')), failedBranch(flight)]],
    when: on(hotel, sawRejection('room')),
    follows: {
      events: [on(hotel, rejected('room')), stopped(hotel), began(rejection), compensated],
      commands: [on(hotel, halt)],
      state: { status: 'compensated', failure: rejection },
    },
  },
  {
    name: 'abandons nobody where nobody is at work any more',
    plan: hasty,
    given: [forked, on('book/car', succeeded('car')), roomTaken],
    when: on(flight, sawRejection('seat')),
    follows: {
      events: [...seatRejected, began(rejection, 'room', 'car'), undoForked()],
      commands: [on(flight, halt), on(hotel, undo('room')), on('book/car', undo('car'))],
    },
  },
  {
    name: 'undoes nothing of a transactional step that nobody waited for',
    plan: rolledBack,
    given: [forked],
    when: on(flight, sawRejection('seat')),
    follows: {
      events: [
        ...seatRejected,
        { type: 'branches_abandoned', branch: flight, branches: [hotel] },
        began(rejection),
        compensated,
      ],
      commands: [on(flight, halt)],
      state: { steps: { room: { action: { status: 'unknown', unknownAttempts: 0 } } } },
    },
  },
]
