import { expect, test } from 'vitest'

import {
  positiveInteger,
  workerSettings,
  type WorkerTuning,
} from '../../../packages/engine/src/runtime/settings.ts'

test('without tuning the defaults hold', () => {
  expect(workerSettings({})).toEqual({
    leaseMs: 10_000,
    heartbeatMs: 3_000,
    sweepMs: 1_000,
    dispatchGraceMs: 2_000,
    abortGraceMs: 5_000,
    shutdownGraceMs: 25_000,
    maxStepsPerTurn: 50,
    maxTurnMs: 1_000,
    eagerFirstTurn: true,
  })
})

test('a turn of one step is never eager, whatever else is set', () => {
  const one = { maxStepsPerTurn: 1, eagerFirstTurn: false }
  expect(workerSettings({ turn: 'step' })).toMatchObject(one)
  const all = { turn: 'step', maxStepsPerTurn: 20, eagerFirstTurn: true } as const
  expect(workerSettings(all)).toMatchObject(one)
})

test('a turn of steps is as long and as eager as it is set', () => {
  expect(workerSettings({ turn: 'steps' })).toEqual(workerSettings({}))
  const set = { maxStepsPerTurn: 20, eagerFirstTurn: false }
  expect(workerSettings({ turn: 'steps', ...set })).toMatchObject(set)
})

test('another kind of turn is refused', () => {
  const tuning: WorkerTuning = JSON.parse('{"turn":"both"}')
  expect(() => workerSettings(tuning)).toThrow(
    expect.objectContaining({
      code: 'CONFIGURATION_INVALID',
      message: 'The worker\'s turn is "both"; set "steps" or "step".',
    }),
  )
})

test.each([
  [{ lease: '6s', heartbeat: '3s' }, 'CONFIGURATION_INVALID', 'more than a third of its lease'],
  [{ lease: '100ms', heartbeat: '20ms' }, 'CONFIGURATION_INVALID', 'set at least 150 ms'],
  [{ maxStepsPerTurn: 0 }, 'CONFIGURATION_INVALID', 'maxStepsPerTurn is 0'],
  [{ sweep: 'soon' }, 'DURATION_INVALID', '"soon"'],
])('%j is refused with %s', (tuning, code, part) => {
  expect(() => workerSettings(tuning)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(part) }),
  )
})

test.each([0, -1, 1.5, Number.NaN])('a concurrency of %d is refused', (value) => {
  expect(() => positiveInteger('concurrency', value)).toThrow('concurrency is')
})
