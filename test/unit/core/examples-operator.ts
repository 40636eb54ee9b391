import type { Example } from './example.ts'
import {
  began,
  cause,
  failed,
  failure,
  lateSuccess,
  rejected,
  starting,
  stuck,
  succeeded,
} from './facts.ts'
import {
  actedOn,
  asksToReject,
  asksToResolve,
  asksToSkip,
  asksToMark,
  skipped,
} from './operator-words.ts'
import { attempts, choice, forkingPlan, pivot, planOf, retriable, step } from './plans.ts'
import { complete, run, sawRejection, undo } from './sights.ts'

const parked = { onFailure: 'park' } as const
const plan = planOf(step('reserve'), step('charge', parked), step('pack'))
const atCharge = stuck('parked_by_policy', 'charge', { failure: failure('rejection') })
const given = [succeeded('reserve'), [rejected('charge'), atCharge]]
const inDoubt = [
  succeeded('reserve'),
  [failed('charge', 1, null), stuck('parked_by_policy', 'charge')],
]
const decisive = planOf(step('reserve'), pivot('pay'), retriable('ship', { retry: attempts(1) }))
const atPivot = [
  succeeded('reserve'),
  starting('pay', 'c1'),
  [failed('pay', 1, null), stuck('pivot_outcome_unknown', 'pay')],
]
const behindPivot = [
  succeeded('reserve'),
  succeeded('pay'),
  [failed('ship', 1, null), stuck('retriable_step_exhausted', 'ship')],
]
const optional = forkingPlan(step('reserve'), choice('gift', 1), step('wrap', parked), step('pack'))
const taken = { type: 'choice_made', branch: 'main', choice: 'gift', taken: true } as const
const atWrap = [
  [succeeded('reserve'), taken],
  [rejected('wrap'), stuck('parked_by_policy', 'wrap')],
]
const told = { kind: 'rejection', code: 'no_effect' } as const
const denied = { ...told, message: 'An operator made sure that it has no effect.' }
const byOperator = { via: 'operator' } as const

