import type { Example } from './example.ts'
import {
  began,
  cause,
  compensated,
  completed,
  failed,
  lateSuccess,
  rejected,
  stuck,
  succeeded,
  undoFailed,
  undone,
} from './facts.ts'
import {
  acted,
  actedOn,
  asksTo,
  asksToMark,
  asksToResolve,
  asksToWaive,
  partly,
  settled,
} from './operator-words.ts'
import { planOf, step } from './plans.ts'
import { asksToCancel, asksToRetry, halt, reports, sawUndone, undo } from './sights.ts'

const plan = planOf(step('reserve'), step('charge'), step('pack'))
const back = { direction: 'backward' } as const
const exhausted = stuck('compensation_exhausted', 'charge', back)
const turned = [
  succeeded('reserve'),
  succeeded('charge'),
  [rejected('pack'), began(cause('rejection', 'pack'), 'charge', 'reserve')],
]
const given = [
  ...turned,
  undoFailed('charge', 1, 1_000),
  [undoFailed('charge', 2, null), exhausted],
]
const marked = [
  actedOn('mark_compensated', 'charge', ['blocked', 'manual']),
  settled('charge', 'manual'),
]
const waived = [actedOn('waive', 'charge', ['blocked', 'waived']), settled('charge', 'waived')]
const two = planOf(step('reserve'), step('charge'))
const doubtful = [
  succeeded('reserve'),
  failed('charge', 1, 0),
  [rejected('charge', 2), began(cause('rejection', 'charge'), 'charge?', 'reserve')],
]
const orphaned = [
  ...doubtful,
  undone('charge'),
  [undone('reserve'), compensated],
  [lateSuccess('charge', 'c1'), stuck('orphan_effect', 'charge', back)],
]

/** What an operator makes of a compensation that is stuck, and of a saga as a whole. */
export const operatorBackExamples: readonly Example[] = [
  {
    name: 'goes on behind a step that was undone by hand',
    plan,
    given,
    when: asksToMark('charge'),
    follows: {
      events: marked,
      commands: [undo('reserve')],
      state: {
        status: 'compensating',
        failure: { step: 'pack' },
        steps: { charge: { compensation: { status: 'manual' } } },
      },
    },
  },
  {
    name: 'is compensated where a step was undone by hand',
    plan,
    given: [...given, marked],
    when: sawUndone('reserve'),
    follows: { events: [undone('reserve'), compensated], commands: [halt] },
  },
  {
    name: 'goes on behind an effect that shall stand',
    plan,
    given,
    when: asksToWaive(null),
    follows: { events: waived, commands: [undo('reserve')] },
  },
  {
    name: 'is only partially compensated where an effect knowingly stands',
    plan,
    given: [...given, waived],
    when: sawUndone('reserve'),
    follows: {
      events: [undone('reserve'), partly],
      commands: [halt],
      state: { status: 'partially_compensated' },
    },
  },
  {
    name: 'hears of an effect that shall stand, and owes nothing for it',
    plan: two,
    given: [
      ...doubtful,
      undoFailed('charge', 1, 1_000),
      [undoFailed('charge', 2, null), exhausted],
      waived,
      [undone('reserve'), partly],
    ],
    when: reports('charge', 'c1'),
    follows: { events: [lateSuccess('charge', 'c1')], state: { status: 'partially_compensated' } },
  },
  {
    name: 'is stuck where an effect comes to light that nobody has waived',
    plan: two,
    given: [
      ...doubtful,
      undone('charge'),
      [undoFailed('reserve', 1, null), stuck('compensation_exhausted', 'reserve', back)],
      [actedOn('waive', 'reserve', ['blocked', 'waived']), settled('reserve', 'waived'), partly],
    ],
    when: reports('charge', 'c1'),
    follows: {
      events: [
        lateSuccess('charge', 'c1'),
        stuck('orphan_effect', 'charge', {
          ...back,
          failure: {
            kind: 'invalid',
            code: 'orphan_effect',
            message: 'The action of "charge" reported success after it had been undone.',
          },
        }),
      ],
      commands: [halt],
    },
  },
  {
    name: 'is compensated again once an orphan effect was undone by hand',
    plan: two,
    given: orphaned,
    when: asksToMark('charge'),
    follows: {
      events: [
        actedOn('mark_compensated', 'charge', ['compensated', 'manual']),
        settled('charge', 'manual'),
        compensated,
      ],
      commands: [halt],
      state: { steps: { charge: { compensation: { status: 'manual', orphan: false } } } },
    },
  },
  {
    name: 'has no action to settle on its way back',
    plan,
    given,
    when: asksToResolve('charge', 1),
    follows: { refusal: 'The saga is on its way back: no action is left to settle.' },
  },
  {
    name: 'is on its way back already where it is stuck there',
    plan,
    given,
    when: asksTo('compensate'),
    follows: { refusal: 'The saga is stuck on its way back; retry it instead.' },
  },
  {
    name: 'is undone at once where it waits to try that again',
    plan,
    given: [...turned, undoFailed('charge', 1, 60_000)],
    when: asksToRetry,
    follows: {
      events: [acted('retry', ['delayed', 'due'])],
      state: { steps: { charge: { compensation: { attempts: { notBefore: 0, ended: 1 } } } } },
    },
  },
  {
    name: 'is given up where it is stuck; what stopped it stays its failure',
    plan: planOf(step('reserve', { onFailure: 'park' })),
    given: [[rejected('reserve'), stuck('parked_by_policy', 'reserve')]],
    when: asksTo('abandon'),
    follows: {
      events: [acted('abandon', ['stuck', 'abandoned'])],
      state: { status: 'abandoned', failure: { step: 'reserve', code: 'broken' }, failureSeq: 3 },
    },
  },
  {
    name: 'is given up on its way back; the first failure stays',
    plan,
    given,
    when: asksTo('abandon'),
    follows: {
      events: [acted('abandon', ['stuck', 'abandoned'])],
      state: { status: 'abandoned', failure: { step: 'pack' } },
    },
  },
  {
    name: 'is given up while it runs',
    plan,
    given: [succeeded('reserve')],
    when: asksTo('abandon'),
    follows: {
      events: [acted('abandon', ['running', 'abandoned'])],
      state: { status: 'abandoned', failure: null },
    },
  },
  {
    name: 'does nothing for what is still reported once it is given up',
    plan: two,
    given: [...doubtful, acted('abandon', ['compensating', 'abandoned'])],
    when: reports('charge', 'c1'),
    follows: { events: [lateSuccess('charge', 'c1')], state: { status: 'abandoned' } },
  },
  {
    name: 'is not canceled once it is given up',
    plan,
    given: [acted('abandon', ['running', 'abandoned'])],
    when: asksToCancel,
    follows: { refusal: 'The saga is abandoned: it has ended.' },
  },
  {
    name: 'is not canceled where an effect knowingly stands',
    plan,
    given: [...given, waived, [undone('reserve'), partly]],
    when: asksToCancel,
    follows: { refusal: 'The saga is partially_compensated: it has ended.' },
  },
  {
    name: 'is left alone by operators once it has ended',
    plan: planOf(step('reserve')),
    given: [succeeded('reserve'), completed()],
    when: asksTo('abandon'),
    follows: { refusal: 'The saga is completed: it has ended.' },
  },
]
