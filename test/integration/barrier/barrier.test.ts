import { isBackstepError, isRejection } from '@backstep/engine'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  createParticipant,
  deltas,
  effectsOf,
  newAction,
  undoOf,
  ways,
  type Call,
  type Participant,
  type Way,
} from './participant.ts'

let participant: Participant

beforeAll(async () => {
  participant = await createParticipant()
})

afterAll(() => participant.drop())

/** Calls the barrier in one kind of transaction; what is thrown comes as a value from `failureOf`. */
const callsIn = (way: Way) => {
  const call = (given: Call) => way.call(participant, given)
  const failureOf = (given: Call): Promise<unknown> =>
    call(given).then(
      (result) => result,
      (error: unknown) => error,
    )
  return { call, failureOf }
}

const isRefusal = (error: unknown): boolean => isRejection(error) && error.code === 'undone'

describe.each(ways)('an action in a transaction of $name', (way) => {
  const { call, failureOf } = callsIn(way)

  it('an action takes effect once, and a repeated call gets what the first one returned', async () => {
    const context = newAction()
    const first = { reservation: 'r-1', items: [1, 2.5, null, 'ß'], none: undefined }
    expect(await call({ context, output: first })).toEqual({
      status: 'done',
      output: { reservation: 'r-1', items: [1, 2.5, null, 'ß'] },
    })
    for (const output of [{ reservation: 'r-2' }, undefined]) {
      expect(await call({ context, output })).toEqual({
        status: 'repeated',
        output: { reservation: 'r-1', items: [1, 2.5, null, 'ß'] },
      })
    }
    expect(await deltas(participant, context)).toEqual([1])
    expect(await effectsOf(participant, context)).toMatchObject([{ state: 'done', calls: 3 }])
  })

  it.each([undefined, null, 0, '', false, 'text', [], {}])('returns %j again', async (output) => {
    const context = newAction()
    expect(await call({ context, output })).toStrictEqual({ status: 'done', output })
    expect(await call({ context, output: 'other' })).toStrictEqual({ status: 'repeated', output })
  })

  it('an action that comes after its own compensation is refused, for good', async () => {
    const context = newAction()
    await call({ context: undoOf(context) })
    expect(isRefusal(await failureOf({ context }))).toBe(true)
    expect(isRefusal(await failureOf({ context }))).toBe(true)
    expect(await call({ context: undoOf(context) })).toMatchObject({ reason: 'never_ran' })
    expect(await deltas(participant, context)).toEqual([])
  })

  it('an action that was undone is refused when it is called again', async () => {
    const context = newAction()
    await call({ context })
    await call({ context: undoOf(context) })
    expect(isRefusal(await failureOf({ context }))).toBe(true)
    expect(await deltas(participant, context)).toEqual([-1, 1])
  })
})

describe.each(ways)('the effects of $name', (way) => {
  const { call, failureOf } = callsIn(way)

  it.each([{ branch: 'items[1]' }, { step: 'charge' }])('%j is another effect', async (other) => {
    const context = newAction()
    await call({ context })
    expect(await call({ context: { ...context, ...other } })).toMatchObject({ status: 'done' })
    expect(await call({ context: undoOf(context) })).toMatchObject({ status: 'done' })
    expect(await deltas(participant, context)).toEqual([-1, 1, 1])
  })

  it('an output that cannot be stored takes the effect with it', async () => {
    const context = newAction()
    const failure = await failureOf({ context, output: { at: new Date(0) } })
    expect(isBackstepError(failure, 'PAYLOAD_INVALID')).toBe(true)
    expect(String(failure)).toContain('The output of "reserve" for its barrier')
    expect(await deltas(participant, context)).toEqual([])
    expect(await call({ context })).toMatchObject({ status: 'done' })
  })
})

describe.each(ways)('a compensation in a transaction of $name', (way) => {
  const { call, failureOf } = callsIn(way)

  it('a compensation takes the effect back once', async () => {
    const context = newAction()
    await call({ context })
    expect(await call({ context: undoOf(context), output: 'gone' })).toStrictEqual({
      status: 'done',
      output: 'gone',
    })
    for (const outcome of ['unknown', 'succeeded'] as const) {
      expect(await call({ context: undoOf(context, { outcome }) })).toStrictEqual({
        status: 'noop',
        reason: 'already_undone',
      })
    }
    expect(await deltas(participant, context)).toEqual([-1, 1])
  })

  it('a compensation whose action never ran does nothing, as often as it comes', async () => {
    const context = newAction()
    for (let calls = 0; calls < 3; calls += 1) {
      expect(await call({ context: undoOf(context) })).toStrictEqual({
        status: 'noop',
        reason: 'never_ran',
      })
    }
    expect(await deltas(participant, context)).toEqual([])
    expect(await effectsOf(participant, context)).toMatchObject([{ state: 'barred', output: null }])
  })

  it('a success without a trace is no noop: somebody has to look', async () => {
    const context = newAction()
    const undo = { context: undoOf(context, { outcome: 'succeeded' }) }
    expect(isBackstepError(await failureOf(undo), 'BARRIER_EFFECT_MISSING')).toBe(true)
    expect(await effectsOf(participant, context)).toEqual([])
    await call({ context: undoOf(context) })
    expect(isBackstepError(await failureOf(undo), 'BARRIER_EFFECT_MISSING')).toBe(true)
  })
})

describe.each(ways)('rounds in transactions of $name', (way) => {
  const { call, failureOf } = callsIn(way)

  it('a later round is an effect of its own, with an undo of its own', async () => {
    const [first, second] = [newAction(1), newAction(2)]
    const again = { ...second, sagaId: first.sagaId }
    await call({ context: undoOf(first) })
    expect(await call({ context: again, output: 2 })).toEqual({ status: 'done', output: 2 })
    expect(isRefusal(await failureOf({ context: first }))).toBe(true)
    expect(await call({ context: undoOf(again) })).toMatchObject({ status: 'done' })
    expect(await deltas(participant, first)).toEqual([-1, 1])
  })

  it('an orphan effect that was undone by an earlier round is not undone by the next', async () => {
    const context = newAction()
    await call({ context })
    await call({ context: undoOf(context) })
    const orphan = undoOf(context, { round: 2, actionRound: 1, outcome: 'succeeded' })
    expect(await call({ context: orphan })).toMatchObject({ reason: 'already_undone' })
    expect(await deltas(participant, context)).toEqual([-1, 1])
  })

  it('a later round undoes what no earlier one has', async () => {
    const context = newAction()
    await call({ context })
    const later = undoOf(context, { round: 2, actionRound: 1 })
    expect(await call({ context: later })).toMatchObject({ status: 'done' })
    expect(await deltas(participant, context)).toEqual([-1, 1])
  })
})
