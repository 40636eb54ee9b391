import { isBackstepError } from '@backstep/engine'
import { barrierContextOf, type BarrierContext } from '@backstep/engine/barrier'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'

import { idempotencyKey } from '../../../packages/engine/src/runtime/idempotency-key.ts'

const sagaId = '018f4d3a-0000-7000-8000-000000000001'

const key = (kind: 'action' | 'compensation', round: number, branch = 'main', step = 'reserve') =>
  idempotencyKey({ sagaId, branch, step, kind, round })

const action = { sagaId, step: 'reserve', idempotencyKey: key('action', 1) }
const compensation = {
  sagaId,
  step: 'reserve',
  idempotencyKey: key('compensation', 3),
  actionIdempotencyKey: key('action', 2),
  outcome: 'unknown',
} as const

it("an action's context has everything in its key", () => {
  const expected: BarrierContext = {
    sagaId,
    branch: 'main',
    step: 'reserve',
    kind: 'action',
    round: 1,
  }
  expect(barrierContextOf(action)).toEqual(expected)
})

it('a compensation names the round of the action that it undoes', () => {
  expect(barrierContextOf(compensation)).toEqual({
    sagaId,
    branch: 'main',
    step: 'reserve',
    kind: 'compensation',
    round: 3,
    actionRound: 2,
    outcome: 'unknown',
  })
})

it('what the context says itself goes before what its key says', () => {
  const said = { ...action, kind: 'action', branch: 'items[3]', round: 4 } as const
  expect(barrierContextOf(said)).toMatchObject({ branch: 'items[3]', round: 4 })
})

it('names with slashes are told from the parts of the key', () => {
  const name = fc.string({
    minLength: 1,
    maxLength: 20,
    unit: fc.constantFrom('a', '/', '1', 'action'),
  })
  fc.assert(
    fc.property(name, name, fc.integer({ min: 1, max: 99 }), (branch, step, round) => {
      const context = { sagaId, step, idempotencyKey: key('action', round, branch, step) }
      expect(barrierContextOf(context)).toMatchObject({ branch, step, round })
    }),
  )
})

it.each([
  ['of another saga', { ...action, sagaId: sagaId.replace('1', '2') }],
  ['of another step', { ...action, step: 'charge' }],
  ['of the other kind', { ...action, idempotencyKey: key('compensation', 1) }],
  ['without a branch', { ...action, idempotencyKey: `${sagaId}/reserve/action/1` }],
  ['without a round', { ...action, idempotencyKey: `${sagaId}/main/reserve/action/` }],
  ['of somebody’s own making', { ...action, idempotencyKey: 'order-1' }],
  [
    'of a compensation without an outcome',
    JSON.parse(JSON.stringify({ ...compensation, outcome: 1 })),
  ],
  [
    'of an action, and no action’s',
    { ...compensation, actionIdempotencyKey: key('compensation', 3) },
  ],
])('a key %s is refused', (_what, context) => {
  const failure = (() => {
    try {
      return barrierContextOf(context)
    } catch (error) {
      return error
    }
  })()
  expect(isBackstepError(failure, 'BARRIER_CONTEXT_INVALID')).toBe(true)
})
