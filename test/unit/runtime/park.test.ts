import { expect, test } from 'vitest'
import { reject } from '../../../packages/engine/src/definition/rejection.ts'
import {
  anyInput,
  audit,
  defineSaga,
  memoryEngine,
  soon,
  stuckRow,
  typesOf,
  work,
} from './memory-engine.ts'

const order = defineSaga({ name: 'order', version: 1, input: anyInput })

test('a parked step is tried again when an operator says so, and the saga goes on', async () => {
  const { backstep } = memoryEngine()
  let mended = false
  const saga = order
    .step('reserve', { action: () => 'r1', compensation: () => {} })
    .step('address', {
      action: () => {
        if (!mended) throw reject('no_such_address', 'Nobody lives there.')
        return 'home'
      },
      compensation: 'none',
      reason: 'read-only',
      onFailure: 'park',
    })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await expect(stuckRow(backstep, handle.sagaId)).resolves.toMatchObject({
    stuckCode: 'parked_by_policy',
    stuckStep: 'address',
    failure: { code: 'no_such_address', step: 'address' },
  })
  mended = true
  await backstep.retry(handle.sagaId, audit)
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({ status: 'completed' })
})

test('a parked saga that is canceled turns back, and keeps why it was parked', async () => {
  const { backstep } = memoryEngine()
  const undone: string[] = []
  const saga = order
    .step('reserve', { action: () => 'r1', compensation: () => void undone.push('reserve') })
    .step('charge', {
      action: () => {
        throw new Error('no answer')
      },
      compensation: ({ outcome }) => void undone.push(`charge ${outcome}`),
      retry: { ...soon, maximumAttempts: 2 },
      onFailure: 'park',
    })
  await work(backstep, [saga])
  const handle = await backstep.start(saga, { input: {} })
  await stuckRow(backstep, handle.sagaId)
  expect(undone).toEqual([])
  expect(await backstep.cancel(handle.sagaId, audit)).toEqual({ status: 'applied' })
  await expect(handle.result({ timeout: '3s' })).resolves.toMatchObject({
    status: 'compensated',
    failure: { kind: 'canceled', step: 'charge', message: expect.stringContaining('no answer') },
  })
  expect(undone).toEqual(['charge unknown', 'reserve'])
  expect(await typesOf(backstep, handle.sagaId)).toContain('saga_stuck')
})
