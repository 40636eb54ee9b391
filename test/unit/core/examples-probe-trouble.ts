import type { Example } from './example.ts'
import {
  began,
  cancelRequested,
  canceled,
  cause,
  failed,
  failure,
  foundEffect,
  foundNothing,
  lateSuccess,
  lost,
  probeFailed,
  probing,
  rejected,
  starting,
  stuck,
  succeeded,
} from './facts.ts'
import { attempts, pivot, planOf, retriable, step } from './plans.ts'
import { ask, claims, halt, run, sawEffect, sawNothing, sawProbeError, undo } from './sights.ts'

const probe = { retry: attempts(2), timeoutMs: 5_000 }
const once = { retry: attempts(1), probe }
const plan = planOf(step('reserve'), step('charge', once), step('pack'))
const decisive = planOf(step('reserve'), pivot('pay', { probe }), retriable('ship'))
const unknown = { outcome: 'unknown' } as const

const doubtful = [
  succeeded('reserve'),
  starting('charge', 'c1'),
  [failed('charge', 1, null), probing('charge')],
]
const denied = [succeeded('reserve'), failed('pay', 1, 1_000), [rejected('pay', 2), probing('pay')]]

/** Lost leases, late results and cancels while a probe is asked. */
export const probeTroubleExamples: readonly Example[] = [
  {
    name: 'counts a lease that is lost while it asks against the probe',
    plan,
    given: [...doubtful, lost('c2')],
    when: claims('c3'),
    follows: {
      commands: [ask('charge', 2)],
      state: {
        branches: { main: { deaths: 1 } },
        steps: {
          charge: { action: { attempts: { ended: 1 }, unknownAttempts: 1, probe: { ended: 1 } } },
        },
      },
    },
  },
  {
    name: 'turns back in doubt when lost leases have used up the probe, however many they are',
    plan,
    given: [...doubtful, lost('c2'), lost('c3'), lost('c4')],
    when: claims('c5'),
    follows: {
      events: [began(cause('error', 'charge'), 'charge?', 'reserve')],
      commands: [undo('charge', 1, unknown)],
    },
  },
  {
    name: 'is stuck when lost leases have used up the probe of a rejected pivot',
    plan: decisive,
    given: [...denied, lost('c2'), lost('c3')],
    when: claims('c4'),
    follows: {
      events: [stuck('pivot_outcome_unknown', 'pay', { failure: failure('rejection') })],
      commands: [halt],
    },
  },
  {
    name: 'believes a late success and not the probe that found nothing',
    plan,
    given: [...doubtful, lateSuccess('charge', 'c1')],
    when: sawNothing('charge'),
    follows: {
      events: [foundNothing('charge'), succeeded('charge', 1, 'charge-late')],
      commands: [run('pack')],
    },
  },
  {
    name: 'goes on with a late success when the probe could not tell',
    plan,
    given: [...doubtful, probeFailed('charge', 1, 1_000), lateSuccess('charge', 'c1')],
    when: sawProbeError('charge', 2),
    follows: {
      events: [probeFailed('charge', 2, null), succeeded('charge', 1, 'charge-late')],
      commands: [run('pack')],
    },
  },
  {
    name: 'turns back at once when it is canceled while it asks',
    plan,
    given: [...doubtful, cancelRequested],
    when: sawProbeError('charge'),
    follows: {
      events: [probeFailed('charge', 1, 1_000), began(canceled, 'charge?', 'reserve')],
      commands: [undo('charge', 1, unknown)],
    },
  },
  {
    name: 'turns back as canceled when the last answer is none',
    plan,
    given: [...doubtful, probeFailed('charge', 1, 1_000), cancelRequested],
    when: sawProbeError('charge', 2),
    follows: {
      events: [probeFailed('charge', 2, null), began(canceled, 'charge?', 'reserve')],
      commands: [undo('charge', 1, unknown)],
    },
  },
  {
    name: 'undoes what the probe found when it is canceled meanwhile',
    plan,
    given: [...doubtful, cancelRequested],
    when: sawEffect('charge'),
    follows: {
      events: [...foundEffect('charge', 1), began(canceled, 'charge', 'reserve')],
      commands: [undo('charge')],
    },
  },
  {
    name: 'lets the probe of a pivot answer a cancel',
    plan: decisive,
    given: [...denied, cancelRequested],
    when: claims('c3'),
    follows: { commands: [ask('pay')] },
  },
]
