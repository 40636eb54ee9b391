import type { FollowingEvent } from '../../../packages/engine/src/core/event.ts'
import type { Example } from './example.ts'
import {
  began,
  canceled,
  cancelRequested,
  cause,
  compensated,
  completed,
  failed,
  failure,
  lost,
  rejected,
  starting,
  succeeded,
} from './facts.ts'
import { attempts, forkingPlan, parallel, pivot, retriable, step } from './plans.ts'
import {
  asksToCancel,
  asksToRetry,
  cannot,
  claims,
  complete,
  computed,
  halt,
  run,
  sawError,
  sawRejection,
  sawSuccess,
  undo,
} from './sights.ts'

/** The same, on another branch. */
export function on<Told extends { readonly branch: string }>(path: string, told: Told): Told {
  return { ...told, branch: path }
}

export const flight = 'book/flight'
export const hotel = 'book/hotel'
export const forked: FollowingEvent = {
  type: 'fork_began',
  branch: 'main',
  fork: 'book',
  items: null,
}
export const joined: FollowingEvent = { type: 'fork_joined', branch: 'main', fork: 'book' }
const branches = {
  flight: [step('seat'), step('meal')],
  hotel: [step('room', { queue: 'hotels' })],
}
export const trip = forkingPlan(step('quote'), parallel('book', branches), step('mail'))
const patient = forkingPlan(parallel('book', branches, { siblings: 'waitAll' }))
const barred = {
  flight: [step('seat', { barrier: true })],
  hotel: [step('room', { barrier: true })],
  car: [step('car', { barrier: true })],
}
const hasty = forkingPlan(parallel('book', barred, { siblings: 'failFast' }))
const late = forkingPlan(
  pivot('pay'),
  parallel('book', {
    flight: [retriable('seat', { retry: attempts(1) })],
    hotel: [retriable('room')],
  }),
)
export const rejection = cause('rejection', 'seat')
const failedBranch = (path: string, why = rejection): FollowingEvent => {
  return { type: 'branch_failed', branch: path, failure: why }
}
const stopped = (path: string): FollowingEvent => ({ type: 'branch_stopped', branch: path })
const seatTaken = on(flight, succeeded('seat'))
const roomTaken = on(hotel, succeeded('room'))
const seatRejected = [on(flight, rejected('seat')), failedBranch(flight)]
const inFork = [succeeded('quote'), forked]
const paid = [[starting('pay', 'c0')], [succeeded('pay'), forked]]
const spent = {
  code: 'retriable_step_exhausted',
  direction: 'forward',
  branch: flight,
  step: 'seat',
  failure: failure('error'),
} as const
const seatHalted: FollowingEvent = { type: 'branch_halted', ...spent }

/** Parallel branches on their way forward, and how they turn back together. */
export const forkExamples: readonly Example[] = [
  {
    name: 'goes on in branches, each with a task of its own',
    plan: trip,
    given: [],
    when: sawSuccess('quote'),
    follows: {
      events: [succeeded('quote'), forked],
      commands: [halt, on(flight, run('seat')), on(hotel, run('room', 1, { queue: 'hotels' }))],
      state: { fork: { name: 'book', opened: 2 }, branches: { [flight]: { cursor: 0 } } },
    },
  },
  {
    name: 'goes on within a branch',
    plan: trip,
    given: inFork,
    when: on(flight, sawSuccess('seat')),
    follows: { events: [seatTaken], commands: [on(flight, run('meal'))] },
  },
  {
    name: 'ends a branch, while others are at work',
    plan: trip,
    given: inFork,
    when: on(hotel, sawSuccess('room')),
    follows: {
      events: [roomTaken],
      commands: [on(hotel, halt)],
      state: { fork: { name: 'book' } },
    },
  },
  {
    name: 'joins when the last branch ends, and goes on where it forked',
    plan: trip,
    given: [...inFork, seatTaken, roomTaken],
    when: on(flight, sawSuccess('meal')),
    follows: {
      events: [on(flight, succeeded('meal')), joined],
      commands: [on(flight, halt), run('mail')],
      state: { fork: null, branches: { main: { cursor: 2 } } },
    },
  },
  {
    name: 'computes its output when a fork was the last it had to do',
    plan: patient,
    given: [forked, seatTaken, on(flight, succeeded('meal'))],
    when: on(hotel, sawSuccess('room')),
    follows: { events: [roomTaken, joined], commands: [on(hotel, halt), complete] },
  },
  {
    name: 'begins with a fork',
    plan: patient,
    given: [],
    when: claims('c1'),
    follows: {
      events: [forked],
      commands: [halt, on(flight, run('seat')), on(hotel, run('room', 1, { queue: 'hotels' }))],
    },
  },
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
    name: 'takes a lost lease of a branch for its own attempt',
    plan: trip,
    given: [...inFork, on(hotel, lost('c2'))],
    when: on(hotel, claims('c3')),
    follows: {
      commands: [on(hotel, run('room', 2, { queue: 'hotels' }))],
      state: {
        branches: { [hotel]: { deaths: 1 }, [flight]: { deaths: 0 } },
        steps: { room: { action: { unknownAttempts: 1 } } },
      },
    },
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
  {
    name: 'ends when its output is computed behind a fork',
    plan: patient,
    given: [forked, seatTaken, on(flight, succeeded('meal')), [roomTaken, joined]],
    when: computed(),
    follows: { events: [completed()], commands: [halt], state: { status: 'completed' } },
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
]

export function undoForked(fork = 'book'): FollowingEvent {
  return { type: 'undo_forked', branch: 'main', fork }
}
