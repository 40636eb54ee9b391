import { longestDurationMs } from '../../../packages/engine/src/core/duration.ts'
import type { Example } from './example.ts'
import {
  beganTo,
  cause,
  failure,
  lost,
  reached,
  rejected,
  resumed,
  signaled,
  starting,
  stuck,
  succeeded,
  taken,
  undoFailed,
  undone,
} from './facts.ts'
import {
  choice,
  forEach,
  forkingPlan,
  harmless,
  pivot,
  retriable,
  savepoint,
  sleep,
  step,
  waitFor,
} from './plans.ts'
import {
  claims,
  complete,
  halt,
  run,
  sawRejection,
  sawSuccess,
  sawUndoError,
  sawUndone,
  waits,
} from './sights.ts'

const priced = forkingPlan(
  step('quote'),
  savepoint('priced'),
  step('reserve'),
  step('charge'),
  retriable('mail'),
)
const deciding = forkingPlan(step('reserve'), savepoint('before'), pivot('pay'))
const choosing = forkingPlan(step('quote'), savepoint('priced'), choice('gift', 1), step('wrap'))
const rejection = cause('rejection', 'charge')
const isRejected = [
  succeeded('quote'),
  succeeded('reserve'),
  [rejected('charge'), beganTo('priced', rejection, 'reserve')],
]
const again = [...isRejected, [undone('reserve'), reached('priced', 2)]]
const exhausted = stuck('compensation_exhausted', 'reserve', { direction: 'backward' })

/** What stands behind a save-point, and what may go wrong on the way to it. */
export const savepointNodeExamples: readonly Example[] = [
  {
    name: 'tries its pivot again when that was rejected',
    plan: deciding,
    given: [succeeded('reserve'), starting('pay', 'c1')],
    when: sawRejection('pay'),
    follows: {
      events: [rejected('pay'), beganTo('before', cause('rejection', 'pay')), reached('before', 2)],
      commands: [run('pay')],
      // The start of the next attempt is not in the journal yet.
      state: { branches: { main: { startingClaimId: null } } },
    },
  },
  {
    name: 'waits anew for what it has waited for behind a save-point, and keeps what came before',
    plan: forkingPlan(
      waitFor('address'),
      savepoint('priced'),
      waitFor('approval', { timeoutMs: null }),
      step('pay'),
    ),
    given: [
      signaled('address', 'here'),
      taken('address', 'here'),
      signaled('approval', 'yes'),
      taken('approval', 'yes'),
    ],
    when: sawRejection('pay'),
    follows: {
      events: [rejected('pay'), beganTo('priced', cause('rejection', 'pay')), reached('priced', 2)],
      commands: [waits(longestDurationMs)],
      state: { received: { address: 'here' }, signals: [] },
    },
  },
  {
    name: 'asks its predicate again',
    plan: choosing,
    given: [
      succeeded('quote'),
      { type: 'choice_made', branch: 'main', choice: 'gift', taken: true },
    ],
    when: sawRejection('wrap'),
    follows: {
      events: [
        rejected('wrap'),
        beganTo('priced', cause('rejection', 'wrap')),
        reached('priced', 2),
      ],
      commands: [{ type: 'compute_choice', branch: 'main', choice: 'gift' }],
    },
  },
  {
    name: 'has its list made anew',
    plan: forkingPlan(savepoint('start'), forEach('ship', [harmless('send')]), step('mail')),
    given: [
      { type: 'fork_began', branch: 'main', fork: 'ship', items: ['a'] },
      [
        { ...succeeded('send[0]'), branch: 'ship/0' },
        { type: 'fork_joined', branch: 'main', fork: 'ship' },
      ],
    ],
    when: sawRejection('mail'),
    follows: {
      events: [rejected('mail'), beganTo('start', cause('rejection', 'mail')), reached('start', 2)],
      commands: [{ type: 'compute_items', branch: 'main', fork: 'ship' }],
      state: { items: {} },
    },
  },
  {
    name: 'keeps the lists that it made before the save-point',
    plan: forkingPlan(forEach('ship', [harmless('send')]), savepoint('sent'), step('mail')),
    given: [
      { type: 'fork_began', branch: 'main', fork: 'ship', items: ['a'] },
      [
        { ...succeeded('send[0]'), branch: 'ship/0' },
        { type: 'fork_joined', branch: 'main', fork: 'ship' },
      ],
    ],
    when: sawRejection('mail'),
    follows: {
      events: [rejected('mail'), beganTo('sent', cause('rejection', 'mail')), reached('sent', 2)],
      commands: [run('mail')],
      state: { items: { ship: ['a'] }, steps: { 'send[0]': { action: { round: 1 } } } },
    },
  },
  {
    name: 'sleeps again',
    plan: forkingPlan(savepoint('start'), sleep('night', 5_000), step('mail')),
    given: [{ type: 'slept', branch: 'main', sleep: 'night' }],
    when: sawRejection('mail'),
    follows: {
      events: [rejected('mail'), beganTo('start', cause('rejection', 'mail')), reached('start', 2)],
      commands: [{ type: 'wait', branch: 'main', queue: 'default', delayMs: 5_000 }],
    },
  },
  {
    name: 'ends as any other once a round goes well',
    plan: forkingPlan(savepoint('start'), harmless('look')),
    given: [[rejected('look'), beganTo('start', cause('rejection', 'look')), reached('start', 2)]],
    when: { ...sawSuccess('look'), round: 2 },
    follows: {
      events: [succeeded('look')],
      commands: [complete],
      state: { status: 'running', failure: cause('rejection', 'look') },
    },
  },
  {
    name: 'is still parked where a step says so',
    plan: forkingPlan(savepoint('start'), step('reserve', { onFailure: 'park' })),
    given: [],
    when: sawRejection('reserve'),
    follows: {
      events: [
        rejected('reserve'),
        stuck('parked_by_policy', 'reserve', { failure: failure('rejection') }),
      ],
      commands: [halt],
    },
  },
  {
    name: 'is stuck on the way to a save-point as on any way back',
    plan: priced,
    given: [...isRejected, undoFailed('reserve', 1, 1_000)],
    when: sawUndoError('reserve', 2),
    follows: {
      events: [undoFailed('reserve', 2, null), exhausted],
      commands: [halt],
      state: { status: 'stuck', returning: { savepoint: 'priced' } },
    },
  },
  {
    name: 'goes on to the save-point when it is retried',
    plan: priced,
    given: [
      ...isRejected,
      undoFailed('reserve', 1, 1_000),
      [undoFailed('reserve', 2, null), exhausted],
      resumed,
    ],
    when: sawUndone('reserve', 3),
    follows: {
      events: [undone('reserve', 3), reached('priced', 2)],
      commands: [run('reserve')],
    },
  },
  {
    name: 'takes a lease that is lost in the next round for an attempt of that round',
    plan: priced,
    given: [...again, lost('c1')],
    when: claims('c2'),
    follows: {
      commands: [run('reserve', 2)],
      state: { steps: { reserve: { action: { round: 2, unknownAttempts: 1 } } } },
    },
  },
]
