import { describe, expect, test } from 'vitest'
import { decide } from '../../../packages/engine/src/core/decide.ts'
import { fold, foldRest } from '../../../packages/engine/src/core/fold.ts'
import { leaseLostFailure } from '../../../packages/engine/src/core/failure.ts'
import {
  began,
  cause,
  compensated,
  completed,
  failed,
  lost,
  probeFailed,
  rejected,
  resumed,
  starting,
  stuck,
  succeeded,
  undoFailed,
} from './facts.ts'
import { valueAt, entriesIn } from '../../../packages/engine/src/core/key-map.ts'
import { journal, sagaStarted, startedAt, stateAfter, timeOf } from './journals.ts'
import { plainState } from './plain-state.ts'
import { attempts, harmless, pivot, planOf, step } from './plans.ts'
import { sawEffect, sawSuccess, sawUndoError } from './sights.ts'

const rejectedAtOnce = [rejected('reserve'), began(cause('rejection', 'reserve'))]
const plan = planOf(step('reserve'), step('charge'))

describe('folding a journal', () => {
  test('gives the state in which a saga starts', () => {
    expect(plainState(fold(plan, 'saga-1', journal([])))).toMatchObject({
      status: 'running',
      sagaId: 'saga-1',
      seq: 1,
      key: 'order-7',
      input: { orderId: 7 },
      startedAt,
      failure: null,
      cancel: 'none',
      branches: { main: { cursor: 0, undo: [], deaths: 0, startingClaimId: null } },
      steps: { reserve: { action: { status: 'scheduled', scheduledAt: startedAt } } },
    })
  })

  test('reaches a step when the one before it has succeeded', () => {
    const state = stateAfter(plan, [succeeded('reserve')])

    expect(entriesIn(state.steps).map(([name]) => name)).toEqual(['charge', 'reserve'])
    expect(valueAt(state.steps, 'charge')?.action.scheduledAt).toBe(timeOf(2))
  })

  test('takes what shares the first row with the start', () => {
    const [first] = journal([])
    const entry = {
      seq: 1,
      at: startedAt,
      events: [...(first?.events ?? []), starting('reserve', 'c1')],
    }

    const state = fold(plan, 'saga-1', [entry])

    expect(state.branches['main']?.startingClaimId).toBe('c1')
  })

  test('counts a row without events', () => {
    const state = foldRest(plan, stateAfter(plan, []), [{ seq: 2, at: timeOf(2), events: [] }])

    expect(state.seq).toBe(2)
  })

  test('takes no second start', () => {
    const before = stateAfter(plan, [succeeded('reserve')])

    const after = foldRest(plan, before, [{ seq: 3, at: timeOf(3), events: [sagaStarted] }])

    expect(after).toEqual({ ...before, seq: 3 })
  })
})

describe('a journal', () => {
  test.each([
    ['is empty', []],
    ['begins without events', [{ seq: 1, at: startedAt, events: [] }]],
    ['begins in the middle', journal([succeeded('reserve')]).slice(1)],
  ])('that %s says so', (_what, entries) => {
    expect(() => fold(plan, 'saga-9', entries)).toThrowError(
      expect.objectContaining({
        code: 'SAGA_NOT_FOUND',
        message: expect.stringContaining('saga saga-9 has no start'),
      }),
    )
  })
})

describe('folding what a lost lease stands for', () => {
  test('keeps the time in which the lost handler may still be at work', () => {
    const state = stateAfter(plan, [lost('c1')])

    expect(valueAt(state.steps, 'reserve')?.action.quietAt).toBe(timeOf(2) + 35_000)
  })

  test('keeps the first and the last failure of a step apart', () => {
    const state = stateAfter(plan, [failed('reserve', 1, 1_000), lost('c2')])

    expect(valueAt(state.steps, 'reserve')?.action.attempts).toMatchObject({
      firstFailure: { kind: 'error' },
      lastFailure: leaseLostFailure,
    })
  })

  test.each([
    ['with nothing left to run', [succeeded('reserve'), succeeded('charge')]],
    ['with nothing left to undo', [[rejected('reserve'), began(cause('rejection', 'reserve'))]]],
    ['that is stuck', [stuck('handler_missing', 'reserve')]],
    ['after its end', [completed()]],
    [
      'after its other end',
      [[rejected('reserve'), began(cause('rejection', 'reserve')), compensated]],
    ],
    ['at a step that was not announced', []],
  ])('changes no step of a saga %s', (_where, rows) => {
    const once = planOf(pivot('reserve'), harmless('charge'))
    const before = stateAfter(once, rows)

    const after = foldRest(once, before, [{ seq: 9, at: timeOf(9), events: [lost('c1')] }])

    expect(after.steps).toEqual(before.steps)
    expect(after.branches['main']?.deaths).toBe(1)
  })
})

