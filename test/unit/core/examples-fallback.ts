import { leaseLostFailure } from '../../../packages/engine/src/core/failure.ts'
import type { Example } from './example.ts'
import {
  began,
  cancelRequested,
  canceled,
  cause,
  failed,
  fallingBack,
  lateSuccess,
  lost,
  probeFailed,
  probing,
  rejected,
  resumed,
  starting,
  stuck,
  succeeded,
  viaFallback,
} from './facts.ts'
import { timeOf } from './journals.ts'
import { attempts, planOf, pivot, retriable, step } from './plans.ts'
import {
  ask,
  asksToRetry,
  cannot,
  claims,
  halt,
  run,
  sawError,
  sawRejection,
  sawSuccess,
  undo,
} from './sights.ts'

const fallback = true
const probe = { retry: attempts(1), timeoutMs: 5_000 }
const twice = { retry: attempts(2), fallback } as const
const plan = planOf(step('reserve'), step('charge', twice), step('pack'))
const once = planOf(step('charge', { retry: attempts(1), fallback }), step('pack'))
const probed = planOf(step('charge', { ...twice, probe }))
const parked = planOf(step('charge', { ...twice, onFailure: 'park' }))
const behind = planOf(pivot('pay'), retriable('ship', { ...twice, fallback }))
const other = { via: 'fallback' } as const
const unknown = { outcome: 'unknown' } as const

const spent = [
  succeeded('reserve'),
  failed('charge', 1, 1_000),
  [failed('charge', 2, null), fallingBack('charge')],
]

