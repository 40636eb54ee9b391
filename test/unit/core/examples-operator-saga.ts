import type { Example } from './example.ts'
import {
  began,
  cause,
  failed,
  failure,
  probing,
  rejected,
  starting,
  stuck,
  succeeded,
} from './facts.ts'
import { acted, actedOn, asksTo, asksToResolve } from './operator-words.ts'
import { attempts, pivot, planOf, retriable, step } from './plans.ts'
import { asksToRetry, run, undo } from './sights.ts'

const parked = { onFailure: 'park' } as const
const plan = planOf(step('reserve'), step('charge', parked), step('pack'))
const atCharge = stuck('parked_by_policy', 'charge', { failure: failure('rejection') })
const given = [succeeded('reserve'), [rejected('charge'), atCharge]]
const decisive = planOf(step('reserve'), pivot('pay'), retriable('ship', { retry: attempts(1) }))
const atPivot = [
  succeeded('reserve'),
  starting('pay', 'c1'),
  [failed('pay', 1, null), stuck('pivot_outcome_unknown', 'pay')],
]
const byOperator = { via: 'operator' } as const

/** What an operator makes of a saga that runs, or is to turn back. */
export const operatorSagaExamples: readonly Example[] = [
  {
    name: 'is retried at once where it waits for its next attempt',
    plan,
    given: [failed('reserve', 1, 60_000)],
    when: asksToRetry,
    follows: {
      events: [acted('retry', ['delayed', 'due'])],
      state: {
        steps: { reserve: { action: { attempts: { notBefore: 0, endedSinceResume: 1 } } } },
      },
    },
  },
  {
    name: 'asks a probe at once that it would wait for',
    plan: planOf(
      step('reserve', { retry: attempts(1), probe: { retry: attempts(2), timeoutMs: 1 } }),
    ),
    given: [
      [failed('reserve', 1, null), probing('reserve')],
      {
        type: 'probe_failed',
        branch: 'main',
        step: 'reserve',
        attempt: 1,
        failure: failure('error'),
        retryDelayMs: 60_000,
      },
    ],
    when: asksToRetry,
    follows: {
      events: [acted('retry', ['delayed', 'due'])],
      state: { steps: { reserve: { action: { probe: { notBefore: 0, ended: 1 } } } } },
    },
  },
  {
    name: 'is turned back by an operator, because of what stopped it',
    plan,
    given,
    when: asksTo('compensate'),
    follows: {
      events: [
        acted('compensate', ['stuck', 'compensating']),
        began(cause('rejection', 'charge'), 'reserve'),
      ],
      commands: [undo('reserve')],
      state: { cancel: 'applied', failure: { code: 'card_declined' } },
    },
  },
  {
    name: 'is asked to turn back while it runs',
    plan,
    given: [],
    when: asksTo('compensate'),
    follows: { events: [acted('compensate', ['running', 'compensating'])] },
  },
  {
    name: 'is asked that once',
    plan,
    given: [acted('compensate', ['running', 'compensating'])],
    when: asksTo('compensate'),
    follows: { refusal: 'The saga is about to go back already.' },
  },
  {
    name: 'is not turned back behind its pivot',
    plan: decisive,
    given: [succeeded('reserve'), succeeded('pay')],
    when: asksTo('compensate'),
    follows: { refusal: 'The pivot has succeeded; from there the saga only goes forward.' },
  },
  {
    name: 'is not turned back while its pivot is in doubt',
    plan: decisive,
    given: atPivot,
    when: asksTo('compensate'),
    follows: { refusal: 'Whether the pivot "pay" took effect is unknown; retry it first.' },
  },
  {
    name: 'is turned back once, whoever asked on an older journal',
    plan,
    given: [
      succeeded('reserve'),
      [rejected('charge'), began(cause('rejection', 'charge'), 'reserve')],
      acted('compensate', ['running', 'compensating']),
    ],
    when: asksTo('compensate'),
    follows: {
      refusal: 'The saga is on its way back already.',
      state: { cancel: 'applied' },
    },
  },
  {
    name: 'is stuck again where it goes on into trouble',
    plan: planOf(step('reserve', { ...parked, retry: attempts(1) }), step('pack', parked)),
    given: [[rejected('reserve'), stuck('parked_by_policy', 'reserve')]],
    when: asksToResolve(null, 1),
    follows: {
      events: [
        actedOn('resolve', 'reserve', ['rejected', 'succeeded']),
        { ...succeeded('reserve', 1, 1), ...byOperator },
      ],
      commands: [run('pack')],
    },
  },
]