/** What an operator makes of a step that a saga is stuck at on its way forward. */
export const operatorExamples: readonly Example[] = [
  {
    name: 'goes on with the output that an operator gives, as if the step had returned it',
    plan,
    given,
    when: asksToResolve('charge', 'c-7'),
    follows: {
      events: [
        actedOn('resolve', 'charge', ['rejected', 'succeeded']),
        { ...succeeded('charge', 1, 'c-7'), ...byOperator },
      ],
      commands: [run('pack')],
      state: {
        status: 'running',
        steps: { charge: { action: { status: 'succeeded', output: 'c-7', settledSeq: 4 } } },
      },
    },
  },
  {
    name: 'undoes a step that an operator has resolved',
    plan,
    given: [
      ...given,
      [
        actedOn('resolve', 'charge', ['rejected', 'succeeded']),
        { ...succeeded('charge', 1, 'c-7'), ...byOperator },
      ],
    ],
    when: sawRejection('pack'),
    follows: {
      events: [rejected('pack'), began(cause('rejection', 'pack'), 'charge', 'reserve')],
      commands: [undo('charge')],
    },
  },
  {
    name: 'counts no attempt where an operator resolves a step that was never tried',
    plan,
    given: [[stuck('handler_missing', 'reserve')]],
    when: asksToResolve(null, 1),
    follows: {
      events: [
        actedOn('resolve', 'reserve', ['scheduled', 'succeeded']),
        { ...succeeded('reserve', 0, 1), ...byOperator },
      ],
      commands: [run('charge')],
      state: { steps: { reserve: { action: { attempts: { ended: 0 } } } } },
    },
  },
  {
    name: 'is past its pivot once an operator has resolved that',
    plan: decisive,
    given: atPivot,
    when: asksToResolve('pay', 'p-1'),
    follows: {
      events: [
        actedOn('resolve', 'pay', ['unknown', 'succeeded']),
        { ...succeeded('pay', 1, 'p-1'), ...byOperator },
      ],
      commands: [run('ship')],
    },
  },
  {
    name: 'turns back where an operator has found out that the pivot has no effect',
    plan: decisive,
    given: atPivot,
    when: asksToReject('pay'),
    follows: {
      events: [
        actedOn('resolve', 'pay', ['unknown', 'rejected']),
        { ...rejected('pay'), failure: denied, ...byOperator },
        began(cause('error', 'pay'), 'reserve'),
      ],
      commands: [undo('reserve')],
      state: { steps: { pay: { action: { unknownAttempts: 0, attempts: { ended: 1 } } } } },
    },
  },
  {
    name: 'does not undo a step of which an operator made sure that it has no effect',
    plan,
    given: inDoubt,
    when: asksToReject(null),
    follows: {
      events: [
        actedOn('resolve', 'charge', ['unknown', 'rejected']),
        { ...rejected('charge'), failure: denied, ...byOperator },
        began(cause('error', 'charge'), 'reserve'),
      ],
      commands: [undo('reserve')],
    },
  },
  {
    name: 'goes only forward behind its pivot, whatever an operator has found out',
    plan: decisive,
    given: behindPivot,
    when: asksToReject('ship'),
    follows: {
      refusal:
        '"ship" is behind the pivot, from where the saga only goes forward: retry it, skip it, or resolve it with an output.',
    },
  },
  {
    name: 'goes on without a step that an operator skips, and shows later ones what they are to see',
    plan: decisive,
    given: behindPivot,
    when: asksToSkip('ship', null),
    follows: {
      events: [actedOn('skip', 'ship', ['unknown', 'skipped']), skipped('ship', null)],
      commands: [complete],
      state: { steps: { ship: { action: { status: 'skipped', settledSeq: 5 } } } },
    },
  },
  {
    name: 'is not without the output that later steps read',
    plan: decisive,
    given: behindPivot,
    when: asksToSkip('ship'),
    follows: {
      refusal:
        'What comes behind "ship" reads its output: give the output that it is to see, or resolve the step.',
    },
  },
  {
    name: 'does without the output of a step that might have been skipped anyway',
    plan: optional,
    given: atWrap,
    when: asksToSkip('wrap'),
    follows: {
      events: [actedOn('skip', 'wrap', ['rejected', 'skipped']), skipped('wrap')],
      commands: [run('pack')],
      state: { steps: { wrap: { action: { status: 'skipped', settledSeq: 0 } } } },
    },
  },
  {
    name: 'never skips its pivot',
    plan: decisive,
    given: atPivot,
    when: asksToSkip('pay', null),
    follows: { refusal: '"pay" is the pivot, which decides: resolve it, or retry it.' },
  },
  {
    name: 'undoes a skipped step of which an attempt is unknown',
    plan,
    given: [
      ...inDoubt,
      [actedOn('skip', 'charge', ['unknown', 'skipped']), skipped('charge', null)],
    ],
    when: sawRejection('pack'),
    follows: {
      events: [rejected('pack'), began(cause('rejection', 'pack'), 'charge?', 'reserve')],
      commands: [undo('charge', 1, { outcome: 'unknown' })],
    },
  },
  {
    name: 'takes a success that came late, and no other word for it',
    plan,
    given: [...inDoubt, lateSuccess('charge', 'c1')],
    when: asksToSkip('charge', null),
    follows: { refusal: 'An attempt at "charge" has reported success meanwhile; retry takes it.' },
  },
  {
    name: 'settles nothing by hand while it runs',
    plan,
    given: [],
    when: asksToResolve(null, 1),
    follows: {
      refusal: 'The saga is running; only a step that it is stuck at can be settled by hand.',
    },
  },
  {
    name: 'settles no other step than that which it is stuck at',
    plan,
    given,
    when: asksToResolve('pack', 1),
    follows: { refusal: 'It is stuck at "charge", not at "pack".' },
  },
  {
    name: 'has nothing to settle where it is stuck at no step',
    plan,
    given: [[stuck('payload_invalid', null)]],
    when: asksToSkip(null, 1),
    follows: { refusal: 'The saga is not stuck at a step.' },
  },
  {
    name: 'has nothing to undo on its way forward',
    plan,
    given,
    when: asksToMark(null),
    follows: { refusal: 'The saga is on its way forward: nothing is to be undone.' },
  },
]
