import type { Example } from './example.ts'
import {
  began,
  cancelRequested,
  canceled,
  failed,
  failure,
  foundEffect,
  foundNothing,
  lateSuccess,
  lost,
  probeFailed,
  probing,
  rejected,
  resumed,
  starting,
  stuck,
  succeeded,
} from './facts.ts'
import { attempts, pivot, planOf, retriable, step } from './plans.ts'
import {
  ask,
  asksToRetry,
  claims,
  halt,
  run,
  sawEffect,
  sawError,
  sawNothing,
  sawProbeError,
  undo,
} from './sights.ts'

const probe = { retry: attempts(1), timeoutMs: 5_000 }
const plan = planOf(step('reserve'), pivot('pay', { retry: attempts(1), probe }), retriable('ship'))
const parked = planOf(step('charge', { probe, onFailure: 'park' }))
const halted = [
  succeeded('reserve'),
  [failed('pay', 1, null), probing('pay')],
  [probeFailed('pay', 1, null), stuck('pivot_outcome_unknown', 'pay')],
]
const asking = [...halted, [resumed, probing('pay')]]
const atStart = stuck('handler_missing', 'charge')

/** A retry never repeats blindly what may have taken effect. */
export const probeRetryExamples: readonly Example[] = [
  {
    name: 'asks the probe before another attempt is made',
    plan,
    given: halted,
    when: asksToRetry,
    follows: {
      events: [resumed, probing('pay')],
      commands: [ask('pay')],
      state: { steps: { pay: { action: { status: 'scheduled', unknownAttempts: 1 } } } },
    },
  },
  {
    name: 'makes no other attempt when the first had taken effect',
    plan,
    given: asking,
    when: sawEffect('pay'),
    follows: { events: foundEffect('pay', 1), commands: [run('ship')] },
  },
  {
    name: 'makes the attempt, free of doubt, when none had taken effect',
    plan,
    given: asking,
    when: sawNothing('pay'),
    follows: {
      events: [foundNothing('pay')],
      commands: [run('pay', 2)],
      state: {
        steps: { pay: { action: { status: 'scheduled', unknownAttempts: 0, probe: null } } },
      },
    },
  },
  {
    name: 'makes the attempt under the same key when the probe cannot tell',
    plan,
    given: asking,
    when: sawProbeError('pay'),
    follows: {
      events: [probeFailed('pay', 1, null)],
      commands: [run('pay', 2)],
      state: { steps: { pay: { action: { unknownAttempts: 1 } } } },
    },
  },
  {
    name: 'writes the start of that attempt ahead of it',
    plan,
    given: [...asking, probeFailed('pay', 1, null)],
    when: claims('c9'),
    follows: { events: [starting('pay', 'c9', 2)], commands: [run('pay', 2)] },
  },
  {
    name: 'counts a lease that is lost in that attempt against the action',
    plan,
    given: [...asking, probeFailed('pay', 1, null), starting('pay', 'c9', 2), lost('c9')],
    when: claims('c10'),
    follows: {
      events: [probing('pay')],
      commands: [ask('pay')],
      state: { steps: { pay: { action: { attempts: { ended: 2 }, unknownAttempts: 2 } } } },
    },
  },
  {
    name: 'asks the probe anew when that attempt leaves a doubt of its own',
    plan,
    given: [...asking, probeFailed('pay', 1, null)],
    when: sawError('pay', 2),
    follows: { events: [failed('pay', 2, null), probing('pay')], commands: [ask('pay')] },
  },
  {
    name: 'is stuck again when nobody knows yet',
    plan,
    given: [...asking, probeFailed('pay', 1, null), [failed('pay', 2, null), probing('pay')]],
    when: sawProbeError('pay'),
    follows: {
      events: [probeFailed('pay', 1, null), stuck('pivot_outcome_unknown', 'pay')],
      commands: [halt],
    },
  },
  {
    name: 'asks no probe where there is no doubt',
    plan: parked,
    given: [
      [rejected('charge'), stuck('parked_by_policy', 'charge', { failure: failure('rejection') })],
    ],
    when: asksToRetry,
    follows: { events: [resumed], commands: [run('charge', 2)] },
  },
  {
    name: 'asks it about earlier attempts of a step that was parked',
    plan: parked,
    given: [
      failed('charge', 1, 1_000),
      [rejected('charge', 2), stuck('parked_by_policy', 'charge')],
    ],
    when: asksToRetry,
    follows: { events: [resumed, probing('charge')], commands: [ask('charge')] },
  },
  {
    name: 'asks no probe when a late success has answered',
    plan: planOf(step('charge', { probe }), step('pack')),
    given: [failed('charge', 1, 1_000), atStart, lateSuccess('charge', 'c1')],
    when: asksToRetry,
    follows: {
      events: [resumed, succeeded('charge', 1, 'charge-late')],
      commands: [run('pack')],
    },
  },
  {
    name: 'asks no probe when a cancel waits for its answer',
    plan: planOf(step('charge', { probe })),
    given: [failed('charge', 1, 1_000), cancelRequested, atStart],
    when: asksToRetry,
    follows: {
      events: [resumed, began(canceled, 'charge?')],
      commands: [undo('charge', 1, { outcome: 'unknown' })],
    },
  },
]
