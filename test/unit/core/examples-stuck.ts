import type { Example } from './example.ts'
import {
  began,
  cause,
  compensated,
  completed,
  failed,
  lost,
  rejected,
  resumed,
  starting,
  stuck,
  succeeded,
  undoFailed,
  undone,
} from './facts.ts'
import { now, startedAt } from './journals.ts'
import { attempts, harmless, pivot, planOf, retriable, step } from './plans.ts'
import {
  asksToRetry,
  cannot,
  claims,
  complete,
  halt,
  run,
  sawError,
  sawSuccess,
  sawUndoError,
  undo,
} from './sights.ts'

const plan = planOf(step('reserve'), pivot('pay'), retriable('ship', { retry: attempts(1) }))
const backward = [
  succeeded('reserve'),
  [rejected('pay'), began(cause('rejection', 'pay'), 'reserve')],
  undoFailed('reserve', 1, 1_000),
  [
    undoFailed('reserve', 2, null),
    stuck('compensation_exhausted', 'reserve', { direction: 'backward' }),
  ],
]
const hurried = planOf(pivot('pay'), retriable('ship', { totalTimeoutMs: 5_000 }))

/** Halts, and what an operator's retry makes of them. */
export const stuckExamples: readonly Example[] = [
  ...(['definition_missing', 'handler_missing'] as const).map((code) => ({
    name: `is stuck, not compensated: ${code}`,
    plan,
    given: [],
    when: cannot(code),
    follows: {
      events: [stuck(code, 'reserve')],
      commands: [halt],
      state: { status: 'stuck', stuck: { code, direction: 'forward', since: now } },
    },
  })),
  {
    name: 'is stuck without a step when its output cannot be stored',
    plan: planOf(harmless('look')),
    given: [succeeded('look')],
    when: cannot('payload_invalid'),
    follows: { events: [stuck('payload_invalid', null)], commands: [halt] },
  },
  ...[
    { status: 'stuck', rows: [stuck('handler_missing', 'reserve')] },
    { status: 'completed', rows: [completed()] },
    { status: 'compensated', rows: [began(cause('rejection', 'reserve')), compensated] },
  ].flatMap(({ status, rows }) =>
    [claims('c1'), sawSuccess('reserve')].map((when) => ({
      name: `that is ${status} has nothing to do on ${when.type}`,
      plan,
      given: [rows],
      when,
      follows: { commands: [halt] },
    })),
  ),
  {
    name: 'goes on forward after a retry, at once and with the whole budget',
    plan: planOf(step('reserve')),
    given: [
      failed('reserve', 1, 1_000),
      [failed('reserve', 2, null), stuck('payload_invalid', 'reserve')],
    ],
    when: asksToRetry,
    follows: {
      events: [resumed],
      commands: [run('reserve', 3)],
      state: {
        status: 'running',
        steps: {
          reserve: { action: { status: 'scheduled', attempts: { ended: 2, endedSinceResume: 0 } } },
        },
      },
    },
  },
  {
    name: 'that was retried goes on as if it had never been stuck',
    plan: planOf(step('reserve')),
    given: [stuck('handler_missing', 'reserve'), resumed],
    when: sawError('reserve'),
    follows: {
      events: [failed('reserve', 1, 1_000)],
      commands: [run('reserve', 2, { delayMs: 1_000 })],
      state: { status: 'running', failure: null },
    },
  },
  {
    name: 'tries a step behind the pivot again after a retry',
    plan,
    given: [
      succeeded('reserve'),
      succeeded('pay'),
      starting('ship', 'c1'),
      [failed('ship', 1, null), stuck('retriable_step_exhausted', 'ship')],
      resumed,
    ],
    when: claims('c2'),
    follows: { events: [starting('ship', 'c2', 2)], commands: [run('ship', 2)] },
  },
  {
    name: 'has its total time again after a retry',
    plan: hurried,
    given: [
      succeeded('pay'),
      [failed('ship', 1, null), stuck('retriable_step_exhausted', 'ship')],
      resumed,
    ],
    when: sawError('ship', 2, { at: startedAt + 5_500 }),
    follows: {
      events: [failed('ship', 2, 1_000)],
      commands: [run('ship', 3, { delayMs: 1_000 })],
    },
  },
  {
    name: 'asks a rejected pivot of unknown outcome again after a retry',
    plan,
    given: [
      succeeded('reserve'),
      failed('pay', 1, 1_000),
      [rejected('pay', 2), stuck('pivot_outcome_unknown', 'pay')],
    ],
    when: asksToRetry,
    follows: {
      events: [resumed],
      commands: [run('pay', 3)],
      state: { steps: { pay: { action: { status: 'scheduled', unknownAttempts: 1 } } } },
    },
  },
  {
    name: 'forgets the deaths of a killer after a retry',
    plan: planOf(step('reserve', { retry: attempts(null) })),
    given: [...['c1', 'c2', 'c3', 'c4', 'c5'].map(lost), stuck('poison_task', 'reserve'), resumed],
    when: claims('c6'),
    follows: { commands: [run('reserve', 6)] },
  },
  {
    name: 'computes its output again after a retry',
    plan: planOf(step('reserve')),
    given: [succeeded('reserve'), stuck('payload_invalid', null)],
    when: asksToRetry,
    follows: { events: [resumed], commands: [complete], state: { status: 'running' } },
  },
  {
    name: 'goes on backward after a retry, with the whole budget',
    plan,
    given: backward,
    when: asksToRetry,
    follows: {
      events: [resumed],
      commands: [undo('reserve', 3)],
      state: {
        status: 'compensating',
        failure: cause('rejection', 'pay'),
        steps: {
          reserve: {
            compensation: { status: 'needed', attempts: { ended: 2, endedSinceResume: 0 } },
          },
        },
      },
    },
  },
  {
    name: 'spends the new budget on the way back as well',
    plan,
    given: [...backward, resumed, undoFailed('reserve', 3, 1_000)],
    when: sawUndoError('reserve', 4),
    follows: {
      events: [
        undoFailed('reserve', 4, null),
        stuck('compensation_exhausted', 'reserve', { direction: 'backward' }),
      ],
      commands: [halt],
    },
  },
  {
    name: 'ends after a retry when nothing is left to undo',
    plan,
    given: [
      succeeded('reserve'),
      [rejected('pay'), began(cause('rejection', 'pay'), 'reserve')],
      [undone('reserve'), stuck('definition_missing', null, { direction: 'backward' })],
    ],
    when: asksToRetry,
    follows: { events: [resumed, compensated], commands: [halt], state: { status: 'compensated' } },
  },
  ...[
    { status: 'running', given: [] },
    { status: 'compensating', given: backward.slice(0, 2) },
    { status: 'completed', given: [completed()] },
  ].map(({ status, given }) => ({
    name: `that is ${status} is not retried`,
    plan,
    given,
    when: asksToRetry,
    follows: { refusal: `The saga is ${status}; only a stuck saga is retried.` },
  })),
]
