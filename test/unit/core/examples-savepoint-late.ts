import type { SagaStuck } from '../../../packages/engine/src/core/event.ts'
import type { Example } from './example.ts'
import {
  began,
  beganTo,
  cancelRefused,
  cancelRequested,
  canceled,
  cause,
  compensated,
  completed,
  failed,
  lateSuccess,
  reached,
  rejected,
  reopened,
  resumed,
  starting,
  stuck,
  succeeded,
  undone,
} from './facts.ts'
import { forkingPlan, harmless, pivot, savepoint, step } from './plans.ts'
import {
  asksToCancel,
  asksToRetry,
  claims,
  complete,
  computed,
  halt,
  reports,
  run,
  sawSuccess,
  sawUndone,
  undo,
} from './sights.ts'

const once = forkingPlan(savepoint('start'), step('reserve'))
const deciding = forkingPlan(savepoint('start'), step('reserve'), pivot('pay'))
const why = cause('error', 'reserve')
/** The one attempt of the first round is given up, undone as unknown, and the second round begins. */
const again = [
  [failed('reserve', 1, null), beganTo('start', why, 'reserve?')],
  [undone('reserve'), reached('start', 2)],
]
const late = lateSuccess('reserve', 'c1')
const earlier = 'reserve (round 1)'
const orphanBegan = { type: 'orphan_undo_began', branch: 'main' } as const
const orphanEnded = { type: 'orphan_undo_ended', branch: 'main' } as const
const orphaned = (name: string): SagaStuck =>
  stuck('orphan_effect', name, {
    direction: 'backward',
    failure: {
      kind: 'invalid',
      code: 'orphan_effect',
      message: `The action of "${name}" reported success after it had been undone.`,
    },
  })
const atTheEnd = [...again, late, [succeeded('reserve'), orphanBegan, reopened(earlier, 3)]]
/** The pivot says that no attempt took effect, though one had reported nothing. */
const denied = [
  succeeded('reserve'),
  starting('pay', 'c1'),
  { type: 'lease_lost', branch: 'main', claimId: 'c1' } as const,
  [rejected('pay', 2), beganTo('start', cause('rejection', 'pay'), 'reserve')],
  [undone('reserve'), reached('start', 2)],
  succeeded('reserve'),
]
const covering = forkingPlan(
  savepoint('start'),
  step('reserve'),
  pivot('pay', { rejectionCoversEarlierAttempts: true }),
)

