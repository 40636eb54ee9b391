import type { Example } from './example.ts'
import { flight, forked, hotel, joined, on, rejection, trip, undoForked } from './forks.ts'
import {
  began,
  cancelRequested,
  canceled,
  cause,
  compensated,
  failure,
  lateSuccess,
  lost,
  rejected,
  succeeded,
  undoFailed,
  undone,
} from './facts.ts'
import { attempts, forkingPlan, parallel, step } from './plans.ts'
import {
  asksToRetry,
  cannot,
  claims,
  halt,
  run,
  sawRejection,
  sawSuccess,
  sawUndoError,
  sawUndone,
  undo,
  reports,
} from './sights.ts'
import type { FollowingEvent } from '../../../packages/engine/src/core/event.ts'

const undoJoined: FollowingEvent = { type: 'undo_joined', branch: 'main', fork: 'book' }
const mailRejected = cause('rejection', 'mail')
const forkDone = [
  succeeded('quote'),
  forked,
  on(flight, succeeded('seat')),
  on(hotel, succeeded('room')),
  [on(flight, succeeded('meal')), joined],
]
const undoing = [
  ...forkDone,
  [rejected('mail'), began(mailRejected, 'meal', 'room', 'seat', 'quote'), undoForked()],
]
const exhausted = {
  code: 'compensation_exhausted',
  direction: 'backward',
  branch: hotel,
  step: 'room',
  failure: failure('error'),
} as const
const roomBlocked: FollowingEvent = { type: 'branch_halted', ...exhausted }
const blockedRows = [
  on(hotel, undoFailed('room', 1, 1_000)),
  [on(hotel, undoFailed('room', 2, null)), roomBlocked],
]
const inOneLine = forkingPlan(
  parallel('book', { flight: [step('seat')], hotel: [step('room')] }, { compensation: 'serial' }),
  step('mail'),
)
const slow = forkingPlan(
  parallel('book', {
    flight: [step('seat', { retry: attempts(1) })],
    hotel: [step('room', { retry: attempts(3) })],
  }),
)

