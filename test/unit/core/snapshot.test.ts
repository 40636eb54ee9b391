import { noSteps } from '../../../packages/engine/src/core/state.ts'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fold, foldRest } from '../../../packages/engine/src/core/fold.ts'
import { restore } from '../../../packages/engine/src/core/restore-snapshot.ts'
import { takeSnapshot } from '../../../packages/engine/src/core/snapshot.ts'
import { entriesIn, withValue } from '../../../packages/engine/src/core/key-map.ts'
import {
  began,
  cancelRequested,
  cause,
  compensated,
  completed,
  failed,
  lateSuccess,
  lost,
  rejected,
  resumed,
  starting,
  stuck,
  succeeded,
  undoFailed,
  undone,
} from './facts.ts'
import { journal, stateAfter } from './journals.ts'
import { moves, plans } from './moves.ts'
import { harmless, pivot, planOf, retriable, step } from './plans.ts'
import { longSaga, throughSnapshot, type Rows } from './through-snapshot.ts'
import { World } from './world.ts'

const sagaId = 'saga-1'
const timedOut = { kind: 'timeout', code: 'timeout', message: 'Another.' } as const

const plan = planOf(
  step('reserve'),
  harmless('look'),
  step('charge'),
  pivot('pay'),
  retriable('ship'),
)

test('folding on from a snapshot gives what folding all gives, for every journal and every cut', () => {
  let taken = 0
  fc.assert(
    fc.property(plans, moves, (drawn, happenings) => {
      const world = new World(drawn)
      for (const move of happenings) world.apply(move)
      world.calmDown()
      const { entries, state } = world
      for (let cut = 1; cut <= entries.length; cut += 1) {
        const restored = throughSnapshot(drawn, entries.slice(0, cut))
        if (restored === undefined) continue
        taken += 1
        expect(restored).toStrictEqual(fold(drawn, sagaId, entries.slice(0, cut)))
        const whole = foldRest(drawn, restored, entries.slice(cut))
        expect(whole).toStrictEqual(state)
      }
    }),
    { numRuns: 300 },
  )
  expect(taken).toBeGreaterThan(1_000)
}, 60_000)

describe('a snapshot is exact', () => {
  const back = [succeeded('reserve'), succeeded('look')]
  const undoing = [...back, [rejected('charge'), began(cause('rejection', 'charge'), 'reserve')]]

  test.each<[string, Rows]>([
    ['before anything happened', []],
    ['with steps behind it', back],
    [
      'with a step that took three attempts',
      [failed('reserve', 1, 10), lost('c1'), succeeded('reserve', 3)],
    ],
    ['with a start that is open', [[succeeded('reserve')], [starting('look', 'c2')]]],
    [
      'with a step that an operator gave another budget',
      [stuck('handler_missing', 'reserve'), resumed, succeeded('reserve')],
    ],
    ['with a cancel that waits for an answer', [cancelRequested]],
    ['on its way back', undoing],
    ['that turned back twice', [...undoing, began(cause('canceled', null), 'reserve')]],
    [
      'on its way back, with an undo that failed',
      [...undoing, undoFailed('reserve', 1, 10), lost('c3')],
    ],
    ['on its way back, with nothing left to undo', [...undoing, undone('reserve')]],
    ['with every step done', [...back, succeeded('charge'), succeeded('pay'), succeeded('ship')]],
  ])('%s', (_when, rows) => {
    expect(throughSnapshot(plan, journal(rows))).toStrictEqual(stateAfter(plan, rows))
  })

  test('when one row tells the failures of two handlers', () => {
    const rows = [
      [
        failed('reserve', 1, 0),
        succeeded('reserve', 2),
        { ...failed('look', 1, 0), failure: timedOut },
      ],
      [failed('look', 2, null), began(cause('error', 'look'), 'look', 'reserve')],
      [undoFailed('reserve', 1, 0), { ...undoFailed('look', 1, 0), failure: timedOut }],
    ]

    expect(throughSnapshot(plan, journal(rows))).toStrictEqual(stateAfter(plan, rows))
  })

  test('when the steps that were reached are not next to each other', () => {
    const entries = journal([succeeded('reserve'), succeeded('look'), succeeded('charge')])
    const steps = entriesIn(fold(plan, sagaId, entries).steps)
      .filter(([name]) => name !== 'look')
      .reduce((map, [name, reached]) => withValue(map, name, reached), noSteps)
    const state = { ...fold(plan, sagaId, entries), steps }

    const snapshot = takeSnapshot(plan, state)

    expect(snapshot && restore(plan, sagaId, snapshot, entries)).toStrictEqual(state)
  })
})

describe('a snapshot is exact also', () => {
  test('when the first row tells more than the start', () => {
    const entries = journal([]).map(({ seq, at, events }) => {
      return { seq, at, events: [...events, lost('c1')] }
    })

    expect(throughSnapshot(plan, entries)).toStrictEqual(fold(plan, sagaId, entries))
  })

  test('when one row tells two failures of a step', () => {
    const rows = [
      [failed('reserve', 1, 0), { ...failed('reserve', 2, 5), failure: cause('timeout', null) }],
    ]

    expect(throughSnapshot(plan, journal(rows))).toStrictEqual(stateAfter(plan, rows))
  })
})

describe('there is no snapshot', () => {
  test.each<[string, Rows]>([
    ['of a saga that is stuck', [stuck('handler_missing', 'reserve')]],
    ['of a completed saga', [completed()]],
    [
      'of a compensated saga',
      [[rejected('reserve'), began(cause('rejection', 'reserve')), compensated]],
    ],
    ['while a late success waits to be merged', [lost('c1'), lateSuccess('reserve', 'c1')]],
    [
      'with the late output of a step that is being undone',
      [
        lost('c1'),
        [failed('reserve', 2, null), began(cause('error', 'reserve'), 'reserve?')],
        lateSuccess('reserve', 'c1'),
      ],
    ],
  ])('%s', (_when, rows) => {
    expect(takeSnapshot(plan, stateAfter(plan, rows))).toBeNull()
  })

  test('that would be larger than 8 KB', () => {
    const { steps, rows } = longSaga(300, (name) => [failed(name, 1, 1), succeeded(name, 2)])

    expect(takeSnapshot(planOf(...steps), stateAfter(planOf(...steps), rows))).toBeNull()
  })
})
