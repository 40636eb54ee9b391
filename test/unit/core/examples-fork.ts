import type { Example } from './example.ts'
import { completed, lost, succeeded, lateSuccess, cancelRequested } from './facts.ts'
import {
  on,
  flight,
  hotel,
  forked,
  joined,
  trip,
  patient,
  seatTaken,
  roomTaken,
  inFork,
} from './forks.ts'
import {
  claims,
  complete,
  computed,
  halt,
  run,
  sawSuccess,
  reports,
  asksToCancel,
} from './sights.ts'
import { forkingPlan, forEach, step } from './plans.ts'

/** Parallel branches on their way forward. */
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
    name: 'ends when its output is computed behind a fork',
    plan: patient,
    given: [forked, seatTaken, on(flight, succeeded('meal')), [roomTaken, joined]],
    when: computed(),
    follows: { events: [completed()], commands: [halt], state: { status: 'completed' } },
  },
  {
    name: 'joins when the last step of its last branch turns out to have succeeded long ago',
    plan: trip,
    given: [
      ...inFork,
      seatTaken,
      roomTaken,
      on(flight, lost('c2')),
      on(flight, lateSuccess('meal', 'c2')),
    ],
    when: on(flight, claims('c3')),
    follows: {
      events: [on(flight, succeeded('meal', 1, 'meal-late')), joined],
      commands: [on(flight, halt), run('mail')],
    },
  },
  {
    name: 'keeps a late result without setting anybody to work',
    plan: forkingPlan(step('quote'), forEach('tickets', [step('issue')])),
    given: [lost('c1'), succeeded('quote', 2)],
    when: reports('quote', 'c1'),
    follows: { events: [lateSuccess('quote', 'c1')] },
  },
  {
    name: 'takes a request to cancel while its branches are at work, and tells nobody what to run',
    plan: trip,
    given: inFork,
    when: asksToCancel,
    follows: { events: [cancelRequested], state: { status: 'running', cancel: 'requested' } },
  },
]