/** Parallel branches on their way back. */
export const forkBackExamples: readonly Example[] = [
  {
    name: 'undoes the branches of a fork side by side, each in its own reverse order',
    plan: trip,
    given: forkDone,
    when: sawRejection('mail'),
    follows: {
      events: [
        rejected('mail'),
        began(mailRejected, 'meal', 'room', 'seat', 'quote'),
        undoForked(),
      ],
      commands: [halt, on(flight, undo('meal')), on(hotel, undo('room', 1, { queue: 'hotels' }))],
      state: { undoLines: { book: { [flight]: ['meal', 'seat'], [hotel]: ['room'] } } },
    },
  },
  {
    name: 'undoes the next step of a branch',
    plan: trip,
    given: undoing,
    when: on(flight, sawUndone('meal')),
    follows: { events: [on(flight, undone('meal'))], commands: [on(flight, undo('seat'))] },
  },
  {
    name: 'goes on where the way back of a branch stands',
    plan: trip,
    given: [...undoing, on(flight, undone('meal'))],
    when: on(flight, claims('c9')),
    follows: { commands: [on(flight, undo('seat'))] },
  },
  {
    name: 'takes a lost lease on the way back for the undo of its branch',
    plan: trip,
    given: [...undoing, on(flight, lost('c8'))],
    when: on(flight, claims('c9')),
    follows: { commands: [on(flight, undo('meal', 2))] },
  },
  {
    name: 'ends the way back of a branch while others are at work',
    plan: trip,
    given: undoing,
    when: on(hotel, sawUndone('room')),
    follows: { events: [on(hotel, undone('room'))], commands: [on(hotel, halt)] },
  },
  {
    name: 'goes on before the fork once all its branches are undone',
    plan: trip,
    given: [...undoing, on(hotel, undone('room')), on(flight, undone('meal'))],
    when: on(flight, sawUndone('seat')),
    follows: {
      events: [on(flight, undone('seat')), undoJoined],
      commands: [on(flight, halt), undo('quote')],
      state: { fork: null, undoLines: {} },
    },
  },
  {
    name: 'undoes the steps of a fork one after the other where that is asked for',
    plan: inOneLine,
    given: [forked, on(hotel, succeeded('room')), [on(flight, succeeded('seat')), joined]],
    when: sawRejection('mail'),
    follows: {
      events: [rejected('mail'), began(mailRejected, 'seat', 'room')],
      commands: [undo('seat')],
      state: { branches: { main: { undo: ['seat', 'room'] } } },
    },
  },
  {
    name: 'undoes other branches while one is blocked',
    plan: trip,
    given: [...undoing, on(hotel, undoFailed('room', 1, 1_000))],
    when: on(hotel, sawUndoError('room', 2)),
    follows: {
      events: [on(hotel, undoFailed('room', 2, null)), roomBlocked],
      commands: [on(hotel, halt)],
      state: { status: 'compensating', steps: { room: { compensation: { status: 'blocked' } } } },
    },
  },
  {
    name: 'is stuck when nothing is left to undo beside a blocked branch',
    plan: trip,
    given: [...undoing, ...blockedRows, on(flight, undone('meal'))],
    when: on(flight, sawUndone('seat')),
    follows: {
      events: [on(flight, undone('seat')), { type: 'saga_stuck', ...exhausted }],
      commands: [on(flight, halt)],
      state: { status: 'stuck', stuck: { branch: hotel, step: 'room' } },
    },
  },
  {
    name: 'undoes a blocked branch after a retry, with the whole budget',
    plan: trip,
    given: [
      ...undoing,
      ...blockedRows,
      on(flight, undone('meal')),
      [on(flight, undone('seat')), { type: 'saga_stuck', ...exhausted }],
    ],
    when: asksToRetry,
    follows: {
      events: [{ type: 'saga_resumed', actor: 'ann', reason: 'mended' }],
      commands: [on(hotel, undo('room', 3, { queue: 'hotels' }))],
      state: { status: 'compensating', steps: { room: { compensation: { status: 'needed' } } } },
    },
  },
  {
    name: 'keeps what a branch cannot undo here for an operator',
    plan: trip,
    given: undoing,
    when: on(hotel, cannot('handler_missing')),
    follows: {
      events: [{ ...roomBlocked, code: 'handler_missing' }],
      commands: [on(hotel, halt)],
      state: { steps: { room: { compensation: { status: 'needed' } } } },
    },
  },
  {
    name: 'undoes a late success in another branch as what it was',
    plan: trip,
    given: [
      succeeded('quote'),
      [forked, cancelRequested],
      on(flight, succeeded('seat')),
      on(hotel, lost('c2')),
      [{ type: 'branch_failed', branch: flight, failure: canceled }],
      [
        { type: 'branch_stopped', branch: hotel },
        began(canceled, 'room?', 'seat', 'quote'),
        undoForked(),
      ],
      on(hotel, lateSuccess('room', 'c2')),
    ],
    when: on(hotel, claims('c3')),
    follows: { commands: [on(hotel, undo('room', 1, { queue: 'hotels' }))] },
  },
  {
    name: 'owes another round where the undo in a branch had begun',
    plan: trip,
    given: [
      succeeded('quote'),
      forked,
      on(flight, succeeded('seat')),
      on(hotel, lost('c2')),
      [on(flight, rejected('meal')), { type: 'branch_failed', branch: flight, failure: rejection }],
      [
        { type: 'branch_stopped', branch: hotel },
        began(rejection, 'room?', 'seat', 'quote'),
        undoForked(),
      ],
      on(hotel, undone('room')),
      on(hotel, lateSuccess('room', 'c2')),
    ],
    when: on(flight, sawUndone('seat')),
    follows: {
      events: [
        on(flight, undone('seat')),
        undoJoined,
        { type: 'compensation_reopened', branch: 'main', step: 'room', round: 2 },
      ],
      commands: [on(flight, halt), undo('room', 1, { queue: 'hotels', round: 2 })],
    },
  },
  {
    name: 'lets a late success settle its branch',
    plan: trip,
    given: [
      succeeded('quote'),
      forked,
      on(hotel, lost('c2')),
      on(hotel, lateSuccess('room', 'c2')),
    ],
    when: on(hotel, claims('c3')),
    follows: {
      events: [on(hotel, succeeded('room', 1, 'room-late'))],
      commands: [on(hotel, halt)],
    },
  },
  {
    name: 'turns back when the budget of a branch is spent and it was the last',
    plan: slow,
    given: [forked, on(hotel, succeeded('room')), on(flight, lost('c2'))],
    when: on(flight, claims('c3')),
    follows: {
      events: [
        { type: 'action_starting', branch: flight, step: 'seat', attempt: 1, claimId: 'c3' },
      ],
      commands: [on(flight, run('seat'))],
    },
  },
  {
    name: 'is compensated once everything is undone',
    plan: slow,
    given: [
      forked,
      on(hotel, succeeded('room')),
      [
        on(flight, rejected('seat')),
        { type: 'branch_failed', branch: flight, failure: rejection },
        began(rejection, 'room'),
        undoForked(),
      ],
    ],
    when: on(hotel, sawUndone('room')),
    follows: {
      events: [on(hotel, undone('room')), undoJoined, compensated],
      commands: [on(hotel, halt)],
      state: { status: 'compensated' },
    },
  },
  {
    name: 'takes no verdict of a branch that has ended',
    plan: trip,
    given: [succeeded('quote'), forked, on(hotel, succeeded('room'))],
    when: on(hotel, sawSuccess('room')),
    follows: { commands: [on(hotel, halt)] },
  },
  {
    name: 'hears of an effect on a branch that owed nothing, while others are undone',
    plan: trip,
    given: [
      succeeded('quote'),
      forked,
      [on(flight, rejected('seat')), { type: 'branch_failed', branch: flight, failure: rejection }],
      [on(hotel, succeeded('room')), began(rejection, 'room', 'quote'), undoForked()],
    ],
    when: on(flight, reports('seat', 'c1')),
    follows: {
      events: [on(flight, lateSuccess('seat', 'c1'))],
      state: { steps: { seat: { compensation: { orphan: true } } } },
    },
  },
]
