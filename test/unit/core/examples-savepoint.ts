import type { Example } from './example.ts'
import {
  began,
  beganTo,
  cause,
  compensated,
  failed,
  reached,
  rejected,
  starting,
  succeeded,
  undone,
} from './facts.ts'
import { attempts, forkingPlan, retriable, savepoint, step } from './plans.ts'
import { claims, halt, run, sawError, sawRejection, sawSuccess, sawUndone, undo } from './sights.ts'

const priced = forkingPlan(
  step('quote'),
  savepoint('priced'),
  step('reserve'),
  step('charge'),
  retriable('mail'),
)
/** Two save-points, one behind the other. */
const nested = forkingPlan(
  savepoint('outer'),
  step('quote'),
  savepoint('inner'),
  step('reserve'),
  step('charge'),
)
const first = forkingPlan(savepoint('start', 3), step('reserve', { retry: attempts(1) }))
const rejection = cause('rejection', 'charge')
const isRejected = [
  succeeded('quote'),
  succeeded('reserve'),
  [rejected('charge'), beganTo('priced', rejection, 'reserve')],
]
const again = [...isRejected, [undone('reserve'), reached('priced', 2)]]
const innerSpent = [
  succeeded('quote'),
  [rejected('reserve'), beganTo('inner', cause('rejection', 'reserve')), reached('inner', 2)],
]
const outerAgain = [
  ...innerSpent,
  [rejected('reserve'), beganTo('outer', cause('rejection', 'reserve'), 'quote')],
  [undone('quote'), reached('outer', 2)],
]
const fresh = { attempts: { ended: 0 }, unknownAttempts: 0 }

/** A saga that goes back to a save-point, and forward again. */
export const savepointExamples: readonly Example[] = [
  {
    name: 'passes a save-point without a word',
    plan: priced,
    given: [],
    when: sawSuccess('quote'),
    follows: {
      events: [succeeded('quote')],
      commands: [run('reserve')],
      state: { branches: { main: { cursor: 2 } }, round: 1, savepoints: {} },
    },
  },
  {
    name: 'begins behind a save-point that stands first',
    plan: first,
    given: [],
    when: claims('c1'),
    follows: {
      events: [starting('reserve', 'c1')],
      commands: [run('reserve')],
      state: { branches: { main: { cursor: 1 } } },
    },
  },
  {
    name: 'undoes only what is behind the save-point when a step fails there',
    plan: priced,
    given: [succeeded('quote'), succeeded('reserve')],
    when: sawRejection('charge'),
    follows: {
      events: [rejected('charge'), beganTo('priced', rejection, 'reserve')],
      commands: [undo('reserve')],
      state: { status: 'compensating', returning: { savepoint: 'priced' }, failure: rejection },
    },
  },
  {
    name: 'goes the whole way back when a step fails before the save-point',
    plan: priced,
    given: [],
    when: sawRejection('quote'),
    follows: {
      events: [rejected('quote'), began(cause('rejection', 'quote')), compensated],
      commands: [halt],
      state: { status: 'compensated', returning: null },
    },
  },
  {
    name: 'goes forward again in another round once it is back at the save-point',
    plan: priced,
    given: isRejected,
    when: sawUndone('reserve'),
    follows: {
      events: [undone('reserve'), reached('priced', 2)],
      commands: [run('reserve')],
      state: {
        status: 'running',
        round: 2,
        savepoints: { priced: 2 },
        returning: null,
        failure: rejection,
        branches: { main: { cursor: 2, undo: [] } },
        steps: {
          quote: { action: { status: 'succeeded', round: 1 } },
          reserve: {
            action: { ...fresh, status: 'scheduled', round: 2 },
            compensation: { status: 'none', round: 2 },
          },
        },
      },
    },
  },
  {
    name: 'is at the save-point in the same row where nothing behind it stands',
    plan: priced,
    given: [succeeded('quote')],
    when: sawRejection('reserve'),
    follows: {
      events: [
        rejected('reserve'),
        beganTo('priced', cause('rejection', 'reserve')),
        reached('priced', 2),
      ],
      commands: [run('reserve')],
      state: { status: 'running', round: 2 },
    },
  },
  {
    name: 'has its whole budget again in the next round',
    plan: forkingPlan(savepoint('start'), step('reserve', { retry: attempts(2) })),
    given: [
      failed('reserve', 1, 1_000),
      [failed('reserve', 2, null), beganTo('start', cause('error', 'reserve'), 'reserve?')],
      [undone('reserve'), reached('start', 2)],
    ],
    when: { ...sawError('reserve', 1), round: 2 },
    follows: {
      events: [failed('reserve', 1, 1_000)],
      commands: [run('reserve', 2, { delayMs: 1_000 })],
    },
  },
  {
    name: 'undoes what the next round did under the key of that round',
    plan: priced,
    given: [...again, succeeded('reserve')],
    when: { ...sawRejection('charge'), round: 2 },
    follows: {
      events: [rejected('charge'), began(rejection, 'reserve', 'quote')],
      commands: [undo('reserve', 1, { round: 2 })],
      state: { status: 'compensating', returning: null },
    },
  },
  {
    name: 'goes the whole way back once the rounds are spent',
    plan: priced,
    given: [
      ...again,
      succeeded('reserve'),
      [rejected('charge'), began(rejection, 'reserve', 'quote')],
      undone('reserve'),
    ],
    when: sawUndone('quote'),
    follows: {
      events: [undone('quote'), compensated],
      commands: [halt],
      state: { status: 'compensated', failure: rejection },
    },
  },
  {
    name: 'keeps its first cause in every round',
    plan: first,
    given: [
      [rejected('reserve'), beganTo('start', cause('rejection', 'reserve')), reached('start', 2)],
    ],
    when: { ...sawError('reserve'), round: 2 },
    follows: {
      events: [failed('reserve', 1, null), beganTo('start', cause('error', 'reserve'), 'reserve?')],
      commands: [undo('reserve', 1, { outcome: 'unknown', round: 2 })],
      state: { failure: cause('rejection', 'reserve'), failureSeq: 2 },
    },
  },
  {
    name: 'goes back to the nearest save-point that has rounds left',
    plan: nested,
    given: innerSpent,
    when: { ...sawRejection('reserve'), round: 2 },
    follows: {
      events: [rejected('reserve'), beganTo('outer', cause('rejection', 'reserve'), 'quote')],
      commands: [undo('quote')],
    },
  },
  {
    name: 'does not get rounds of an inner save-point back from an outer one',
    plan: nested,
    given: [...outerAgain, succeeded('quote')],
    when: { ...sawRejection('reserve'), round: 3 },
    follows: {
      events: [rejected('reserve'), began(cause('rejection', 'reserve'), 'quote')],
      commands: [undo('quote', 1, { round: 3 })],
      state: { savepoints: { inner: 2, outer: 2 }, round: 3 },
    },
  },
]
