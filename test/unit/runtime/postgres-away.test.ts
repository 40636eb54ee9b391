import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import type { MemoryStore } from '../../../packages/engine/src/memory/index.ts'
import { gate } from './gate.ts'
import { away, interceptedStore, type Interceptor } from './intercepted-store.ts'
import { anyInput, defineSaga, engineOn, memoryEngine, typesOf, work } from './memory-engine.ts'

const order = defineSaga({ name: 'order', version: 1, input: anyInput })

/** A saga of three steps that counts its effects, and an engine on a store with somebody in the way. */
function troubled(intercept: Interceptor) {
  const { store, backstep: observer } = memoryEngine()
  const { backstep } = engineOn(interceptedStore(store, intercept))
  const ran: string[] = []
  const saga = order
    .step('one', { action: () => void ran.push('one'), compensation: () => {} })
    .step('two', { action: () => void ran.push('two'), compensation: () => {} })
    .pivot('three', { action: () => void ran.push('three') })
  return { store, observer, backstep, saga, ran }
}

/** Carries out the first call of a method, and loses the reply. */
function losingFirst(method: keyof MemoryStore): {
  readonly intercept: Interceptor
  readonly calls: unknown[]
} {
  const calls: unknown[] = []
  return {
    calls,
    intercept: async (call) => {
      const result = await call.pass()
      if (call.method !== method) return result
      calls.push(call.args)
      if (calls.length === 1) throw away()
      return result
    },
  }
}

test('an append whose reply was lost is repeated as it was, and its effect counts once', async () => {
  const { intercept, calls } = losingFirst('append')
  const { backstep, saga, ran } = troubled(intercept)
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({ status: 'completed' })
  expect(calls[1]).toEqual(calls[0])
  expect(ran).toEqual(['one', 'two', 'three'])
  const types = await typesOf(backstep, handle.sagaId)
  expect(types.filter((type) => type === 'action_succeeded')).toHaveLength(3)
})

test('the append of the end whose reply was lost leaves the saga ended once', async () => {
  let lost = false
  const { backstep, saga } = troubled(async ({ method, args, pass }) => {
    const result = await pass()
    if (method === 'append' && JSON.stringify(args).includes('saga_completed') && !lost) {
      lost = true
      throw away()
    }
    return result
  })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({ status: 'completed' })
  const types = await typesOf(backstep, handle.sagaId)
  expect(types.filter((type) => type === 'saga_completed')).toHaveLength(1)
  expect(lost).toBe(true)
})

test('a claim whose reply was lost costs no lease and no attempt', async () => {
  const { intercept, calls } = losingFirst('claim')
  const { backstep, saga } = troubled(intercept)
  await work(backstep, [saga], { lease: '30s', eagerFirstTurn: false })
  const handle = await backstep.start(saga, { input: {} })
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({ status: 'completed' })
  expect(calls[1]).toEqual(calls[0])
  expect(await typesOf(backstep, handle.sagaId)).not.toContain('lease_lost')
})

test('a claim by the sweep whose reply was lost costs no lease and no attempt', async () => {
  const { intercept, calls } = losingFirst('claim')
  const { observer, backstep, saga } = troubled(intercept)
  // The observer's queue is another one: only the sweep finds the task.
  const handle = await observer.start(saga, { input: {} })
  await eventually(async () => {
    const [task] = (await observer.describe(handle.sagaId)).tasks
    expect(task?.claimed).toBe(false)
  })
  await work(backstep, [saga], { lease: '30s' })
  await expect(handle.result({ timeout: '4s' })).resolves.toMatchObject({ status: 'completed' })
  expect(calls[1]).toEqual(calls[0])
  expect(await typesOf(observer, handle.sagaId)).not.toContain('lease_lost')
})

const methods = ['claim', 'append', 'heartbeat', 'findOverdue', 'findUndispatched'] as const

test.each(methods)(
  'while %s fails nothing is lost, and after that everything ends',
  async (name) => {
    let down = false
    let failed = 0
    const { backstep, observer, saga, ran } = troubled(async ({ method, pass }) => {
      if (method !== name || !down) return pass()
      failed += 1
      throw away()
    })
    await work(backstep, [saga], { eagerFirstTurn: name !== 'claim' })
    down = true
    const handles = await Promise.all([1, 2, 3].map(() => backstep.start(saga, { input: {} })))
    await eventually(() => expect(failed).toBeGreaterThan(1))
    down = false
    await Promise.all(
      handles.map(({ sagaId }) =>
        expect(observer.result(sagaId, { timeout: '4s' })).resolves.toMatchObject({
          status: 'completed',
        }),
      ),
    )
    expect(ran.length).toBeGreaterThanOrEqual(9)
  },
)