/** Steps that have another way. */
export const fallbackExamples: readonly Example[] = [
  {
    name: 'goes the other way when the attempts are spent',
    plan,
    given: spent.slice(0, 2),
    when: sawError('charge', 2),
    follows: {
      events: [failed('charge', 2, null), fallingBack('charge')],
      commands: [run('charge', 3, other)],
      state: {
        status: 'running',
        steps: { charge: { action: { status: 'scheduled', fallback: 'due' } } },
      },
    },
  },
  {
    name: 'does not go it while attempts are left',
    plan,
    given: [succeeded('reserve')],
    when: sawError('charge'),
    follows: {
      events: [failed('charge', 1, 1_000)],
      commands: [run('charge', 2, { delayMs: 1_000 })],
    },
  },
  {
    name: 'does not go it after a definite rejection',
    plan,
    given: [succeeded('reserve')],
    when: sawRejection('charge'),
    follows: {
      events: [rejected('charge'), began(cause('rejection', 'charge'), 'reserve')],
      commands: [undo('reserve')],
    },
  },
  {
    name: 'goes it when a lost lease has used up the attempts',
    plan,
    given: [succeeded('reserve'), failed('charge', 1, 1_000), lost('c1')],
    when: claims('c2'),
    follows: { events: [fallingBack('charge')], commands: [run('charge', 3, other)] },
  },
  {
    name: 'goes it when the total time is over',
    plan: planOf(step('charge', { fallback, totalTimeoutMs: 5_000 })),
    given: [failed('charge', 1, 1_000)],
    when: claims('c2'),
    follows: { events: [fallingBack('charge')], commands: [run('charge', 2, other)] },
  },
  {
    name: 'goes on behind it, and undoes it like any other success',
    plan,
    given: spent,
    when: sawSuccess('charge', 3),
    follows: {
      events: [viaFallback(succeeded('charge', 3))],
      commands: [run('pack')],
      state: { steps: { charge: { action: { status: 'succeeded', fallback: 'spent' } } } },
    },
  },
  {
    name: 'undoes what the other way did',
    plan,
    given: [...spent, viaFallback(succeeded('charge', 3))],
    when: sawRejection('pack'),
    follows: {
      events: [rejected('pack'), began(cause('rejection', 'pack'), 'charge', 'reserve')],
      commands: [undo('charge')],
    },
  },
  {
    name: 'turns back when the other way failed as well: once is all there is',
    plan,
    given: spent,
    when: sawError('charge', 3),
    follows: {
      events: [
        viaFallback(failed('charge', 3, null)),
        began(cause('error', 'charge'), 'charge?', 'reserve'),
      ],
      commands: [undo('charge', 1, unknown)],
      state: { steps: { charge: { action: { fallback: 'spent', unknownAttempts: 3 } } } },
    },
  },
  {
    name: 'turns back when the other way was rejected, and undoes the attempts before it',
    plan,
    given: spent,
    when: sawRejection('charge', 3),
    follows: {
      events: [
        viaFallback(rejected('charge', 3)),
        began(cause('rejection', 'charge'), 'charge?', 'reserve'),
      ],
      commands: [undo('charge', 1, unknown)],
    },
  },
  {
    name: 'takes the worker that dies at it for the one attempt',
    plan,
    given: [...spent, lost('c1')],
    when: claims('c2', timeOf(5) + 60_000),
    follows: {
      events: [began({ ...leaseLostFailure, step: 'charge' }, 'charge?', 'reserve')],
      commands: [undo('charge', 1, unknown)],
      state: { steps: { charge: { action: { fallback: 'spent' } } } },
    },
  },
  {
    name: 'takes up the other way that nobody has begun yet',
    plan,
    given: spent,
    when: claims('c2'),
    follows: { commands: [run('charge', 3, other)] },
  },
  {
    name: 'writes down its start where that must be provable',
    plan: once,
    given: [starting('charge', 'c1'), [failed('charge', 1, null), fallingBack('charge')]],
    when: claims('c1'),
    follows: { events: [starting('charge', 'c1', 2)], commands: [run('charge', 2, other)] },
  },
  {
    name: 'knows that it never ran where that start is missing',
    plan: once,
    given: [[failed('charge', 1, null), fallingBack('charge')], lost('c2')],
    when: claims('c3'),
    follows: { events: [starting('charge', 'c3', 2)], commands: [run('charge', 2, other)] },
  },
  {
    name: 'asks the probe behind it',
    plan: probed,
    given: [failed('charge', 1, 1_000), [failed('charge', 2, null), fallingBack('charge')]],
    when: sawError('charge', 3),
    follows: {
      events: [viaFallback(failed('charge', 3, null)), probing('charge')],
      commands: [ask('charge')],
    },
  },
  {
    name: 'does not go it again when the probe cannot tell either',
    plan: probed,
    given: [
      failed('charge', 1, 1_000),
      [failed('charge', 2, null), fallingBack('charge')],
      [viaFallback(failed('charge', 3, null)), probing('charge')],
      probeFailed('charge', 1, null),
    ],
    when: claims('c2'),
    follows: {
      events: [began(cause('error', 'charge'), 'charge?')],
      commands: [undo('charge', 1, unknown)],
    },
  },
  {
    name: 'is parked when it failed as well',
    plan: parked,
    given: [failed('charge', 1, 1_000), [failed('charge', 2, null), fallingBack('charge')]],
    when: sawError('charge', 3),
    follows: {
      events: [viaFallback(failed('charge', 3, null)), stuck('parked_by_policy', 'charge')],
      commands: [halt],
    },
  },
  {
    name: 'has another one after an operator has retried',
    plan: parked,
    given: [
      failed('charge', 1, 1_000),
      [failed('charge', 2, null), fallingBack('charge')],
      [viaFallback(failed('charge', 3, null)), stuck('parked_by_policy', 'charge')],
    ],
    when: asksToRetry,
    follows: {
      events: [resumed],
      commands: [run('charge', 4)],
      state: { steps: { charge: { action: { fallback: 'unused' } } } },
    },
  },
  {
    name: 'goes it after the pivot, where a rejection is one more failure',
    plan: behind,
    given: [succeeded('pay'), failed('ship', 1, 1_000)],
    when: sawRejection('ship', 2),
    follows: {
      events: [
        { ...failed('ship', 2, null), failure: rejected('ship').failure },
        fallingBack('ship'),
      ],
      commands: [run('ship', 3, other)],
    },
  },
  {
    name: 'is stuck after the pivot when it failed as well',
    plan: behind,
    given: [
      succeeded('pay'),
      failed('ship', 1, 1_000),
      [failed('ship', 2, null), fallingBack('ship')],
    ],
    when: sawError('ship', 3),
    follows: {
      events: [viaFallback(failed('ship', 3, null)), stuck('retriable_step_exhausted', 'ship')],
      commands: [halt],
    },
  },
  {
    name: 'is stuck when what it returned cannot be stored',
    plan,
    given: spent,
    when: cannot('payload_invalid', { step: 'charge', attempt: 3 }),
    follows: {
      events: [viaFallback(failed('charge', 3, null)), stuck('payload_invalid', 'charge')],
      commands: [halt],
      state: { steps: { charge: { action: { fallback: 'spent' } } } },
    },
  },
  {
    name: 'is canceled before it goes the other way',
    plan,
    given: [...spent, cancelRequested],
    when: claims('c2'),
    follows: {
      events: [began(canceled, 'charge?', 'reserve')],
      commands: [undo('charge', 1, unknown)],
    },
  },
  {
    name: 'does not go it when the budget is spent and an attempt has reported a success',
    plan,
    given: [
      succeeded('reserve'),
      failed('charge', 1, 1_000),
      lost('c1'),
      lateSuccess('charge', 'c1', 2),
    ],
    when: claims('c2'),
    follows: {
      events: [succeeded('charge', 2, 'charge-late')],
      commands: [run('pack')],
    },
  },
]
