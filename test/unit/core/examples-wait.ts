import type { Example } from './example.ts'
import {
  began,
  canceled,
  cancelRequested,
  completed,
  refused,
  signaled,
  succeeded,
  taken,
  timedOut,
} from './facts.ts'
import type { SagaFailure } from '../../../packages/engine/src/core/failure.ts'
import { longestDurationMs } from '../../../packages/engine/src/core/duration.ts'
import { now, timeOf } from './journals.ts'
import { forkingPlan, pivot, retriable, step, waitFor } from './plans.ts'
import {
  check,
  claims,
  computed,
  halt,
  run,
  sawBadSignal,
  sawSignal,
  sawSuccess,
  undo,
  waits,
} from './sights.ts'

const hourMs = 3_600_000
const plan = forkingPlan(step('reserve'), waitFor('approval'), step('charge', { queue: 'money' }))
const endless = forkingPlan(step('reserve'), waitFor('approval', { timeoutMs: null }))
const patient = forkingPlan(
  step('reserve'),
  waitFor('approval', { onTimeout: 'continue', size: 1 }),
  step('remind'),
  step('charge'),
)
const paid = forkingPlan(
  pivot('pay'),
  waitFor('address', { onTimeout: 'continue' }),
  retriable('ship'),
)
const inVain: SagaFailure = {
  kind: 'timeout',
  code: 'wait_timeout',
  message: 'No signal "approval" came in time.',
  step: 'approval',
}
/** When the wait is over: it began with the row that settled the first step. */
const overAt = timeOf(2) + hourMs

/** Sagas that wait for a signal. */
export const waitExamples: readonly Example[] = [
  {
    name: 'waits when no signal has come',
    plan,
    given: [],
    when: sawSuccess('reserve'),
    follows: {
      events: [succeeded('reserve')],
      commands: [waits(hourMs, 'money')],
      state: { branches: { main: { cursor: 1, wakeAt: now + hourMs } } },
    },
  },
  {
    name: 'waits as long as may be where no time is said',
    plan: endless,
    given: [succeeded('reserve')],
    when: claims('c1'),
    follows: { commands: [waits(longestDurationMs)] },
  },
  {
    name: 'has a signal checked that came before anyone waited',
    plan,
    given: [signaled('approval', 'yes')],
    when: sawSuccess('reserve'),
    follows: { events: [succeeded('reserve')], commands: [check('approval', 'yes')] },
  },
  {
    name: 'leaves signals for others alone',
    plan,
    given: [succeeded('reserve'), signaled('address', 'here')],
    when: claims('c1', overAt - 1),
    follows: { commands: [waits(1, 'money')] },
  },
  {
    name: 'takes what its schema made of the signal, and goes on',
    plan,
    given: [succeeded('reserve'), signaled('approval', 'yes')],
    when: sawSignal('approval', 'yes', 'YES'),
    follows: {
      events: [taken('approval', 'yes', 'YES')],
      commands: [run('charge', 1, { queue: 'money' })],
      state: { received: { approval: 'YES' }, signals: [], branches: { main: { wakeAt: 0 } } },
    },
  },
  {
    name: 'takes signals in the order in which they came',
    plan,
    given: [signaled('approval', 'no'), signaled('approval', 'yes'), succeeded('reserve')],
    when: claims('c1'),
    follows: { commands: [check('approval', 'no')] },
  },
  {
    name: 'waits on when a signal is refused',
    plan: endless,
    given: [succeeded('reserve'), signaled('approval', 7)],
    when: sawBadSignal('approval', 7),
    follows: {
      events: [refused('approval', 7)],
      commands: [waits(longestDurationMs)],
      state: { signals: [] },
    },
  },
  {
    name: 'tries the next one when a signal is refused',
    plan,
    given: [succeeded('reserve'), signaled('approval', 7), signaled('approval', 'yes')],
    when: sawBadSignal('approval', 7),
    follows: { events: [refused('approval', 7)], commands: [check('approval', 'yes')] },
  },
  {
    name: 'turns back when none came in time',
    plan,
    given: [succeeded('reserve')],
    when: claims('c1', overAt),
    follows: {
      events: [timedOut('approval'), began(inVain, 'reserve')],
      commands: [undo('reserve')],
      state: { failure: inVain, branches: { main: { cursor: 1 } } },
    },
  },
  {
    name: 'takes a signal that came in time although it is looked at later',
    plan,
    given: [succeeded('reserve'), signaled('approval', 'yes')],
    when: claims('c1', overAt + 5),
    follows: { commands: [check('approval', 'yes')] },
  },
  {
    name: 'goes on through the steps for those that waited in vain',
    plan: patient,
    given: [succeeded('reserve')],
    when: claims('c1', overAt),
    follows: {
      events: [timedOut('approval')],
      commands: [run('remind')],
      state: { received: {}, branches: { main: { cursor: 2, wakeAt: 0 } } },
    },
  },
  {
    name: 'skips them when a signal came',
    plan: patient,
    given: [succeeded('reserve'), signaled('approval', 'yes')],
    when: sawSignal('approval', 'yes'),
    follows: {
      events: [taken('approval', 'yes')],
      commands: [run('charge')],
      state: { steps: { remind: { action: { status: 'skipped' } } } },
    },
  },
  {
    name: 'is woken by a cancel',
    plan,
    given: [succeeded('reserve'), cancelRequested],
    when: claims('c1', timeOf(3)),
    follows: { events: [began(canceled, 'reserve')], commands: [undo('reserve')] },
  },
  {
    name: 'goes on without behind its pivot',
    plan: paid,
    given: [succeeded('pay')],
    when: claims('c1', overAt),
    follows: { events: [timedOut('address')], commands: [run('ship')] },
  },
  {
    name: 'keeps a signal that nobody waits for any more',
    plan: endless,
    given: [
      succeeded('reserve'),
      signaled('approval', 'yes'),
      taken('approval', 'yes'),
      signaled('approval', 'no'),
    ],
    when: computed('out'),
    follows: {
      events: [completed('out')],
      commands: [halt],
      state: { signals: [{ signalId: 's-"no"', name: 'approval', payload: 'no' }] },
    },
  },
]
