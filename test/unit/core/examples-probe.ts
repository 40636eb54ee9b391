import type { Example } from './example.ts'
import {
  began,
  cause,
  failed,
  failure,
  foundEffect,
  foundNothing,
  lost,
  notFound,
  probeFailed,
  probing,
  rejected,
  rejectedByProbe,
  starting,
  stuck,
  succeeded,
} from './facts.ts'
import { timeOf } from './journals.ts'
import { attempts, pivot, planOf, retriable, step } from './plans.ts'
import {
  ask,
  claims,
  halt,
  run,
  sawEffect,
  sawError,
  sawNothing,
  sawProbeError,
  sawRejection,
  undo,
} from './sights.ts'

const probe = { retry: attempts(2), timeoutMs: 5_000 }
const once = { retry: attempts(1), probe }
const plan = planOf(step('reserve'), step('charge', once), step('pack'))
const decisive = planOf(step('reserve'), pivot('pay', { probe }), retriable('ship'))
const parked = planOf(step('reserve'), step('charge', { ...once, onFailure: 'park' }))
const hurried = planOf(step('charge', { probe, totalTimeoutMs: 1_000_000 }))
const unknown = { outcome: 'unknown' } as const

const doubtful = [
  succeeded('reserve'),
  starting('charge', 'c1'),
  [failed('charge', 1, null), probing('charge')],
]
const denied = [succeeded('reserve'), failed('pay', 1, 1_000), [rejected('pay', 2), probing('pay')]]

/** Steps that can find out what became of their attempts. */
export const probeExamples: readonly Example[] = [
  {
    name: 'asks the probe when the attempts are spent and nobody knows',
    plan,
    given: [succeeded('reserve')],
    when: sawError('charge'),
    follows: {
      events: [failed('charge', 1, null), probing('charge')],
      commands: [ask('charge')],
      state: { status: 'running', steps: { charge: { action: { probe: { ended: 0 } } } } },
    },
  },
  {
    name: 'asks it only once every handler of the action is quiet',
    plan,
    given: [succeeded('reserve')],
    when: sawError('charge', 1, { quietAfterMs: 35_000 }),
    follows: {
      events: [failed('charge', 1, null, 35_000), probing('charge')],
      commands: [ask('charge', 1, 35_000)],
    },
  },
  {
    name: 'asks it when a lost lease has used up the attempts, after the handler must be quiet',
    plan,
    given: [succeeded('reserve'), starting('charge', 'c1'), lost('c1')],
    when: claims('c2', timeOf(4) + 1_000),
    follows: { events: [probing('charge')], commands: [ask('charge', 1, 34_000)] },
  },
  {
    name: 'asks it when the total time is over',
    plan: hurried,
    given: [failed('charge', 1, 1_000)],
    when: claims('c2'),
    follows: { events: [probing('charge')], commands: [ask('charge')] },
  },
  {
    name: 'asks it about a pivot that is rejected after an attempt of unknown outcome',
    plan: decisive,
    given: [succeeded('reserve'), failed('pay', 1, 1_000)],
    when: sawRejection('pay', 2),
    follows: { events: [rejected('pay', 2), probing('pay')], commands: [ask('pay')] },
  },
  {
    name: 'does not ask it while attempts are left',
    plan: decisive,
    given: [succeeded('reserve')],
    when: sawError('pay'),
    follows: {
      events: [failed('pay', 1, 1_000)],
      commands: [run('pay', 2, { delayMs: 1_000 })],
    },
  },
  {
    name: 'does not ask it where a rejection leaves no doubt',
    plan: decisive,
    given: [succeeded('reserve')],
    when: sawRejection('pay'),
    follows: {
      events: [rejected('pay'), began(cause('rejection', 'pay'), 'reserve')],
      commands: [undo('reserve')],
    },
  },
  {
    name: 'asks it again when it is claimed meanwhile',
    plan,
    given: [...doubtful, probeFailed('charge', 1, 60_000)],
    when: claims('c2', timeOf(5) + 10_000),
    follows: { commands: [ask('charge', 2, 50_000)] },
  },
  {
    name: 'goes on with what the probe has found',
    plan,
    given: doubtful,
    when: sawEffect('charge'),
    follows: {
      events: foundEffect('charge', 1),
      commands: [run('pack')],
      state: {
        steps: {
          charge: {
            action: {
              status: 'succeeded',
              output: 'charge-found',
              probe: null,
              attempts: { ended: 1 },
            },
          },
        },
      },
    },
  },
  {
    name: 'goes on behind a pivot that was rejected, but had taken effect before',
    plan: decisive,
    given: denied,
    when: sawEffect('pay'),
    follows: { events: foundEffect('pay', 2), commands: [run('ship')], state: { failure: null } },
  },
  {
    name: 'turns back without an undo of the step when the probe says that nothing took effect',
    plan,
    given: doubtful,
    when: sawNothing('charge'),
    follows: {
      events: [
        foundNothing('charge'),
        rejectedByProbe('charge', 1),
        began({ ...notFound, step: 'charge' }, 'reserve'),
      ],
      commands: [undo('reserve')],
      state: {
        steps: {
          charge: {
            action: {
              status: 'rejected',
              unknownAttempts: 0,
              attempts: { ended: 1, firstFailure: failure('error'), lastFailure: notFound },
            },
          },
        },
      },
    },
  },
  {
    name: 'turns back because of the rejection when the probe takes the doubt from it',
    plan: decisive,
    given: denied,
    when: sawNothing('pay'),
    follows: {
      events: [foundNothing('pay'), began(cause('rejection', 'pay'), 'reserve')],
      commands: [undo('reserve')],
    },
  },
  {
    name: 'is parked by what the probe says, where the step asks for that',
    plan: parked,
    given: doubtful,
    when: sawNothing('charge'),
    follows: {
      events: [
        foundNothing('charge'),
        rejectedByProbe('charge', 1),
        stuck('parked_by_policy', 'charge', { failure: notFound }),
      ],
      commands: [halt],
    },
  },
  {
    name: 'asks again when the probe cannot tell',
    plan,
    given: doubtful,
    when: sawProbeError('charge'),
    follows: {
      events: [probeFailed('charge', 1, 1_000)],
      commands: [ask('charge', 2, 1_000)],
    },
  },
  {
    name: 'asks no sooner than the probe says',
    plan,
    given: doubtful,
    when: sawProbeError('charge', 1, { retryAfterMs: 9_000 }),
    follows: {
      events: [probeFailed('charge', 1, 9_000)],
      commands: [ask('charge', 2, 9_000)],
    },
  },
  {
    name: 'turns back in doubt when the probe never knew',
    plan,
    given: [...doubtful, probeFailed('charge', 1, 1_000)],
    when: sawProbeError('charge', 2),
    follows: {
      events: [
        probeFailed('charge', 2, null),
        began(cause('error', 'charge'), 'charge?', 'reserve'),
      ],
      commands: [undo('charge', 1, unknown)],
    },
  },
  {
    name: 'is stuck when the probe of a rejected pivot never knew',
    plan: decisive,
    given: [...denied, probeFailed('pay', 1, 1_000)],
    when: sawProbeError('pay', 2),
    follows: {
      events: [
        probeFailed('pay', 2, null),
        stuck('pivot_outcome_unknown', 'pay', { failure: failure('rejection') }),
      ],
      commands: [halt],
    },
  },
]
