import type { ActionFailed } from '../../../packages/engine/src/core/event.ts'
import type { Failure } from '../../../packages/engine/src/core/failure.ts'
import type { RetryPolicy } from '../../../packages/engine/src/core/retry-policy.ts'
import type { Example } from './example.ts'
import {
  began,
  cause,
  failed,
  failure,
  lost,
  resumed,
  stuck,
  succeeded,
  undoFailed,
} from './facts.ts'
import { now } from './journals.ts'
import { attempts, pivot, planOf, retriable, step } from './plans.ts'
import { claims, halt, run, sawError, sawRejection, sawUndoError, undo } from './sights.ts'

const busy: Failure = { kind: 'error', code: 'rate_limited', message: 'Slow down.' }
const byCode: RetryPolicy['byCode'] = {
  rate_limited: { ...attempts(4), initialIntervalMs: 5_000 },
  broken: attempts(1),
  lease_lost: attempts(2),
}
/** Three attempts, but four that may be told to slow down, and none after `broken`. */
const patient: RetryPolicy = { ...attempts(3), byCode }
const three: RetryPolicy = { ...attempts(3), byCode: { rate_limited: attempts(4) } }

const plan = planOf(step('reserve', { retry: patient }))
const mixed = planOf(step('reserve', { retry: three }))
const hurried = planOf(step('reserve', { retry: three, totalTimeoutMs: 1_060_000 }))
const undoing = planOf(
  step('reserve', { compensation: { type: 'handler', retry: patient, timeoutMs: 30_000 } }),
  step('charge'),
)
const turned = [succeeded('reserve'), began(cause('canceled', null), 'reserve')]

const limited = (attempt: number, retryDelayMs: number | null): ActionFailed => ({
  ...failed('reserve', attempt, retryDelayMs),
  failure: busy,
})
const ended = { branch: 'main', step: 'reserve', random: 0.5, at: now } as const
const sawLimit = (attempt: number, rest: { readonly retryAfterMs?: number } = {}) =>
  ({ ...ended, type: 'action_failed', attempt, quietAfterMs: 0, failure: busy, ...rest }) as const

