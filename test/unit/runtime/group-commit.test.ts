import { expect, test } from 'vitest'

import { groupCommit } from '../../../packages/engine/src/runtime/group-commit.ts'
import type { SagaStore, StartRecord } from '../../../packages/engine/src/ports/saga-store.ts'
import { startWorker } from '../../../packages/engine/src/runtime/start-worker.ts'
import { interceptedStore } from './intercepted-store.ts'
import { anyInput, defineSaga, memoryEngine, quickTuning } from './memory-engine.ts'

test('sagas that run together share statements, and each ends as it would alone', async () => {
  const base = memoryEngine()
  const sizes: Record<string, number[]> = { start: [], append: [], claim: [] }
  const store = interceptedStore(base.store, async ({ method, args, pass }) => {
    const [batch] = args
    if (Array.isArray(batch)) sizes[method]?.push(batch.length)
    // As a round trip would: the next ones gather meanwhile.
    await new Promise((resolve) => setImmediate(resolve))
    return pass()
  })
  const hot = groupCommit({ sagas: store, tasks: store })
  const { backstep } = memoryEngine({ ...base.engine, ...hot })
  const saga = defineSaga({ name: 'many', version: 1, input: anyInput })
    .step('one', { action: () => 1, compensation: () => {} })
    .step('two', { action: ({ results }) => results.one + 1, compensation: () => {} })
    .output(({ results }) => results.two)
  const worker = await startWorker({ backstep, sagas: [saga], ...quickTuning })
  const handles = await Promise.all(
    Array.from({ length: 60 }, () => backstep.start(saga, { input: {} })),
  )
  const results = await Promise.all(handles.map((handle) => handle.result({ timeout: '4s' })))
  await worker.stop()
  await backstep.close()
  expect(results.map((result) => 'output' in result && result.output)).toEqual(
    Array.from({ length: 60 }, () => 2),
  )
  expect(sizes['start']).toEqual([60])
  expect(sizes['append']?.reduce((sum, size) => sum + size, 0)).toBe(120)
  expect(Math.max(...(sizes['append'] ?? []))).toBeGreaterThan(5)
})

test('a start whose key somebody holds keeps no other start waiting', async () => {
  const base = memoryEngine()
  let open = true
  const sizes: number[] = []
  // As Postgres does while a transaction that has taken the key is open.
  const isBusy = ({ event }: StartRecord): boolean => open && event.key === 'held'
  const start: SagaStore['start'] = async (batch) => {
    sizes.push(batch.length)
    const others = await base.store.start(batch.filter((record) => !isBusy(record)))
    return batch.map((record) => {
      const known = others.find(({ sagaId }) => sagaId === record.sagaId)
      return known ?? { status: 'busy', sagaId: record.sagaId }
    })
  }
  const store = interceptedStore(base.store, ({ method, args, pass }) => {
    const [batch] = args
    return method === 'start' && Array.isArray(batch) ? start(batch) : pass()
  })
  const hot = groupCommit({ sagas: store, tasks: store })
  const { backstep } = memoryEngine({ ...base.engine, ...hot })
  const saga = defineSaga({ name: 'keyed', version: 1, input: anyInput }).step('one', {
    action: () => 1,
    compensation: () => {},
  })
  const waiting = backstep.start(saga, { input: {}, key: 'held' })
  const others = await Promise.all([
    backstep.start(saga, { input: {} }),
    backstep.start(saga, { input: {}, key: 'free' }),
  ])
  expect(new Set(others.map(({ sagaId }) => sagaId)).size).toBe(2)
  expect(sizes[0]).toBe(3)
  open = false
  await expect(waiting).resolves.toMatchObject({ sagaId: expect.any(String) })
  await backstep.close()
})