/** What is heard of a round that is over. */
export const savepointLateExamples: readonly Example[] = [
  {
    name: 'does not take the success of an earlier round for the verdict of this one',
    plan: once,
    given: again,
    when: reports('reserve', 'c1'),
    follows: {
      events: [late],
      state: {
        status: 'running',
        steps: {
          reserve: { action: { status: 'scheduled', lateSuccess: null, round: 2 } },
          [earlier]: { action: { round: 1 }, compensation: { orphan: true } },
        },
      },
    },
  },
  {
    name: 'takes a late success of this round for its verdict',
    plan: once,
    given: [...again, failed('reserve', 1, 0)],
    when: reports('reserve', 'c2', { round: 2 }),
    follows: {
      events: [{ ...lateSuccess('reserve', 'c2'), round: 2 }],
      state: { steps: { reserve: { action: { lateSuccess: { attempt: 1 } } } } },
    },
  },
  {
    name: 'refuses a verdict that is of another round',
    plan: once,
    given: again,
    when: sawSuccess('reserve'),
    follows: { refusal: 'The verdict is of another round.' },
  },
  {
    name: 'keeps as history what a step reports that did succeed in its round',
    plan: forkingPlan(savepoint('start'), step('reserve'), step('charge')),
    given: [
      failed('reserve', 1, 0),
      succeeded('reserve', 2),
      [rejected('charge'), beganTo('start', cause('rejection', 'charge'), 'reserve')],
      [undone('reserve'), reached('start', 2)],
      late,
      succeeded('reserve'),
    ],
    when: { ...sawSuccess('charge'), round: 2 },
    follows: { events: [succeeded('charge')], commands: [complete] },
  },
  {
    name: 'keeps as history what is reported by a step that leaves nothing',
    plan: forkingPlan(savepoint('start'), harmless('reserve')),
    given: [[failed('reserve', 1, null), beganTo('start', why), reached('start', 2)], late],
    when: { ...sawSuccess('reserve'), round: 2 },
    follows: { events: [succeeded('reserve')], commands: [complete] },
  },
  {
    name: 'keeps as history what is reported behind a barrier, or of what was rolled back',
    plan: forkingPlan(
      savepoint('start'),
      step('reserve', { barrier: true }),
      step('charge', { transactional: true }),
    ),
    given: [
      failed('reserve', 1, 0),
      [failed('reserve', 2, null), beganTo('start', why, 'reserve?')],
      [undone('reserve'), reached('start', 2)],
      late,
      succeeded('reserve'),
      [failed('charge', 1, null), began(why, 'reserve')],
    ],
    when: { ...sawUndone('reserve') },
    follows: { events: [undone('reserve'), compensated], commands: [halt] },
  },
  {
    name: 'undoes an effect of an earlier round before it ends, under a key of its own',
    plan: once,
    given: [...again, late],
    when: { ...sawSuccess('reserve'), round: 2 },
    follows: {
      events: [succeeded('reserve'), orphanBegan, reopened(earlier, 3)],
      commands: [undo(earlier, 1, { round: 3 })],
      state: {
        status: 'compensating',
        returning: { savepoint: null },
        steps: { reserve: { action: { status: 'succeeded', output: 'reserve-done' } } },
      },
    },
  },
  {
    name: 'undoes it even if it is reported while the output is computed',
    plan: once,
    given: [...again, succeeded('reserve'), late],
    when: computed(),
    follows: {
      events: [orphanBegan, reopened(earlier, 3)],
      commands: [undo(earlier, 1, { round: 3 })],
    },
  },
  {
    name: 'is at its end again once that is undone',
    plan: once,
    given: atTheEnd,
    when: sawUndone(earlier),
    follows: {
      events: [undone(earlier), orphanEnded],
      commands: [complete],
      state: { status: 'running', returning: null },
    },
  },
  {
    name: 'goes on with that after a lease was lost',
    plan: once,
    given: [...atTheEnd, { type: 'lease_lost', branch: 'main', claimId: 'c5' }],
    when: claims('c6'),
    follows: { commands: [undo(earlier, 2, { round: 3 })] },
  },
  {
    name: 'undoes an effect of an earlier round first on any way back',
    plan: forkingPlan(savepoint('start'), step('reserve'), step('charge')),
    given: [...again, late, succeeded('reserve'), cancelRequested],
    when: { ...sawSuccess('charge'), round: 2 },
    follows: {
      events: [succeeded('charge'), began(canceled, 'charge', 'reserve'), reopened(earlier, 3)],
      commands: [undo(earlier, 1, { round: 3 })],
    },
  },
  {
    name: 'goes all the way back from its end when it was canceled while it undid such an effect',
    plan: once,
    given: [...atTheEnd, cancelRequested],
    when: sawUndone(earlier),
    follows: {
      events: [undone(earlier), began(canceled, 'reserve')],
      commands: [undo('reserve', 1, { round: 2 })],
      state: { cancel: 'applied', returning: null },
    },
  },
  {
    name: 'refuses a cancel behind its pivot while it undoes such an effect',
    plan: deciding,
    given: [
      ...again,
      succeeded('reserve'),
      late,
      [succeeded('pay'), orphanBegan, reopened(earlier, 3)],
    ],
    when: asksToCancel,
    follows: { refusal: cancelRefused.reason },
  },
  {
    name: 'answers a cancel behind its pivot that came while it undid such an effect',
    plan: deciding,
    given: [
      ...again,
      succeeded('reserve'),
      late,
      [succeeded('pay'), orphanBegan, reopened(earlier, 3)],
      cancelRequested,
    ],
    when: sawUndone(earlier),
    follows: {
      events: [undone(earlier), orphanEnded, cancelRefused],
      commands: [complete],
      state: { cancel: 'refused' },
    },
  },
  {
    name: 'that has completed is stuck when an effect of an earlier round is reported',
    plan: once,
    given: [...again, [succeeded('reserve'), completed()]],
    when: reports('reserve', 'c1'),
    follows: {
      events: [late, orphaned(earlier)],
      commands: [halt],
      state: { status: 'stuck', returning: { savepoint: null } },
    },
  },
  {
    name: 'that had completed undoes it when it is retried',
    plan: once,
    given: [...again, [succeeded('reserve'), completed()], [late, orphaned(earlier)]],
    when: asksToRetry,
    follows: {
      events: [resumed, reopened(earlier, 3)],
      commands: [undo(earlier, 1, { round: 3 })],
    },
  },
  {
    name: 'that has completed is not moved by what did succeed in its round',
    plan: forkingPlan(savepoint('start'), step('reserve'), step('charge')),
    given: [
      succeeded('reserve'),
      [rejected('charge'), beganTo('start', cause('rejection', 'charge'), 'reserve')],
      [undone('reserve'), reached('start', 2)],
      succeeded('reserve'),
      [succeeded('charge'), completed()],
    ],
    when: reports('reserve', 'c1'),
    follows: { events: [late], state: { status: 'completed' } },
  },
  {
    name: 'is stuck at its end with a pivot of an earlier round that nothing can undo',
    plan: covering,
    given: [...denied, lateSuccess('pay', 'c1')],
    when: { ...sawSuccess('pay'), round: 2 },
    follows: {
      events: [succeeded('pay'), orphanBegan, orphaned('pay (round 1)')],
      commands: [halt],
    },
  },
  {
    name: 'does not undo anew what an earlier round has left once that is undone',
    plan: once,
    given: [...atTheEnd, [undone(earlier), orphanEnded]],
    when: computed(),
    follows: { events: [completed()], commands: [halt], state: { status: 'completed' } },
  },
  {
    name: 'runs what is next in the round that it is in',
    plan: deciding,
    given: [...again, late],
    when: { ...sawSuccess('reserve'), round: 2 },
    follows: { events: [succeeded('reserve')], commands: [run('pay')] },
  },
]