/** Budgets by code, and handlers that say when to come back. */
export const retryExamples: readonly Example[] = [
  {
    name: 'waits as the policy of a code says',
    plan,
    given: [],
    when: sawLimit(1),
    follows: {
      events: [limited(1, 5_000)],
      commands: [run('reserve', 2, { delayMs: 5_000 })],
      state: { steps: { reserve: { action: { attempts: { byCode: { rate_limited: 1 } } } } } },
    },
  },
  {
    name: 'grows the delay with the failures of that code only',
    plan: mixed,
    given: [failed('reserve', 1, 1_000), limited(2, 1_000)],
    when: sawLimit(3),
    follows: {
      events: [limited(3, 2_000)],
      commands: [run('reserve', 4, { delayMs: 2_000 })],
    },
  },
  {
    name: 'does not count the failures of a code against the budget of the others',
    plan: mixed,
    given: [limited(1, 0), limited(2, 0), limited(3, 0), failed('reserve', 4, 1_000)],
    when: sawError('reserve', 5),
    follows: {
      events: [failed('reserve', 5, 2_000)],
      commands: [run('reserve', 6, { delayMs: 2_000 })],
    },
  },
  {
    name: 'ends when the budget of one code is spent',
    plan: mixed,
    given: [limited(1, 0), limited(2, 0), failed('reserve', 3, 0), limited(4, 0)],
    when: sawLimit(5),
    follows: {
      events: [limited(5, null), began({ ...busy, step: 'reserve' }, 'reserve?')],
      commands: [undo('reserve', 1, { outcome: 'unknown' })],
    },
  },
  {
    name: 'stops at the first failure of a code, and its outcome stays unknown',
    plan,
    given: [],
    when: sawError('reserve'),
    follows: {
      events: [failed('reserve', 1, null), began(cause('error', 'reserve'), 'reserve?')],
      commands: [undo('reserve', 1, { outcome: 'unknown' })],
    },
  },
  {
    name: 'counts lost leases against a budget of their own',
    plan,
    given: [limited(1, 0), lost('c1')],
    when: claims('c2'),
    follows: { commands: [run('reserve', 3)] },
  },
  {
    name: 'ends when lost leases have spent theirs',
    plan: planOf(pivot('pay', { retry: { ...attempts(1), byCode: { lease_lost: attempts(1) } } })),
    given: [
      { type: 'action_starting', branch: 'main', step: 'pay', attempt: 1, claimId: 'c1' },
      lost('c1'),
    ],
    when: claims('c2'),
    follows: {
      events: [
        stuck('pivot_outcome_unknown', 'pay', {
          failure: {
            kind: 'lease_lost',
            code: 'lease_lost',
            message: 'The worker that held the task was not heard of before its lease ran out.',
          },
        }),
      ],
      commands: [halt],
    },
  },
  {
    name: 'stops behind the pivot at a rejection that no attempt will change',
    plan: planOf(
      retriable('ship', { retry: { ...attempts(null), byCode: { card_declined: attempts(1) } } }),
    ),
    given: [],
    when: sawRejection('ship'),
    follows: {
      events: [
        { ...failed('ship', 1, null), failure: failure('rejection') },
        stuck('retriable_step_exhausted', 'ship', { failure: failure('rejection') }),
      ],
      commands: [halt],
    },
  },
  {
    name: 'has every budget again after an operator said so',
    plan,
    given: [
      limited(1, 0),
      [failed('reserve', 2, null), stuck('handler_missing', 'reserve')],
      resumed,
    ],
    when: claims('c2'),
    follows: {
      commands: [run('reserve', 3)],
      state: {
        steps: { reserve: { action: { attempts: { byCode: {}, endedSinceResume: 0 } } } },
      },
    },
  },
  {
    name: 'knows no code that merely every object has',
    plan,
    given: [],
    when: { ...sawLimit(1), failure: { ...busy, code: 'constructor' } },
    follows: {
      events: [{ ...limited(1, 1_000), failure: { ...busy, code: 'constructor' } }],
      commands: [run('reserve', 2, { delayMs: 1_000 })],
    },
  },
  {
    name: 'waits as long as the handler asked for',
    plan,
    given: [],
    when: sawLimit(1, { retryAfterMs: 90_000 }),
    follows: {
      events: [limited(1, 90_000)],
      commands: [run('reserve', 2, { delayMs: 90_000 })],
    },
  },
  {
    name: 'waits longer than the handler asked for where the policy does',
    plan,
    given: [],
    when: sawLimit(1, { retryAfterMs: 4_999 }),
    follows: { events: [limited(1, 5_000)], commands: [run('reserve', 2, { delayMs: 5_000 })] },
  },
  {
    name: 'does not wait for what comes after its total time',
    plan: hurried,
    given: [],
    when: sawLimit(1, { retryAfterMs: 60_000 }),
    follows: {
      events: [limited(1, null), began({ ...busy, step: 'reserve' }, 'reserve?')],
      commands: [undo('reserve', 1, { outcome: 'unknown' })],
    },
  },
  {
    name: 'waits for what comes just before its total time is over',
    plan: hurried,
    given: [],
    when: sawLimit(1, { retryAfterMs: 59_999 }),
    follows: { events: [limited(1, 59_999)], commands: [run('reserve', 2, { delayMs: 59_999 })] },
  },
  {
    name: 'undoes with budgets by code of its own',
    plan: undoing,
    given: turned,
    when: { ...ended, type: 'compensation_failed', attempt: 1, failure: busy, retryAfterMs: 7_000 },
    follows: {
      events: [{ ...undoFailed('reserve', 1, 7_000), failure: busy }],
      commands: [undo('reserve', 2, { delayMs: 7_000 })],
      state: {
        steps: { reserve: { compensation: { attempts: { byCode: { rate_limited: 1 } } } } },
      },
    },
  },
  {
    name: 'is stuck on its way back at the first failure of a code that stops',
    plan: undoing,
    given: turned,
    when: sawUndoError('reserve'),
    follows: {
      events: [
        undoFailed('reserve', 1, null),
        stuck('compensation_exhausted', 'reserve', { direction: 'backward' }),
      ],
      commands: [halt],
    },
  },
]
