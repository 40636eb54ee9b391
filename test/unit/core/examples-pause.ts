import type { Example } from './example.ts'
import {
  began,
  canceled,
  cancelRequested,
  cause,
  completed,
  rejected,
  resumed,
  stuck,
  succeeded,
  undone,
  compensated,
} from './facts.ts'
import {
  flight,
  forked,
  hotel,
  inFork,
  on,
  roomTaken,
  seatTaken,
  trip,
  undoForked,
} from './forks.ts'
import { asksTo, asksToSkip, park, paused, unpaused, skipped, actedOn } from './operator-words.ts'
import { choice, forkingPlan, planOf, step } from './plans.ts'
import {
  asksToCancel,
  asksToRetry,
  claims,
  halt,
  run,
  sawRejection,
  sawSuccess,
  sawUndone,
  undo,
} from './sights.ts'

const plan = planOf(step('reserve'), step('charge', { queue: 'money', onFailure: 'park' }))
const gift = forkingPlan(step('reserve'), choice('gift', 1), step('wrap', { queue: 'paper' }))
const turned = [
  succeeded('reserve'),
  [rejected('charge'), began(cause('rejection', 'charge'), 'reserve')],
]
const parkedCharge = [rejected('charge'), stuck('parked_by_policy', 'charge')]

/** Sagas that an operator holds where they are. */
export const pauseExamples: readonly Example[] = [
  {
    name: 'is paused, whoever is at it',
    plan,
    given: [],
    when: asksTo('pause'),
    follows: { events: [paused], state: { paused: true, status: 'running' } },
  },
  {
    name: 'is paused once',
    plan,
    given: [paused],
    when: asksTo('pause'),
    follows: { refusal: 'The saga is paused already.' },
  },
  {
    name: 'starts nothing while it is paused',
    plan,
    given: [paused],
    when: claims('c1'),
    follows: { commands: [park()] },
  },
  {
    name: 'records what was at work, and starts nothing behind it',
    plan,
    given: [paused],
    when: sawSuccess('reserve'),
    follows: { events: [succeeded('reserve')], commands: [park('money')] },
  },
  {
    name: 'computes nothing while it is paused',
    plan: gift,
    given: [paused],
    when: sawSuccess('reserve'),
    follows: { events: [succeeded('reserve')], commands: [park()] },
  },
  {
    name: 'waits at a choice while it is paused',
    plan: gift,
    given: [succeeded('reserve'), paused],
    when: claims('c1'),
    follows: { commands: [park('paper')] },
  },
  {
    name: 'turns back while it is paused, and undoes nothing yet',
    plan: planOf(step('reserve'), step('charge')),
    given: [succeeded('reserve'), paused],
    when: sawRejection('charge'),
    follows: {
      events: [rejected('charge'), began(cause('rejection', 'charge'), 'reserve')],
      commands: [park()],
    },
  },
  {
    name: 'undoes nothing while it is paused',
    plan: planOf(step('reserve'), step('charge')),
    given: [...turned, paused],
    when: claims('c1'),
    follows: { commands: [park()] },
  },
  {
    name: 'ends with what was at work, and is not paused any more',
    plan: planOf(step('reserve'), step('charge')),
    given: [...turned, paused],
    when: sawUndone('reserve'),
    follows: {
      events: [undone('reserve'), compensated],
      commands: [halt],
      state: { status: 'compensated', paused: false },
    },
  },
  {
    name: 'hears of a cancel while it is paused',
    plan,
    given: [succeeded('reserve'), paused],
    when: asksToCancel,
    follows: { events: [cancelRequested], state: { cancel: 'requested' } },
  },
  {
    name: 'turns back for that only once it is resumed',
    plan,
    given: [succeeded('reserve'), paused, cancelRequested],
    when: claims('c1'),
    follows: { commands: [park('money')] },
  },
  {
    name: 'turns back for that when it is resumed',
    plan,
    given: [succeeded('reserve'), paused, cancelRequested, unpaused],
    when: claims('c1'),
    follows: { events: [began(canceled, 'reserve')], commands: [undo('reserve')] },
  },
  {
    name: 'is resumed',
    plan,
    given: [paused],
    when: asksTo('resume'),
    follows: { events: [unpaused], state: { paused: false } },
  },
  {
    name: 'goes on once it is resumed',
    plan,
    given: [paused, unpaused],
    when: claims('c1'),
    follows: { commands: [run('reserve')] },
  },
  {
    name: 'is not resumed unless it is paused',
    plan,
    given: [],
    when: asksTo('resume'),
    follows: { refusal: 'The saga is not paused.' },
  },
  {
    name: 'is paused while it is stuck, and then retried without starting anything',
    plan,
    given: [succeeded('reserve'), parkedCharge, paused],
    when: asksToRetry,
    follows: { events: [resumed], commands: [park('money')], state: { status: 'running' } },
  },
  {
    name: 'skips a step while it is paused, and does not complete yet',
    plan,
    given: [succeeded('reserve'), parkedCharge, paused],
    when: asksToSkip(null, 1),
    follows: {
      events: [actedOn('skip', 'charge', ['rejected', 'skipped']), skipped('charge', 1)],
      commands: [park('money')],
    },
  },
  {
    name: 'forks while it is paused, and starts no branch',
    plan: trip,
    given: [paused],
    when: sawSuccess('quote'),
    follows: {
      events: [succeeded('quote'), forked],
      commands: [halt, park('default', flight), park('hotels', hotel)],
    },
  },
  {
    name: 'joins while it is paused, and starts nothing behind that',
    plan: trip,
    given: [...inFork, seatTaken, roomTaken, paused],
    when: on(flight, sawSuccess('meal')),
    follows: {
      events: [
        on(flight, succeeded('meal')),
        { type: 'fork_joined', branch: 'main', fork: 'book' },
      ],
      commands: [{ type: 'halt', branch: flight }, park()],
    },
  },
  {
    name: 'is at a fork to be undone, and paused',
    plan: trip,
    given: [
      ...inFork,
      seatTaken,
      [
        on(flight, rejected('meal')),
        { type: 'branch_failed', branch: flight, failure: cause('rejection', 'meal') },
      ],
      [roomTaken, began(cause('rejection', 'meal'), 'room', 'seat', 'quote'), undoForked()],
      paused,
    ],
    when: on(flight, claims('c1')),
    follows: { commands: [park('default', flight)] },
  },
  {
    name: 'is over whether it was paused or not',
    plan: planOf(step('reserve')),
    given: [succeeded('reserve'), paused, completed()],
    when: claims('c1'),
    follows: { commands: [halt], state: { paused: false } },
  },
]
