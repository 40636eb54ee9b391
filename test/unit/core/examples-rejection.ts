import type { Example } from './example.ts'
import { began, cause, compensated, failed, rejected, succeeded } from './facts.ts'
import { harmless, planOf, step } from './plans.ts'
import { halt, sawRejection, undo } from './sights.ts'

const two = planOf(step('reserve'), step('charge'))

/** What a participant's definite no leads to before the pivot. */
export const rejectionExamples: readonly Example[] = [
  {
    name: 'is compensated at once when its first step is rejected',
    plan: two,
    given: [],
    when: sawRejection('reserve'),
    follows: {
      events: [rejected('reserve'), began(cause('rejection', 'reserve')), compensated],
      commands: [halt],
      state: { status: 'compensated', failure: cause('rejection', 'reserve') },
    },
  },
  {
    name: 'undoes what succeeded when a later step is rejected, in reverse order',
    plan: planOf(step('reserve'), harmless('look'), step('charge'), step('ship')),
    given: [succeeded('reserve'), succeeded('look'), succeeded('charge')],
    when: sawRejection('ship'),
    follows: {
      events: [rejected('ship'), began(cause('rejection', 'ship'), 'charge', 'reserve')],
      commands: [undo('charge')],
    },
  },
  {
    name: 'undoes a rejected step all the same when that is asked for',
    plan: planOf(step('reserve', { compensateWhenRejected: true })),
    given: [],
    when: sawRejection('reserve'),
    follows: {
      events: [rejected('reserve'), began(cause('rejection', 'reserve'), 'reserve?')],
      commands: [undo('reserve', 1, { outcome: 'unknown' })],
    },
  },
  {
    name: 'takes a rejection for its own attempt only: an earlier unknown one is undone',
    plan: two,
    given: [succeeded('reserve'), failed('charge', 1, 1_000)],
    when: sawRejection('charge', 2),
    follows: {
      events: [rejected('charge', 2), began(cause('rejection', 'charge'), 'charge?', 'reserve')],
      commands: [undo('charge', 1, { outcome: 'unknown' })],
    },
  },
  {
    name: 'takes a rejection for all attempts where the step says so',
    plan: planOf(step('reserve'), step('charge', { rejectionCoversEarlierAttempts: true })),
    given: [succeeded('reserve'), failed('charge', 1, 1_000)],
    when: sawRejection('charge', 2),
    follows: {
      events: [rejected('charge', 2), began(cause('rejection', 'charge'), 'reserve')],
      commands: [undo('reserve')],
    },
  },
]
