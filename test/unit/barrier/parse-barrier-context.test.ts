import { isBackstepError } from '@backstep/engine'
import { parseBarrierContext, type BarrierContext } from '@backstep/engine/barrier'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'

const action = {
  sagaId: '018f4d3a-0000-7000-8000-000000000001',
  branch: 'main',
  step: 'reserve stock/2',
  kind: 'action',
  round: 1,
} satisfies BarrierContext
const compensation = {
  ...action,
  kind: 'compensation',
  round: 2,
  actionRound: 1,
  outcome: 'unknown',
} satisfies BarrierContext

const failureOf = (value: unknown): unknown => {
  try {
    return parseBarrierContext(value)
  } catch (error) {
    return error
  }
}

it.each([
  ['an action', action],
  ['a compensation', compensation],
  ['a compensation of a success', { ...compensation, outcome: 'succeeded' }],
  ['a branch of many', { ...action, branch: 'ship/items[12]' }],
  ['the last round there is', { ...action, round: 2_147_483_647 }],
])('%s is the same after its way through JSON', (_what, context) => {
  expect(parseBarrierContext(JSON.parse(JSON.stringify(context)))).toEqual(context)
})

it('what else was sent is left out', () => {
  expect(parseBarrierContext({ ...action, outcome: 'unknown', input: { cents: 1 } })).toEqual(
    action,
  )
})

it('one saga has one spelling', () => {
  expect(parseBarrierContext({ ...action, sagaId: action.sagaId.toUpperCase() })).toEqual(action)
})

const { step: _step, ...withoutStep } = action
const { actionRound: _round, ...withoutActionRound } = compensation
const { branch: _branch, ...withoutBranch } = action

it.each([
  ['nothing', undefined, 'context is undefined and must be an object'],
  ['null', null, 'context is null and must be an object'],
  ['a text', JSON.stringify(action), 'must be an object'],
  ['a list', [action], 'context is an array and must be an object'],
  [
    'no saga',
    { ...action, sagaId: undefined },
    'has undefined as its "sagaId", which must be a UUID',
  ],
  ['a saga that is no UUID', { ...action, sagaId: 'order-1' }, 'has "order-1" as its "sagaId"'],
  ['no step', withoutStep, 'has undefined as its "step", which must be a text'],
  ['an empty step', { ...action, step: '' }, 'has "" as its "step", which must be a text'],
  ['a step that is a number', { ...action, step: 7 }, 'has 7 as its "step", which must be a text'],
  ['a long step', { ...action, step: 'ä'.repeat(128) }, '"step", which may have 255 bytes'],
  ['a NUL', { ...action, step: 'a\0b' }, 'which must have no control characters'],
  ['half a character', { ...action, step: '\uD83D' }, 'no halves of surrogate pairs'],
  ['no branch', withoutBranch, 'has undefined as its "branch", which must be a text'],
  [
    'a long branch',
    { ...action, branch: 'b'.repeat(1_025) },
    '"branch", which may have 1024 bytes',
  ],
  ['no round', { ...action, round: undefined }, 'has undefined as its "round"'],
  ['round 0', { ...action, round: 0 }, 'has 0 as its "round", which must be a whole number from 1'],
  ['half a round', { ...action, round: 1.5 }, 'has 1.5 as its "round"'],
  ['a round as a text', { ...action, round: '1' }, 'has "1" as its "round"'],
  ['a round too many', { ...action, round: 2_147_483_648 }, 'has 2147483648 as its "round"'],
  [
    'another kind',
    { ...action, kind: 'probe' },
    'has "probe" as its "kind", which must be "action"',
  ],
  ['no kind', { ...action, kind: undefined }, 'must be "action" or "compensation"'],
  ['a lone compensation', withoutActionRound, 'has undefined as its "actionRound"'],
  [
    'an outcome of its own',
    { ...compensation, outcome: 'failed' },
    'has "failed" as its "outcome"',
  ],
  ['a function', { ...action, step: () => 'x' }, 'has a function as its "step"'],
  ['an object', { ...action, step: {} }, 'has an object as its "step"'],
])('%s is refused, and named', (_what, value, message) => {
  const failure = failureOf(value)
  expect(isBackstepError(failure, 'BARRIER_CONTEXT_INVALID')).toBe(true)
  expect(String(failure)).toContain(message)
  expect(String(failure)).toContain('barrierContextOf')
})

it('a message stays short, whatever was sent', () => {
  expect(String(failureOf({ ...action, kind: 'x'.repeat(100_000) })).length).toBeLessThan(300)
})

it('anything is either read or refused with its code', () => {
  const odd = fc.record(
    {
      sagaId: fc.oneof(fc.constant(action.sagaId), fc.anything()),
      branch: fc.oneof(fc.string(), fc.anything()),
      step: fc.oneof(fc.string(), fc.anything()),
      kind: fc.oneof(fc.constantFrom('action', 'compensation'), fc.anything()),
      round: fc.oneof(fc.integer(), fc.anything()),
      actionRound: fc.oneof(fc.integer(), fc.anything()),
      outcome: fc.oneof(fc.constantFrom('succeeded', 'unknown'), fc.anything()),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.oneof(odd, fc.anything()), (value) => {
      const read = failureOf(value)
      const refused = isBackstepError(read, 'BARRIER_CONTEXT_INVALID')
      expect(refused ? read : parseBarrierContext(JSON.parse(JSON.stringify(read)))).toEqual(read)
    }),
  )
})