describe('folding the way back', () => {
  test('a failed undo keeps its first and its last failure apart', () => {
    const state = stateAfter(plan, [
      succeeded('reserve'),
      [rejected('charge'), began(cause('rejection', 'charge'), 'reserve')],
      undoFailed('reserve', 1, 1_000),
      lost('c2'),
    ])

    expect(valueAt(state.steps, 'reserve')?.compensation.attempts).toMatchObject({
      ended: 2,
      firstFailure: { kind: 'error' },
      lastFailure: leaseLostFailure,
    })
  })

  test('an undo without a handler is an error that names the step', () => {
    const looking = planOf(harmless('look'))
    const state = stateAfter(looking, [
      [rejected('look'), began(cause('rejection', 'look'), 'look')],
    ])

    expect(() => decide(looking, state, sawUndoError('look'))).toThrowError(
      new RangeError('Nothing undoes step "look" of "order": plan and journal differ.'),
    )
  })
})

describe('folding a retry', () => {
  test.each([
    ['forward', [stuck('handler_missing', 'reserve'), resumed]],
    [
      'backward',
      [rejectedAtOnce, stuck('handler_missing', null, { direction: 'backward' }), resumed],
    ],
  ])('%s leaves no record of the halt', (_direction, rows) => {
    expect(stateAfter(plan, rows)).not.toHaveProperty('stuck')
  })
})

describe('folding what does not belong together', () => {
  test('a retry of a saga that is not stuck changes nothing', () => {
    const before = stateAfter(plan, [])

    expect(foldRest(plan, before, [{ seq: 2, at: timeOf(2), events: [resumed] }])).toEqual({
      ...before,
      seq: 2,
    })
  })

  test('a probe that failed though nobody had asked it is counted all the same', () => {
    const state = stateAfter(plan, [probeFailed('reserve', 1, null)])

    expect(valueAt(state.steps, 'reserve')?.action.probe).toMatchObject({ ended: 1 })
  })

  test('a saga is not judged by a probe that it has not asked', () => {
    const probe = { retry: attempts(2), timeoutMs: 1_000 }
    const probed = planOf(step('reserve', { probe }))

    expect(() => decide(probed, stateAfter(probed, []), sawEffect('reserve'))).toThrowError(
      new RangeError('Saga saga-1 has not asked the probe of "reserve".'),
    )
  })

  test('a branch that is not there is an error that names it', () => {
    const elsewhere = { ...lost('c1'), branch: 'main/2' }

    expect(() => stateAfter(plan, [elsewhere])).toThrowError(
      new RangeError('Saga saga-1 has no branch "main/2" at journal row 2.'),
    )
  })

  test('a step that was not reached is an error that names it', () => {
    expect(() => stateAfter(plan, [rejected('charge')])).toThrowError(
      new RangeError('Saga saga-1 has not reached "charge" at journal row 2.'),
    )
  })

  test.each([
    ['a step that it has passed', [succeeded('reserve')]],
    ['any step at its end', [succeeded('reserve'), succeeded('charge')]],
  ])('a saga is not judged by a verdict on %s', (_what, rows) => {
    expect(() =>
      decide(plan, stateAfter(plan, rows), {
        ...sawSuccess('reserve'),
        type: 'action_failed',
        failure: leaseLostFailure,
        random: 0,
        quietAfterMs: 0,
      }),
    ).toThrowError(new RangeError('Saga saga-1 is not at step "reserve", so it cannot be judged.'))
  })
})
