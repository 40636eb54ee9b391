import type { Example } from './example.ts'
import {
  began,
  cause,
  compensated,
  failed,
  lateSuccess,
  rejected,
  reopened,
  stuck,
  succeeded,
  undoFailed,
  undone,
} from './facts.ts'
import { acted, asksToEdit } from './operator-words.ts'
import { attempts, planOf, step } from './plans.ts'
import { run, undo } from './sights.ts'

const parked = { onFailure: 'park' } as const
const plan = planOf(step('reserve'), step('charge', { ...parked, retry: attempts(1) }))
const before = { orderId: 7 }
const after = { orderId: 8 }
const atCharge = stuck('parked_by_policy', 'charge')
const clear = [succeeded('reserve'), [rejected('charge'), atCharge]]
const inDoubt = [succeeded('reserve'), [failed('charge', 1, null), atCharge]]
const back = { direction: 'backward' } as const
const exhausted = [
  succeeded('reserve'),
  succeeded('charge'),
  [rejected('pack'), began(cause('rejection', 'pack'), 'charge', 'reserve')],
  [undoFailed('charge', 1, null), stuck('compensation_exhausted', 'charge', back)],
]
const three = planOf(step('reserve'), step('charge'), step('pack'))
const doubt =
  'An attempt at "charge" may have taken effect under the old input, and another input is another try to its participant. Make sure that none did, and say so.'
const edited = (noEffect: boolean) => ({ ...acted('edit', [before, after]), noEffect })
const orphaned = [
  succeeded('reserve'),
  failed('charge', 1, 0),
  [rejected('charge', 2), began(cause('rejection', 'charge'), 'charge?', 'reserve')],
  undone('charge'),
  [undone('reserve'), compensated],
  [lateSuccess('charge', 'c1'), stuck('orphan_effect', 'charge', back)],
]

/** Another input for what is not done yet. */
export const editExamples: readonly Example[] = [
  {
    name: 'tries a step again under another input, in a round of its own',
    plan,
    given: clear,
    when: asksToEdit(after),
    follows: {
      events: [edited(false)],
      commands: [run('charge', 2)],
      state: {
        status: 'running',
        input: after,
        edits: [{ seq: 4, before, direction: 'forward' }],
        steps: {
          reserve: { action: { round: 1 } },
          charge: { action: { round: 2, status: 'scheduled', attempts: { endedSinceResume: 0 } } },
        },
      },
    },
  },
  {
    name: 'is not given another input while an attempt under the old one is in doubt',
    plan,
    given: inDoubt,
    when: asksToEdit(after),
    follows: { refusal: doubt },
  },
  {
    name: 'is given another input where an operator made sure that nothing stands',
    plan,
    given: inDoubt,
    when: asksToEdit(after, true),
    follows: {
      events: [edited(true)],
      commands: [run('charge', 2)],
      state: { steps: { charge: { action: { round: 2, unknownAttempts: 0 } } } },
    },
  },
  {
    name: 'takes a success that came late, under the old input',
    plan,
    given: [...inDoubt, lateSuccess('charge', 'c1')],
    when: asksToEdit(after, true),
    follows: { refusal: 'An attempt at "charge" has reported success meanwhile; retry takes it.' },
  },
  {
    name: 'is given another input where it is stuck at no step',
    plan,
    given: [[stuck('payload_invalid', null)]],
    when: asksToEdit(after),
    follows: { events: [edited(false)], commands: [run('reserve')], state: { input: after } },
  },
  {
    name: 'undoes a step under another input, in another round',
    plan: three,
    given: exhausted,
    when: asksToEdit(after, true),
    follows: {
      events: [edited(true)],
      commands: [undo('charge', 2, { round: 2 })],
      state: {
        edits: [{ seq: 6, before, direction: 'backward' }],
        steps: { charge: { compensation: { round: 2, status: 'needed' } } },
      },
    },
  },
  {
    name: 'is not given another input where an undo may have worked under the old one',
    plan: three,
    given: exhausted,
    when: asksToEdit(after),
    follows: { refusal: doubt },
  },
  {
    name: 'undoes an orphan effect in a new round anyway',
    plan: planOf(step('reserve'), step('charge')),
    given: orphaned,
    when: asksToEdit(after),
    follows: {
      events: [edited(false), reopened('charge', 3)],
      commands: [undo('charge', 1, { round: 3 })],
    },
  },
  {
    name: 'keeps its input while it runs',
    plan,
    given: [],
    when: asksToEdit(after),
    follows: { refusal: 'The saga is running; only the input of a stuck saga is edited.' },
  },
]
