import type { Example } from './example.ts'
import {
  began,
  cause,
  compensated,
  completed,
  failed,
  failure,
  lateSuccess,
  lost,
  rejected,
  reopened,
  resumed,
  starting,
  stuck,
  succeeded,
  undoFailed,
  undone,
} from './facts.ts'
import { timeOf } from './journals.ts'
import { attempts, harmless, pivot, planOf, step } from './plans.ts'
import { asksToRetry, claims, halt, reports, sawUndone, undo } from './sights.ts'

const two = planOf(step('reserve'), step('charge'))
const covering = planOf(step('reserve'), pivot('pay', { rejectionCoversEarlierAttempts: true }))
const looking = planOf(step('reserve'), harmless('look', { retry: attempts(1) }))
const orphan = (name: string) =>
  stuck('orphan_effect', name, {
    direction: 'backward',
    failure: {
      kind: 'invalid',
      code: 'orphan_effect',
      message: `The action of "${name}" reported success after it had been undone.`,
    },
  })
const rejection = cause('rejection', 'charge')
/** Attempt 1 at "charge" ended in an error, attempt 2 was rejected: it is undone as unknown, then "reserve" is. */
const goingBack = [
  succeeded('reserve'),
  // Quiet from the second row after this one: exactly where a late success stands below.
  failed('charge', 1, 0, 2_000),
  [rejected('charge', 2), began(rejection, 'charge?', 'reserve')],
]
const ended = [...goingBack, undone('charge'), [undone('reserve'), compensated]]
/** The pivot says that no attempt took effect, though the first one was lost. */
const denied = [
  succeeded('reserve'),
  starting('pay', 'c1'),
  lost('c1'),
  [rejected('pay', 2), began(cause('rejection', 'pay'), 'reserve')],
]
const looked = [
  succeeded('reserve'),
  [failed('look', 1, null), began(cause('error', 'look'), 'reserve')],
]