test('while a definition cannot be read the claim is kept, and no attempt is lost', async () => {
  let failures = 0
  const { observer, backstep, saga } = troubled(async ({ method, pass }) => {
    if (method !== 'findDefinition' || failures === 2) return pass()
    failures += 1
    throw away()
  })
  const other = defineSaga({ name: 'other', version: 1, input: anyInput }).step('do', {
    action: () => 1,
    compensation: () => {},
  })
  const handle = await observer.start(saga, { input: {} })
  await work(backstep, [other], { lease: '30s' })
  await eventually(async () => {
    const row = await observer.get(handle.sagaId)
    expect(row.stuckCode).toBe('definition_missing')
  })
  expect(failures).toBe(2)
})

test('a journal that has lost rows ends the turn, and does not keep it asking for ever', async () => {
  let rewound = false
  let appends = 0
  const { backstep, saga } = troubled(async ({ method, pass }) => {
    if (rewound && method === 'append') {
      appends += 1
      return [{ applied: false }]
    }
    if (rewound && method === 'readJournal') return []
    if (method === 'append') rewound = true
    return pass()
  })
  const worker = await work(backstep, [saga], { lease: '30s', heartbeat: '10s' })
  await backstep.start(saga, { input: {} })
  await eventually(() => expect(appends).toBeGreaterThan(0))
  await eventually(() => expect(worker.active).toBe(0))
  expect(appends).toBeLessThan(5)
})

/** Waits for a time of the day, in milliseconds since 1970. */
async function past(timeMs: number): Promise<void> {
  await eventually(() => expect(Date.now()).toBeGreaterThan(timeMs))
}

test('a saga that cannot be read is left alone for a while, and its journal does not grow', async () => {
  const { store, backstep: observer } = memoryEngine()
  const unknowing = interceptedStore(store, async ({ method, pass }) =>
    method === 'findDefinition' ? undefined : pass(),
  )
  const { backstep } = engineOn(unknowing)
  const handle = await observer.start(
    order.step('pay', { action: () => 1, compensation: () => {} }),
    { input: {} },
  )
  const other = defineSaga({ name: 'other', version: 1, input: anyInput }).step('do', {
    action: () => 1,
    compensation: () => {},
  })
  const worker = await work(backstep, [other])
  await eventually(async () => {
    const [task] = await store.listTasks(handle.sagaId)
    expect(task).toMatchObject({ claimed: false, deliveries: 1 })
    expect(task?.runAt).toBeGreaterThan(Date.now() + 30_000)
  })
  expect(worker.active).toBe(0)
  expect(await store.readJournal(handle.sagaId, 0)).toHaveLength(1)
})

test('a verdict that had to wait for Postgres beyond the total time of its step ends the step properly', async () => {
  const { store, backstep: observer } = memoryEngine()
  const asked = gate()
  let held = false
  const slow = interceptedStore(store, async ({ method, args, pass }) => {
    if (method === 'append' && JSON.stringify(args).includes('action_failed') && !held) {
      held = true
      asked.open()
      const [row] = await observer.list()
      const sagaId = row?.sagaId ?? ''
      const startedAt = row?.startedAt ?? 0
      await past(startedAt + 150)
      // An outsider's row: the decision has to be made again, and time has passed.
      const late = { type: 'late_result', branch: 'main', step: 'charge', kind: 'action' } as const
      const outcome = {
        status: 'failed',
        failure: { kind: 'error', code: 'error', message: '' },
      } as const
      await store.request({
        sagaId,
        appendId: 'outsider',
        events: [{ ...late, attempt: 1, claimId: 'gone', outcome }],
      })
    }
    return pass()
  })
  // No jitter left: the next attempt is due at once, in the same turn.
  const clock = { ...engineOn(store).engine.clock, random: () => 0 }
  const { backstep } = engineOn(slow, { clock })
  const saga = order.pivot('charge', {
    action: () => {
      throw new Error('no')
    },
    totalTimeout: '100ms',
  })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await asked.passed
  await eventually(async () => {
    const { saga: row, tasks } = await observer.describe(handle.sagaId)
    expect(row.status).toBe('stuck')
    expect(tasks).toEqual([])
  })
})
