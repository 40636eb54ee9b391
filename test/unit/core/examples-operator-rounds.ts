import type { Example } from './example.ts'
import {
  began,
  beganTo,
  cause,
  completed,
  rejected,
  stuck,
  succeeded,
  undoFailed,
} from './facts.ts'
import { acted, actedOn, asksTo, asksToWaive, settled } from './operator-words.ts'
import { forkingPlan, planOf, savepoint, step } from './plans.ts'
import { undo } from './sights.ts'

const priced = forkingPlan(step('quote'), savepoint('priced'), step('reserve'), step('charge'))
const rejection = cause('rejection', 'charge')
const isReturning = [
  succeeded('quote'),
  succeeded('reserve'),
  [rejected('charge'), beganTo('priced', rejection, 'reserve')],
]
const isStuck = [
  ...isReturning,
  undoFailed('reserve', 1, 1_000),
  [
    undoFailed('reserve', 2, null),
    stuck('compensation_exhausted', 'reserve', { direction: 'backward' }),
  ],
]
const plain = planOf(step('reserve'), step('charge'))
const compensates = acted('compensate', ['compensating', 'compensating'])

/** What an operator asks of a saga on its way to a save-point, or behind its end. */
export const operatorRoundExamples: readonly Example[] = [
  {
    name: 'goes all the way back where an effect stands knowingly',
    plan: priced,
    given: isStuck,
    when: asksToWaive('reserve'),
    follows: {
      events: [
        actedOn('waive', 'reserve', ['blocked', 'waived']),
        settled('reserve', 'waived'),
        began(rejection, 'quote'),
      ],
      commands: [undo('quote')],
      state: { status: 'compensating', failure: rejection },
    },
  },
  {
    name: 'is to go all the way back instead of to its save-point',
    plan: priced,
    given: isReturning,
    when: asksTo('compensate'),
    follows: { events: [compensates], state: { cancel: 'requested' } },
  },
  {
    name: 'is on its way back as far as it can go',
    plan: plain,
    given: [succeeded('reserve'), [rejected('charge'), began(rejection, 'reserve')]],
    when: asksTo('compensate'),
    follows: { refusal: 'The saga is on its way back already.' },
  },
  {
    name: 'has ended, and there is nothing to turn back',
    plan: plain,
    given: [succeeded('reserve'), [succeeded('charge'), completed()]],
    when: asksTo('compensate'),
    follows: { refusal: 'The saga is completed: it has ended.' },
  },
]
