import { expect, test } from 'vitest'
import { z } from 'zod'

import { checkSchema } from '../../../packages/engine/src/definition/check-schema.ts'
import { defineSaga } from '../../../packages/engine/src/definition/define-saga.ts'
import { fingerprint } from '../../../packages/engine/src/definition/fingerprint.ts'
import { begin, orderSaga } from './order-saga.ts'

const undone = { action: () => 1, compensation: () => 1 }

type Schema = Parameters<typeof checkSchema>[0]
type Result = Awaited<ReturnType<Schema['~standard']['validate']>>

/** A library that can check, and cannot write its schemas down. */
function plainSchema(issues?: Extract<Result, { issues: object }>['issues']): Schema {
  const validate = async (value: unknown): Promise<Result> =>
    issues === undefined ? { value: Number(value) } : { issues }
  return { '~standard': { version: 1, vendor: 'test', validate } }
}

test('an input is what its schema makes of it', async () => {
  const input = z.object({ id: z.string(), count: z.number().default(1) })
  const saga = defineSaga({ name: 'order', version: 1, input }).step('a', undone)
  expect(await saga.validateInput({ id: 'x', more: true })).toEqual({ id: 'x', count: 1 })
})

test('an input that the schema refuses is an error with every issue by its path', async () => {
  const items = z.array(z.object({ sku: z.string(), 'per day': z.number() }))
  const saga = defineSaga({ name: 'order', version: 2, input: z.object({ items }) })
  const refused = saga.validateInput({ items: [{ sku: 5, 'per day': 1 }, { sku: '' }] })
  await expect(refused).rejects.toMatchObject({
    code: 'INPUT_INVALID',
    message:
      'Saga "order" version 2 was given an input that its schema refuses: items[0].sku: Invalid input: expected string, received number; items[1]["per day"]: Invalid input: expected number, received undefined. Mend what is passed to start.',
    cause: [{ path: ['items', 0, 'sku'] }, { path: ['items', 1, 'per day'] }],
  })
})

test('a schema may answer later, and may be one of any library', async () => {
  expect(await checkSchema(plainSchema(), '5')).toEqual({ valid: true, value: 5 })
})

test('issues are told as far as they help', async () => {
  const path = ['a', { key: 0 }, Symbol('s')]
  const issues = [{ message: 'all wrong' }, { message: 'bad', path }]
  expect(await checkSchema(plainSchema(issues), 1)).toMatchObject({
    problem: 'all wrong; a[0]["Symbol(s)"]: bad',
  })
  const many = Array.from({ length: 13 }, () => ({ message: 'bad' }))
  expect(await checkSchema(plainSchema(many), 1)).toMatchObject({
    problem: expect.stringMatching(/^(bad; ){10}and 3 more$/),
  })
})

test('a schema that cannot be written down is null for the input and true for an output', () => {
  const dated = z.object({ at: z.date() })
  const { plan } = defineSaga({ name: 'order', version: 1, input: dated })
    .step('a', { ...undone, output: plainSchema(), action: () => '1' })
    .step('b', { ...undone, output: z.custom<number>(() => true).transform(String) })
  expect(plan.inputSchema).toBeNull()
  expect(plan.nodes).toMatchObject([{ outputSchema: true }, { outputSchema: true }])
})

test('a schema of a library whose schemas are functions is one', () => {
  const schema = Object.assign(() => 1, plainSchema())
  expect(defineSaga({ name: 'order', version: 1, input: schema }).plan.inputSchema).toBeNull()
})

test('equal definitions have one fingerprint, and another plan has another', () => {
  const saga = orderSaga()
  expect(saga.fingerprint).toMatch(/^[0-9a-f]{64}$/)
  expect(saga.fingerprint).toBe(orderSaga().fingerprint)
  expect(saga.fingerprint).toBe(fingerprint(JSON.parse(JSON.stringify(saga.plan))))
  const fingerprints = [
    saga,
    begin().step('a', undone),
    begin().step('b', undone),
    begin().step('a', { ...undone, timeout: '1s' }),
    begin().step('a', { ...undone, output: z.number() }),
  ].map((definition) => definition.fingerprint)
  expect(new Set(fingerprints).size).toBe(fingerprints.length)
})

test('a fingerprint does not tell one function body from another', () => {
  const other = begin().step('a', { action: () => 2, compensation: () => 3 })
  expect(other.fingerprint).toBe(begin().step('a', undone).fingerprint)
})
