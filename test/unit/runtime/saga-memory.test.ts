import { expect, test } from 'vitest'
import { begin } from '../../../packages/engine/src/core/evolve.ts'
import type { JsonValue } from '../../../packages/engine/src/core/json.ts'
import { FoldedHere } from '../../../packages/engine/src/runtime/folded-here.ts'
import {
  SagaMemory,
  type RememberedSaga,
} from '../../../packages/engine/src/runtime/saga-memory.ts'
import { interceptedStore } from './intercepted-store.ts'
import { anyInput, defineSaga, memoryEngine, quickTuning, work } from './memory-engine.ts'

const five = ['one', 'two', 'three', 'four', 'five']

/** A saga of five steps, of which each adds one to what the one before has returned. */
const counting = five.reduce(
  (saga, name, index) =>
    saga.step(name, {
      action: ({ results }) => Number(Object.values(results).at(-1) ?? index) + 1,
      compensation: () => {},
    }),
  defineSaga({ name: 'counting', version: 1, input: anyInput }),
)

function remembered(sagaId: string, bytes: number): RememberedSaga {
  const { plan } = counting
  const started = { type: 'saga_started', name: 'counting', version: 1, key: null } as const
  const state = begin(plan, sagaId, { ...started, input: {} }, { seq: 1, at: 0 })
  const row = { seq: 1, appendId: `append of ${sagaId}` }
  return { definition: { plan, saga: counting }, state, row, bytes }
}

/** A store that tells what was read of the journals of claims. */
function readingStore() {
  const read: string[] = []
  const base = memoryEngine()
  const store = interceptedStore(base.store, async ({ method, pass }) => {
    const answer = await pass()
    if (method === 'claim' && Array.isArray(answer)) {
      for (const { journal } of answer) read.push(`${journal.type} ${journal.entries.length}`)
    }
    return answer
  })
  return { base, store, read }
}

test('a saga that goes on here is read from where it was left', async () => {
  const { base, store, read } = readingStore()
  const { backstep } = memoryEngine({ ...base.engine, sagas: store, tasks: store })
  await work(backstep, [counting], { turn: 'step' })
  const saga = await backstep.start(counting, { input: {} })
  await expect(saga.result({ timeout: '3s' })).resolves.toMatchObject({ status: 'completed' })
  expect(read).toEqual(['whole 1', 'rest 0', 'rest 0', 'rest 0', 'rest 0'])
  const { state } = await backstep.describe(saga.sagaId)
  expect(state.steps['five']?.action.output).toBe(5)
})

test('what another worker did in between is read, and nothing else', async () => {
  const { base, store, read } = readingStore()
  const [first, second] = [0, 1].map(
    () => memoryEngine({ ...base.engine, sagas: store, tasks: store }).backstep,
  )
  if (first === undefined || second === undefined) throw new Error('There are two.')
  // The steps lie on two queues in turn, and each process serves one of them.
  const saga = five.reduce(
    (built, name, index) =>
      built.step(name, { action: () => index, compensation: () => {}, queue: `q${index % 2}` }),
    defineSaga({ name: 'hopping', version: 1, input: anyInput }),
  )
  const tuning = { ...quickTuning, eagerFirstTurn: false }
  await work(first, [saga], { ...tuning, queues: ['q0'] })
  await work(second, [saga], { ...tuning, queues: ['q1'] })
  const handle = await first.start(saga, { input: {} })
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({ status: 'completed' })
  expect(read).toEqual(['whole 1', 'whole 2', 'rest 1', 'rest 1', 'rest 1'])
})

test('what is kept longest makes room, and what is too large is not kept', () => {
  const memory = new SagaMemory()
  const mega = 1024 * 1024
  for (let index = 0; index < 80; index += 1) memory.keep(remembered(`saga ${index}`, mega))
  expect(memory.size).toBe(32)
  expect(memory.recall('saga 47')).toBeNull()
  expect(memory.recall('saga 48')).not.toBeNull()
  memory.forget('saga 48')
  expect(memory.size).toBe(31)
  memory.keep(remembered('large', 33 * mega))
  expect(memory.recall('large')).toBeNull()
})

test('a saga is recalled as it was kept last, until it is forgotten', () => {
  const memory = new SagaMemory()
  const [older, newer] = [remembered('a', 10), remembered('a', 20)]
  memory.keep(older)
  memory.keep(newer)
  expect(memory.size).toBe(1)
  expect(memory.recall('a')).toBe(newer)
  expect(memory.recall('a')).toBe(newer)
  memory.forget('a')
  memory.forget('a')
  expect(memory.recall('a')).toBeNull()
})

const named = (seq: number, output: JsonValue) => ({
  seq,
  at: seq,
  events: [{ type: 'saga_completed', output } as const],
  appendId: `row ${seq}`,
})

test('a fold knows the name of its last row, whether it was written, named or read here', () => {
  const known = remembered('a', 500)
  const rest = new FoldedHere({ type: 'rest', after: 1, entries: [] }, known)
  expect(rest.upTo(1)).toEqual({ row: known.row, bytes: 500 })
  rest.add(named(2, 'x'.repeat(1_000)))
  const left = rest.upTo(2)
  expect(left?.row).toEqual({ seq: 2, appendId: 'row 2' })
  expect(rest.lastId).toBe('row 2')
  expect(left?.bytes).toBeGreaterThan(1_500)
  expect(rest.upTo(1)).toBeNull()
  const born = new FoldedHere({ type: 'whole', entries: [named(1, null)] }, null)
  expect(born.lastId).toBe('row 1')
})
