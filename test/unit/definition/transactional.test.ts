import { expect, test } from 'vitest'
import { z } from 'zod'

import { defineSaga } from '../../../packages/engine/src/definition/define-saga.ts'
import { begin } from './order-saga.ts'

const noop = (): number => 1
const undone = { action: noop, compensation: noop }

test('the plan says which handlers are transactional', () => {
  const { plan } = begin()
    .step('debit', { ...undone, transactional: true, compensationOptions: { transactional: true } })
    .step('note', { action: noop, compensation: 'none', reason: 'a test', transactional: true })
    .pivot('decide', { action: noop, transactional: true })
    .step('close', { action: noop, transactional: true })
  expect(plan.nodes).toMatchObject([
    { transactional: true, compensation: { transactional: true } },
    { transactional: true, compensation: { type: 'none' } },
    { transactional: true, role: 'pivot' },
    { transactional: true, role: 'retriable' },
  ])
})

test('an action may be transactional without its compensation, and the other way round', () => {
  const { plan } = begin()
    .step('a', { ...undone, transactional: true })
    .step('b', { ...undone, compensationOptions: { transactional: true } })
  const said = plan.nodes.map((node) => JSON.stringify(node).match(/"transactional":true/g)?.length)
  expect(said).toEqual([1, 1])
  expect(plan.nodes[0]).toHaveProperty('transactional')
  expect(plan.nodes[1]).toHaveProperty(['compensation', 'transactional'])
})

test('a plan without it is what it was before there was a choice, and so is its fingerprint', () => {
  const order = defineSaga({ name: 'order', version: 1, input: z.object({ id: z.string() }) })
  const plain = order.step('a', undone).pivot('b', { action: noop }).step('c', { action: noop })
  const denied = order
    .step('a', { ...undone, transactional: false, compensationOptions: { transactional: false } })
    .pivot('b', { action: noop, transactional: false })
    .step('c', { action: noop, transactional: false })
  const fingerprint = 'b7a0f3ba3162b832d2babe536cf48af0c4b845f0d041d06286b9dcf5f8feff32'
  expect([plain.fingerprint, denied.fingerprint]).toEqual([fingerprint, fingerprint])
  expect(JSON.stringify(denied.plan)).not.toContain('transactional')
})

test('to become transactional is another plan', () => {
  const before = begin().step('a', undone)
  const after = begin().step('a', { ...undone, transactional: true })
  const undo = begin().step('a', { ...undone, compensationOptions: { transactional: true } })
  const fingerprints = [before, after, undo].map(({ fingerprint }) => fingerprint)
  expect(new Set(fingerprints).size).toBe(3)
})
