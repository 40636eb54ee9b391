import type { FollowingEvent } from '../../../packages/engine/src/core/event.ts'
import type { Example } from './example.ts'
import { on } from './forks.ts'
import {
  beganTo,
  cause,
  failed,
  lateSuccess,
  reached,
  rejected,
  reopened,
  succeeded,
  undone,
} from './facts.ts'
import { forEach, forkingPlan, harmless, parallel, savepoint, step } from './plans.ts'
import { halt, reports, run, sawRejection, sawSuccess, sawUndone, undo } from './sights.ts'

const trip = forkingPlan(
  savepoint('start'),
  parallel('book', { flight: [step('seat')], hotel: [step('room')] }),
  step('mail'),
)
const flight = 'book/flight'
const hotel = 'book/hotel'
const forked: FollowingEvent = { type: 'fork_began', branch: 'main', fork: 'book', items: null }
const joined: FollowingEvent = { type: 'fork_joined', branch: 'main', fork: 'book' }
const undoForked: FollowingEvent = { type: 'undo_forked', branch: 'main', fork: 'book' }
const undoJoined: FollowingEvent = { type: 'undo_joined', branch: 'main', fork: 'book' }
const mailRejected = cause('rejection', 'mail')
const undoing = [
  forked,
  on(flight, succeeded('seat')),
  [on(hotel, succeeded('room')), joined],
  [rejected('mail'), beganTo('start', mailRejected, 'room', 'seat'), undoForked],
]
const failFast = forkingPlan(
  savepoint('start'),
  parallel(
    'book',
    { flight: [harmless('seat')], hotel: [harmless('room')] },
    { siblings: 'failFast' },
  ),
)
const listed = forkingPlan(savepoint('start'), forEach('ship', [step('send')], { concurrency: 1 }))
const list = (...items: readonly string[]): FollowingEvent => {
  return { type: 'fork_began', branch: 'main', fork: 'ship', items }
}
const item = 'ship/0'
const sent = 'send[0]'
const gaveUp = [
  list('a'),
  [
    on(item, failed(sent, 1, null)),
    { type: 'branch_failed', branch: item, failure: cause('error', sent) },
    beganTo('start', cause('error', sent), `${sent}?`),
    { type: 'undo_forked', branch: 'main', fork: 'ship' },
  ],
] as const
const listAgain = [
  ...gaveUp,
  [
    on(item, undone(sent)),
    { type: 'undo_joined', branch: 'main', fork: 'ship' },
    reached('start', 2),
  ],
  list('b'),
] as const

/** Branches behind a save-point. */
export const savepointForkExamples: readonly Example[] = [
  {
    name: 'forks again once its branches are undone',
    plan: trip,
    given: [...undoing, on(flight, undone('seat'))],
    when: on(hotel, sawUndone('room')),
    follows: {
      events: [on(hotel, undone('room')), undoJoined, reached('start', 2), forked],
      commands: [run('seat', 1, { branch: flight }), run('room', 1, { branch: hotel })],
      state: {
        status: 'running',
        fork: { name: 'book', opened: 2 },
        steps: { seat: { action: { round: 2 } }, room: { action: { round: 2 } } },
      },
    },
  },
  {
    name: 'opens again in the same row the branches that it has given up there',
    plan: failFast,
    given: [forked],
    when: on(flight, sawRejection('seat')),
    follows: {
      events: [
        on(flight, rejected('seat')),
        { type: 'branch_failed', branch: flight, failure: cause('rejection', 'seat') },
        { type: 'branches_abandoned', branch: flight, branches: [hotel] },
        beganTo('start', cause('rejection', 'seat')),
        reached('start', 2),
        forked,
      ],
      commands: [run('seat', 1, { branch: flight }), run('room', 1, { branch: hotel })],
      state: { status: 'running', turning: null },
    },
  },
  {
    name: 'keeps the list of an earlier round for what it may still have to undo',
    plan: listed,
    given: listAgain,
    when: reports(sent, 'c1', { branch: item }),
    follows: {
      events: [on(item, lateSuccess(sent, 'c1'))],
      state: {
        items: { ship: ['b'], 'ship (round 1)': ['a'] },
        steps: { 'send[0] (round 1)': { compensation: { orphan: true } } },
      },
    },
  },
  {
    name: 'undoes at its end what an item of an earlier round has left',
    plan: listed,
    given: [...listAgain, on(item, lateSuccess(sent, 'c1'))],
    when: on(item, { ...sawSuccess(sent), round: 2 }),
    follows: {
      events: [
        on(item, succeeded(sent)),
        { type: 'fork_joined', branch: 'main', fork: 'ship' },
        { type: 'orphan_undo_began', branch: 'main' },
        reopened('send[0] (round 1)', 3),
      ],
      commands: [{ ...halt, branch: item }, undo('send[0] (round 1)', 1, { round: 3 })],
    },
  },
]
