import type { Example } from './example.ts'
import {
  began,
  canceled,
  cancelRequested,
  compensated,
  completed,
  deadlinePassed,
  failed,
  lost,
  overdue,
  rejected,
  resumed,
  slept,
  starting,
  stuck,
  succeeded,
} from './facts.ts'
import { now, startedAt, timeOf } from './journals.ts'
import { forkingPlan, parallel, pivot, planOf, retriable, sleep, step } from './plans.ts'
import {
  asksToRetry,
  claims,
  computed,
  halt,
  run,
  sawError,
  sawSuccess,
  undo,
  waits,
} from './sights.ts'

const hourMs = 3_600_000
const napping = forkingPlan(
  step('reserve'),
  sleep('cool off', hourMs),
  sleep('and again', 1_000),
  step('charge', { queue: 'money' }),
)
/** When it is awake: it fell asleep with the row that settled the first step. */
const awakeAt = timeOf(2) + hourMs

/** Sagas that sleep. */
export const sleepExamples: readonly Example[] = [
  {
    name: 'falls asleep behind its step, on the queue of the next one',
    plan: napping,
    given: [],
    when: sawSuccess('reserve'),
    follows: {
      events: [succeeded('reserve')],
      commands: [waits(hourMs, 'money')],
      state: { branches: { main: { cursor: 1, wakeAt: now + hourMs } } },
    },
  },
  {
    name: 'sleeps on when somebody looks too early',
    plan: napping,
    given: [succeeded('reserve')],
    when: claims('c1', awakeAt - 5),
    follows: { commands: [waits(5, 'money')] },
  },
  {
    name: 'goes on when it has slept enough, and begins to sleep anew',
    plan: napping,
    given: [succeeded('reserve')],
    when: claims('c1', awakeAt),
    follows: {
      events: [slept('cool off')],
      commands: [waits(1_000, 'money')],
    },
  },
  {
    name: 'goes on with the next step',
    plan: napping,
    given: [succeeded('reserve'), slept('cool off')],
    when: claims('c1'),
    follows: {
      events: [slept('and again')],
      commands: [run('charge', 1, { queue: 'money' })],
      state: { branches: { main: { cursor: 3, wakeAt: 0 } } },
    },
  },
  {
    name: 'is woken by a cancel',
    plan: napping,
    given: [succeeded('reserve'), cancelRequested],
    when: claims('c1', timeOf(3)),
    follows: {
      events: [began(canceled, 'reserve')],
      commands: [undo('reserve')],
    },
  },
  {
    name: 'sleeps on although the worker that looked has died',
    plan: napping,
    given: [succeeded('reserve'), lost('c1')],
    when: claims('c2', awakeAt - 5),
    follows: { commands: [waits(5, 'money')] },
  },
  {
    name: 'may end with a sleep',
    plan: forkingPlan(step('reserve'), sleep('nap', 10)),
    given: [succeeded('reserve'), slept('nap')],
    when: computed('out'),
    follows: { events: [completed('out')], commands: [halt] },
  },
]

const bound = { deadlineMs: 60_000 }
const lateAt = startedAt + bound.deadlineMs
const plan = { ...planOf(step('reserve'), pivot('pay'), retriable('ship')), ...bound }
const bare = { ...planOf(step('reserve'), step('charge')), ...bound }
const asleep = { ...forkingPlan(step('reserve'), sleep('cool off', hourMs)), ...bound }
const forked = {
  ...forkingPlan(parallel('book', { flight: [step('seat')], hotel: [step('room')] })),
  ...bound,
}

/** Sagas with a deadline, before, at and behind the pivot. */
export const deadlineExamples: readonly Example[] = [
  {
    name: 'waits for a retry no longer than until its deadline',
    plan: bare,
    given: [succeeded('reserve'), failed('charge', 1, 600_000)],
    when: claims('c1', lateAt - 10),
    follows: { commands: [run('charge', 2, { delayMs: 10 })] },
  },
  {
    name: 'turns back at its deadline; what was tried is unknown',
    plan: bare,
    given: [succeeded('reserve'), failed('charge', 1, 600_000)],
    when: claims('c1', lateAt),
    follows: {
      events: [deadlinePassed, began(overdue, 'charge?', 'reserve')],
      commands: [undo('charge', 1, { outcome: 'unknown' })],
      state: { deadline: 'passed', failure: overdue },
    },
  },
  {
    name: 'counts a success that comes too late, and undoes it',
    plan: bare,
    given: [],
    when: sawSuccess('reserve'),
    follows: {
      events: [succeeded('reserve'), deadlinePassed, began(overdue, 'reserve')],
      commands: [undo('reserve')],
    },
  },
  {
    name: 'makes no other attempt behind its deadline',
    plan: bare,
    given: [],
    when: sawError('reserve'),
    follows: {
      events: [failed('reserve', 1, null), deadlinePassed, began(overdue, 'reserve?')],
      commands: [undo('reserve', 1, { outcome: 'unknown' })],
    },
  },
  {
    name: 'sleeps no longer than until its deadline',
    plan: asleep,
    given: [succeeded('reserve')],
    when: claims('c1', lateAt - 10),
    follows: { commands: [waits(10)] },
  },
  {
    name: 'waits for the verdict of a pivot that may have taken effect',
    plan,
    given: [succeeded('reserve'), starting('pay', 'c1'), failed('pay', 1, 600_000)],
    when: claims('c2', lateAt),
    follows: {
      events: [deadlinePassed],
      commands: [run('pay', 2, { delayMs: timeOf(4) + 600_000 - lateAt })],
    },
  },
  {
    name: 'turns back before a pivot that never ran',
    plan,
    given: [succeeded('reserve')],
    when: claims('c1', lateAt),
    follows: {
      events: [deadlinePassed, began(overdue, 'reserve')],
      commands: [undo('reserve')],
    },
  },
  {
    name: 'only tells of it behind the pivot, once',
    plan,
    given: [succeeded('reserve'), starting('pay', 'c1'), succeeded('pay')],
    when: claims('c1', lateAt),
    follows: {
      events: [deadlinePassed],
      commands: [run('ship')],
      state: { status: 'running', deadline: 'passed', failure: null },
    },
  },
  {
    name: 'goes on as before once that is told',
    plan,
    given: [succeeded('reserve'), starting('pay', 'c1'), [succeeded('pay'), deadlinePassed]],
    when: claims('c1'),
    follows: { commands: [run('ship')] },
  },
  {
    name: 'turns back at its deadline when a retry comes too late',
    plan: bare,
    given: [[rejected('reserve'), stuck('parked_by_policy', 'reserve')], resumed],
    when: claims('c1'),
    follows: { events: [deadlinePassed, began(overdue), compensated], commands: [halt] },
  },
  {
    name: 'does not look at the clock while it is stuck',
    plan: bare,
    given: [[rejected('reserve'), stuck('parked_by_policy', 'reserve')]],
    when: asksToRetry,
    follows: { events: [resumed], commands: [run('reserve', 2)] },
  },
  {
    name: 'lets the branches of a fork settle first',
    plan: forked,
    given: [{ type: 'fork_began', branch: 'main', fork: 'book', items: null }],
    when: { type: 'claimed', branch: 'book/flight', claimId: 'c1', at: lateAt },
    follows: {
      events: [deadlinePassed, { type: 'branch_failed', branch: 'book/flight', failure: overdue }],
      commands: [{ type: 'halt', branch: 'book/flight' }],
      state: { turning: overdue, deadline: 'passed' },
    },
  },
]
