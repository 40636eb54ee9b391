import type { BranchHalted } from '../../../packages/engine/src/core/event.ts'
import type { Example } from './example.ts'
import { began, cause, compensated, failed, failure, stuck, succeeded, undone } from './facts.ts'
import {
  flight,
  forked,
  hotel,
  joined,
  late,
  on,
  paid,
  spent,
  seatHalted,
  undoForked,
} from './forks.ts'
import {
  acted,
  actedOn,
  asksToEdit,
  asksToMark,
  asksToResolve,
  asksToSkip,
  settled,
} from './operator-words.ts'
import { attempts, forkingPlan, parallel, step } from './plans.ts'
import { asksToRetry, complete, run } from './sights.ts'

const roomSpent = { ...spent, branch: hotel, step: 'room' } as const
const roomHalted: BranchHalted = { type: 'branch_halted', ...roomSpent }
const bothHalted = [
  ...paid,
  [on(flight, failed('seat', 1, null)), seatHalted],
  [on(hotel, failed('room', 1, null)), roomHalted, stuck(spent.code, 'seat', spent)],
]
const resolved = (path: string, name: string) => [
  { ...actedOn('resolve', name, ['unknown', 'succeeded']), branch: path },
  { ...on(path, succeeded(name, 1, 'found')), via: 'operator' as const },
]
const both = forkingPlan(parallel('book', { flight: [step('seat')], hotel: [step('room')] }))
const blocked = { code: 'compensation_exhausted', direction: 'backward' } as const
const back = [
  forked,
  on(flight, succeeded('seat')),
  { type: 'branch_failed', branch: hotel, failure: cause('error', 'room') },
  [began(cause('error', 'room'), 'seat', 'room'), undoForked()],
] as const
const backHalt = (path: string, name: string): BranchHalted => ({
  type: 'branch_halted',
  ...blocked,
  branch: path,
  step: name,
  failure: failure('error'),
})
const stuckBack = { ...blocked, branch: flight, step: 'seat', failure: failure('error') }

/** Operators at sagas of which several branches wait for them. */
export const operatorForkExamples: readonly Example[] = [
  {
    name: 'asks which step is meant where several branches are halted',
    plan: late,
    given: bothHalted,
    when: asksToResolve(null, 'found'),
    follows: { refusal: 'It is stuck at "seat", "room": name the step.' },
  },
  {
    name: 'is stuck at the other branch once one of two is resolved',
    plan: late,
    given: bothHalted,
    when: asksToResolve('seat', 'found'),
    follows: {
      events: [...resolved(flight, 'seat'), stuck(roomSpent.code, 'room', roomSpent)],
      state: { status: 'stuck', stuck: { step: 'room' } },
    },
  },
  {
    name: 'joins once the last halted branch is resolved',
    plan: late,
    given: [...bothHalted, [...resolved(flight, 'seat'), stuck(roomSpent.code, 'room', roomSpent)]],
    when: asksToResolve(null, 'found'),
    follows: { events: [...resolved(hotel, 'room'), joined], commands: [complete] },
  },
  {
    name: 'tries all halted branches under another input, each in a round of its own',
    plan: late,
    given: bothHalted,
    when: asksToEdit('other', true),
    follows: {
      events: [{ ...acted('edit', [{ orderId: 7 }, 'other']), noEffect: true }],
      commands: [run('seat', 2, { branch: flight }), run('room', 2, { branch: hotel })],
      state: { steps: { seat: { action: { round: 2 } }, room: { action: { round: 2 } } } },
    },
  },
  {
    name: 'needs an output for a skipped step of a branch',
    plan: late,
    given: bothHalted,
    when: asksToSkip('room'),
    follows: {
      refusal:
        'What comes behind "room" reads its output: give the output that it is to see, or resolve the step.',
    },
  },
  {
    name: 'makes each branch due that waits for its next attempt',
    plan: forkingPlan(
      parallel('book', { flight: [step('seat', { retry: attempts(2) })], hotel: [step('room')] }),
    ),
    given: [forked, on(flight, failed('seat', 1, 60_000)), on(hotel, succeeded('room'))],
    when: asksToRetry,
    follows: {
      events: [acted('retry', ['delayed', 'due'])],
      state: { steps: { seat: { action: { attempts: { notBefore: 0 } } } } },
    },
  },
  {
    name: 'goes on behind a fork of which the last branch was undone by hand',
    plan: both,
    given: [
      ...back,
      [on(hotel, undone('room'))],
      [backHalt(flight, 'seat'), stuck('compensation_exhausted', 'seat', stuckBack)],
    ],
    when: asksToMark('seat'),
    follows: {
      events: [
        { ...actedOn('mark_compensated', 'seat', ['blocked', 'manual']), branch: flight },
        on(flight, settled('seat', 'manual')),
        { type: 'undo_joined', branch: 'main', fork: 'book' },
        compensated,
      ],
    },
  },
]
