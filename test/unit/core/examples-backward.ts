import type { Example } from './example.ts'
import {
  began,
  cause,
  compensated,
  failed,
  rejected,
  stuck,
  succeeded,
  undoFailed,
  undone,
} from './facts.ts'
import { timeOf } from './journals.ts'
import { attempts, planOf, step } from './plans.ts'
import {
  cannot,
  claims,
  computed,
  halt,
  sawError,
  sawNoop,
  sawRejection,
  sawSuccess,
  sawUndoError,
  sawUndone,
  undo,
} from './sights.ts'

const plan = planOf(step('reserve'), step('charge', { queue: 'money' }), step('ship'))
const rejection = cause('rejection', 'ship')
const goingBack = [
  succeeded('reserve'),
  succeeded('charge'),
  [rejected('ship'), began(rejection, 'charge', 'reserve')],
]
const endless = planOf(
  step('reserve', { compensation: { type: 'handler', retry: attempts(null), timeoutMs: 30_000 } }),
  step('ship'),
)

/** Compensation: order, quiet, retries and the end. */
export const backwardExamples: readonly Example[] = [
  {
    name: 'goes on where its way back stands',
    plan,
    given: goingBack,
    when: claims('c1'),
    follows: { commands: [undo('charge', 1, { queue: 'money' })] },
  },
  {
    name: 'undoes the next step when one is undone',
    plan,
    given: goingBack,
    when: sawUndone('charge'),
    follows: {
      events: [undone('charge')],
      commands: [undo('reserve')],
      state: {
        branches: { main: { undo: ['reserve'] } },
        steps: { charge: { compensation: { status: 'compensated' } } },
      },
    },
  },
  {
    name: 'goes on where there was nothing to undo, and keeps why',
    plan,
    given: goingBack,
    when: sawNoop('charge', 'never_ran'),
    follows: {
      events: [{ ...undone('charge'), noop: 'never_ran' }],
      commands: [undo('reserve')],
      state: {
        branches: { main: { undo: ['reserve'] } },
        steps: { charge: { compensation: { status: 'noop' } } },
      },
    },
  },
  {
    name: 'counts as undone what an earlier attempt has undone',
    plan,
    given: goingBack,
    when: sawNoop('charge', 'already_undone'),
    follows: {
      events: [{ ...undone('charge'), noop: 'already_undone' }],
      commands: [undo('reserve')],
      state: { steps: { charge: { compensation: { status: 'compensated' } } } },
    },
  },
  {
    name: 'is compensated when the last step is undone',
    plan,
    given: [...goingBack, undone('charge')],
    when: sawUndone('reserve'),
    follows: {
      events: [undone('reserve'), compensated],
      commands: [halt],
      state: { status: 'compensated', failure: rejection },
    },
  },
  {
    name: 'tries an undo again after an error, and keeps its first cause',
    plan,
    given: goingBack,
    when: sawUndoError('charge'),
    follows: {
      events: [undoFailed('charge', 1, 1_000)],
      commands: [undo('charge', 2, { queue: 'money', delayMs: 1_000 })],
      state: { status: 'compensating', failure: rejection },
    },
  },
  {
    name: 'that is claimed too early waits for the rest of the delay',
    plan,
    given: [...goingBack, undoFailed('charge', 1, 1_000)],
    when: claims('c1', timeOf(5) + 300),
    follows: { commands: [undo('charge', 2, { queue: 'money', delayMs: 700 })] },
  },
  {
    name: 'counts attempts at the undo for themselves, not those at the action',
    plan: endless,
    given: [
      failed('reserve', 1, 1_000),
      failed('reserve', 2, 2_000),
      succeeded('reserve', 3),
      [rejected('ship'), began(rejection, 'reserve')],
    ],
    when: sawUndoError('reserve'),
    follows: {
      events: [undoFailed('reserve', 1, 1_000)],
      commands: [undo('reserve', 2, { delayMs: 1_000 })],
      state: {
        steps: {
          reserve: { action: { attempts: { ended: 3 } }, compensation: { attempts: { ended: 1 } } },
        },
      },
    },
  },
  {
    name: 'tries an undo for ever where the policy says so',
    plan: endless,
    given: [
      succeeded('reserve'),
      [rejected('ship'), began(rejection, 'reserve')],
      ...Array.from({ length: 30 }, (_, index) => undoFailed('reserve', index + 1, 60_000)),
    ],
    when: sawUndoError('reserve', 31),
    follows: {
      events: [undoFailed('reserve', 31, 60_000)],
      commands: [undo('reserve', 32, { delayMs: 60_000 })],
    },
  },
  {
    name: 'is stuck when an undo has used up its attempts; what is behind it waits',
    plan,
    given: [...goingBack, undoFailed('charge', 1, 1_000)],
    when: sawUndoError('charge', 2),
    follows: {
      events: [
        undoFailed('charge', 2, null),
        stuck('compensation_exhausted', 'charge', { direction: 'backward' }),
      ],
      commands: [halt],
      state: {
        status: 'stuck',
        failure: rejection,
        branches: { main: { undo: ['charge', 'reserve'] } },
        steps: {
          charge: { compensation: { status: 'blocked' } },
          reserve: { compensation: { status: 'needed' } },
        },
      },
    },
  },
  {
    name: 'does not undo while the handler of the action may be at work',
    plan: planOf(step('reserve'), step('ship')),
    given: [failed('reserve', 1, 0, 40_000), succeeded('reserve', 2)],
    when: { ...sawRejection('ship'), at: timeOf(2) + 10_000 },
    follows: {
      events: [rejected('ship'), began(rejection, 'reserve')],
      commands: [undo('reserve', 1, { delayMs: 30_000 })],
    },
  },
  {
    name: 'keeps the longest time that any attempt may still be at work',
    plan: planOf(step('reserve')),
    given: [failed('reserve', 1, 0, 40_000), failed('reserve', 2, 0, 5_000)],
    when: sawError('reserve', 3, { at: timeOf(3) }),
    follows: {
      events: [failed('reserve', 3, null), began(cause('error', 'reserve'), 'reserve?')],
      commands: [undo('reserve', 1, { outcome: 'unknown', delayMs: 39_000 })],
    },
  },
  {
    name: 'is stuck when the undo cannot be done here',
    plan,
    given: goingBack,
    when: cannot('handler_missing'),
    follows: {
      events: [stuck('handler_missing', 'charge', { direction: 'backward' })],
      commands: [halt],
      state: { status: 'stuck', steps: { charge: { compensation: { status: 'needed' } } } },
    },
  },
  {
    name: 'is stuck without a step when nothing is left to undo and its definition is missing',
    plan,
    given: [[rejected('reserve'), began(cause('rejection', 'reserve'))]],
    when: cannot('definition_missing'),
    follows: {
      events: [stuck('definition_missing', null, { direction: 'backward' })],
      commands: [halt],
    },
  },
  {
    name: 'ends when it is claimed with nothing left to undo',
    plan,
    given: [[rejected('reserve'), began(cause('rejection', 'reserve'))]],
    when: claims('c1'),
    follows: { events: [compensated], commands: [halt] },
  },
  ...[sawSuccess('ship'), sawRejection('ship'), sawError('ship'), computed()].map((when) => ({
    name: `refuses ${when.type}: nothing goes forward any more`,
    plan,
    given: goingBack,
    when,
    follows: { refusal: 'The saga is compensating.' },
  })),
]