/** Effects that come to light on the way back, or after the end. */
export const orphanExamples: readonly Example[] = [
  {
    name: 'undoes a step as succeeded when that is reported while its undo waits for quiet',
    plan: two,
    given: [
      succeeded('reserve'),
      lost('c1'),
      [rejected('charge', 2), began(rejection, 'charge?', 'reserve')],
      lateSuccess('charge', 'c1'),
    ],
    when: claims('c9', timeOf(6)),
    follows: {
      commands: [undo('charge', 1, { delayMs: 32_000 })],
      state: { steps: { charge: { action: { output: 'charge-late' } } } },
    },
  },
  {
    name: 'undoes a step as succeeded when that is reported before its turn to be undone',
    plan: two,
    given: [
      succeeded('reserve'),
      [failed('charge', 1, null), began(rejection, 'reserve', 'charge?')],
      lateSuccess('charge', 'c1'),
    ],
    when: sawUndone('reserve'),
    follows: { events: [undone('reserve')], commands: [undo('charge')] },
  },
  {
    name: 'owes another round for an effect that is reported once its undo may have begun',
    plan: two,
    given: goingBack,
    when: reports('charge', 'c1'),
    follows: {
      events: [lateSuccess('charge', 'c1')],
      state: {
        status: 'compensating',
        steps: { charge: { compensation: { orphan: true, outcome: 'unknown', round: 1 } } },
      },
    },
  },
  {
    name: 'owes it too when a first attempt at the undo has failed, quiet or not',
    plan: two,
    given: [
      succeeded('reserve'),
      lost('c1'),
      [rejected('charge', 2), began(rejection, 'charge?', 'reserve')],
      undoFailed('charge', 1, 1_000),
    ],
    when: reports('charge', 'c1'),
    follows: {
      events: [lateSuccess('charge', 'c1')],
      state: { steps: { charge: { compensation: { orphan: true } } } },
    },
  },
  {
    name: 'ends the round that it is in before it opens the next',
    plan: two,
    given: [...goingBack, lateSuccess('charge', 'c1')],
    when: claims('c9'),
    follows: { commands: [undo('charge', 1, { outcome: 'unknown' })] },
  },
  {
    name: 'opens another round for an effect that its undo may have missed',
    plan: two,
    given: [...goingBack, lateSuccess('charge', 'c1')],
    when: sawUndone('charge'),
    follows: {
      events: [undone('charge'), reopened('charge', 2)],
      commands: [undo('charge', 1, { round: 2 })],
      state: {
        branches: { main: { undo: ['charge', 'reserve'] } },
        steps: {
          charge: {
            compensation: { status: 'needed', orphan: false, round: 2, attempts: { ended: 0 } },
          },
        },
      },
    },
  },
  {
    name: 'opens another round before it goes on with the steps that came earlier',
    plan: two,
    given: [...goingBack, undone('charge'), lateSuccess('charge', 'c1')],
    when: sawUndone('reserve'),
    follows: {
      events: [undone('reserve'), reopened('charge', 2)],
      commands: [undo('charge', 1, { round: 2 })],
    },
  },
  {
    name: 'is compensated once the other round has ended',
    plan: two,
    given: [
      ...ended.slice(0, 4),
      lateSuccess('charge', 'c1'),
      [undone('reserve'), reopened('charge', 2)],
    ],
    when: sawUndone('charge'),
    follows: { events: [undone('charge'), compensated], commands: [halt] },
  },
  {
    name: 'undoes a step that said it was rejected, when an earlier attempt of it succeeded after all',
    plan: planOf(step('charge', { rejectionCoversEarlierAttempts: true }), step('ship')),
    given: [
      failed('charge', 1, 0),
      [rejected('charge', 2), began(rejection), compensated],
      [lateSuccess('charge', 'c1'), orphan('charge')],
    ],
    when: asksToRetry,
    follows: {
      events: [resumed, reopened('charge', 2)],
      commands: [undo('charge', 1, { round: 2 })],
    },
  },
  {
    name: 'that was compensated is stuck when an effect is reported after the end',
    plan: two,
    given: ended,
    when: reports('charge', 'c1'),
    follows: {
      events: [lateSuccess('charge', 'c1'), orphan('charge')],
      commands: [halt],
      state: { status: 'stuck', failure: rejection, stuck: { code: 'orphan_effect' } },
    },
  },
  {
    name: 'that was compensated is stuck, too, when a step had denied the effect that is reported',
    plan: planOf(step('charge', { rejectionCoversEarlierAttempts: true })),
    given: [lost('c1'), [rejected('charge', 2), began(rejection), compensated]],
    when: reports('charge', 'c1'),
    follows: {
      events: [lateSuccess('charge', 'c1'), orphan('charge')],
      commands: [halt],
      state: { status: 'stuck' },
    },
  },
  {
    name: 'that is stuck with an orphan effect undoes it when it is retried',
    plan: two,
    given: [...ended, [lateSuccess('charge', 'c1'), orphan('charge')]],
    when: asksToRetry,
    follows: {
      events: [resumed, reopened('charge', 2)],
      commands: [undo('charge', 1, { round: 2 })],
      state: { status: 'compensating', failure: rejection },
    },
  },
  ...(['rejected', 'failed'] as const).map((status) => ({
    name: `that was compensated stays so when an attempt is reported to have ${status}`,
    plan: two,
    given: ended,
    when: reports('charge', 'c1', { outcome: { status, failure: failure('error') } }),
    follows: {
      events: [{ ...lateSuccess('charge', 'c1'), outcome: { status, failure: failure('error') } }],
      state: { status: 'compensated' },
    },
  })),
  {
    name: 'that was compensated stays so when a lost undo is reported to have succeeded',
    plan: two,
    given: ended,
    when: reports('charge', 'c1', { kind: 'compensation' }),
    follows: {
      events: [{ ...lateSuccess('charge', 'c1'), kind: 'compensation' }],
      state: { status: 'compensated' },
    },
  },
  {
    name: 'that was compensated stays so when a step that was undone as succeeded is reported',
    plan: two,
    given: ended,
    when: reports('reserve', 'c0'),
    follows: { events: [lateSuccess('reserve', 'c0')], state: { status: 'compensated' } },
  },
  {
    name: 'that is completed stays so, whatever is reported',
    plan: two,
    given: [lost('c1'), succeeded('reserve', 2), succeeded('charge'), completed()],
    when: reports('reserve', 'c1'),
    follows: { events: [lateSuccess('reserve', 'c1')], state: { status: 'completed' } },
  },
  {
    name: 'owes nothing for a late success of a step that leaves nothing to undo',
    plan: looking,
    given: [...looked, lateSuccess('look', 'c1')],
    when: sawUndone('reserve'),
    follows: { events: [undone('reserve'), compensated], commands: [halt] },
  },
  {
    name: 'that was compensated stays so when such a step is reported',
    plan: looking,
    given: [...looked, [undone('reserve'), compensated]],
    when: reports('look', 'c1'),
    follows: { events: [lateSuccess('look', 'c1')], state: { status: 'compensated' } },
  },
  {
    name: 'is never called compensated when the pivot succeeded after all: nothing can undo it',
    plan: covering,
    given: [...denied, lateSuccess('pay', 'c1')],
    when: sawUndone('reserve'),
    follows: {
      events: [undone('reserve'), orphan('pay')],
      commands: [halt],
      state: { status: 'stuck' },
    },
  },
  {
    name: 'stays stuck with a pivot that nothing can undo',
    plan: covering,
    given: [...denied, lateSuccess('pay', 'c1'), [undone('reserve'), orphan('pay')]],
    when: asksToRetry,
    follows: { events: [resumed, orphan('pay')], commands: [halt], state: { status: 'stuck' } },
  },
  {
    name: 'that was compensated stays so when a step reports that its journal never reached',
    plan: two,
    given: [[rejected('reserve'), began(cause('rejection', 'reserve')), compensated]],
    when: reports('charge', 'c1'),
    follows: { events: [lateSuccess('charge', 'c1')], state: { status: 'compensated' } },
  },
  {
    name: 'that was compensated stays so when a barrier stands before the step that reports',
    plan: planOf(step('reserve'), step('charge', { barrier: true })),
    given: [
      succeeded('reserve'),
      failed('charge', 1, 0),
      [rejected('charge', 2), began(rejection, 'charge?', 'reserve')],
      undone('charge'),
      [undone('reserve'), compensated],
    ],
    when: reports('charge', 'c1'),
    follows: { events: [lateSuccess('charge', 'c1')], state: { status: 'compensated' } },
  },
]
