import { expect, test } from 'vitest'
import { z } from 'zod'
import { Rejection } from '../../../packages/engine/src/definition/rejection.ts'
import { systemClock } from '../../../packages/engine/src/runtime/system-clock.ts'
import type { Clock } from '../../../packages/engine/src/ports/clock.ts'
import { never } from './gate.ts'
import { anyInput, defineSaga, memoryEngine, soon, stuckRow, work } from './memory-engine.ts'

const named = (name: string): ReturnType<typeof orderNamed> => orderNamed(name)

function orderNamed(name: string) {
  return defineSaga({ name, version: 1, input: anyInput })
}

const throwing = (thrown: unknown) => ({
  get value(): never {
    throw thrown
  },
})

const outputs: readonly (readonly [string, () => unknown])[] = [
  ['has a NUL', () => 'a\0b'],
  ['has half of a surrogate pair', () => ({ text: '\ud800' })],
  ['is too large', () => 'x'.repeat(2_000_000)],
  ['is a Date', () => new Date(0)],
  ['is a bigint', () => 1n],
  ['contains itself', () => cyclic()],
  ['has a getter that throws', () => throwing(new Error('boom'))],
  ['has a getter that throws what cannot be read', () => throwing(Object.create(null))],
]

function cyclic(): unknown {
  const value: Record<string, unknown> = {}
  value['self'] = value
  return value
}

test.each(outputs)(
  'an output that %s gets its saga stuck once, and the worker goes on with others',
  async (_, output) => {
    const { backstep } = memoryEngine()
    let runs = 0
    const bad = named('bad').step('pay', {
      action: (): unknown => {
        runs += 1
        return output()
      },
      compensation: () => {},
      retry: soon,
    })
    const good = named('good').step('pay', { action: () => 1, compensation: () => {} })
    await work(backstep, [bad, good], { concurrency: 1 })
    const handle = await backstep.start(bad, { input: {} })
    const other = await backstep.start(good, { input: {} })
    await expect(stuckRow(backstep, handle.sagaId)).resolves.toMatchObject({
      stuckCode: 'payload_invalid',
      stuckStep: 'pay',
    })
    await expect(other.result({ timeout: '3s' })).resolves.toMatchObject({ status: 'completed' })
    expect(runs).toBe(1)
  },
)

test('an output that breaks its schema gets its saga stuck, naming the place', async () => {
  const { backstep } = memoryEngine()
  const saga = named('order').step('pay', {
    action: (): unknown => ({ amount: 'five' }),
    output: z.object({ amount: z.number() }),
    compensation: () => {},
  })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  const row = await stuckRow(backstep, handle.sagaId)
  expect(row).toMatchObject({ stuckCode: 'payload_invalid' })
  expect(row.failure?.message).toContain('amount')
})

test('a schema that never answers is cut off by the time-out of its step', async () => {
  const { backstep } = memoryEngine()
  const saga = named('order').step('pay', {
    action: () => 1,
    output: z.number().refine(() => never),
    compensation: () => {},
    timeout: '30ms',
    retry: { ...soon, maximumAttempts: 1 },
  })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({
    status: 'compensated',
    failure: { kind: 'timeout' },
  })
})

test('an output of the saga that cannot be computed gets it stuck', async () => {
  const { backstep } = memoryEngine()
  const saga = named('order')
    .step('pay', { action: () => 1, compensation: () => {} })
    .output(() => {
      throw new Error('no such field')
    })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  const row = await stuckRow(backstep, handle.sagaId)
  expect(row).toMatchObject({ stuckCode: 'payload_invalid', stuckStep: null })
  expect(row.failure?.message).toContain('no such field')
})

test('an output of the saga that never comes gets it stuck', async () => {
  // Half a minute is the limit: here it passes at once.
  const clock: Clock = {
    ...systemClock,
    after: (ms, callback) => systemClock.after(ms === 30_000 ? 1 : ms, callback),
  }
  const { backstep } = memoryEngine({ clock })
  const saga = named('order')
    .step('pay', { action: () => 1, compensation: () => {}, timeout: '10s' })
    .output(() => never)
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await expect(stuckRow(backstep, handle.sagaId)).resolves.toMatchObject({
    stuckCode: 'payload_invalid',
  })
})

class Unreadable extends Error {
  override get message(): string {
    throw new Error('even this')
  }
}

class UnreadableRejection extends Rejection {
  constructor() {
    super('declined', 'No.')
    Object.defineProperty(this, 'details', {
      get: () => {
        throw new Error('even this')
      },
    })
  }
}

const haunted = new Proxy(new Error('haunted'), {
  has: () => {
    throw new Error('boo')
  },
  get: () => {
    throw new Error('boo')
  },
})

const errors: readonly (readonly [string, unknown, string])[] = [
  ['with a NUL', new Error('a\0b'), 'a\uFFFDb'],
  ['with half of a surrogate pair', new Error('a\ud800b'), 'a\uFFFDb'],
  ['of a megabyte', new Error('x'.repeat(1_048_576)), 'x'.repeat(8_189) + '…'],
  ['whose getters throw', new Unreadable(), 'The handler threw something that cannot be read.'],
  ['that is a haunted proxy', haunted, 'The handler threw something that cannot be read.'],
  ['that is a rejection whose details throw', new UnreadableRejection(), 'No.'],
  ['that is undefined', undefined, 'Thrown: undefined'],
]

test.each(errors)('an error %s is a failed attempt like any other', async (_, thrown, message) => {
  const { backstep } = memoryEngine()
  const saga = named('order').step('pay', {
    action: () => {
      throw thrown
    },
    compensation: () => {},
    retry: { ...soon, maximumAttempts: 1 },
  })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({
    status: 'compensated',
    failure: { kind: 'error', message },
  })
})

test('the results that a handler is given are its own, and the same ones whenever it looks', async () => {
  const { backstep } = memoryEngine()
  const saga = named('own-results')
    .step('one', { action: () => ({ list: [1] }), compensation: () => {} })
    .step('two', {
      action: (context) => {
        const { results } = context
        results.one.list.push(2)
        expect(context.results).toBe(results)
        expect({ ...context }.results).toEqual({ one: { list: [1, 2] } })
      },
      compensation: () => {},
    })
    .step('three', { action: ({ results }) => results.one.list, compensation: () => {} })
    .output(({ results }) => results.three)
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({
    status: 'completed',
    output: [1],
  })
})
