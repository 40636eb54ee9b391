import { createBackstep, defineSaga, startWorker, type Backstep } from '@backstep/engine'
import { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'

import { createEngineDatabase } from '../support/engine-database.ts'
import { redisUrl } from '../support/server-urls.ts'
import type { TestDatabase } from '../support/test-database.ts'
import { quickTuning } from './order-saga.ts'

const loose = defineSaga({ name: 'loose', version: 1, input: z.unknown() }).step('echo', {
  action: ({ input }) => returned(input),
  compensation: 'none',
  reason: 'It only returns something.',
})

const strict = defineSaga({ name: 'strict', version: 1, input: z.object({ n: z.number() }) }).step(
  'look',
  { action: () => 1, compensation: 'none', reason: 'It only looks.' },
)

const schema = 'bad_input'
let database: TestDatabase
let backstep: Backstep
let pool: Pool

beforeAll(async () => {
  database = await createEngineDatabase(schema)
  backstep = createBackstep({ databaseUrl: database.url, redisUrl: redisUrl(), schema })
  pool = new Pool({ connectionString: database.url })
})

afterAll(async () => {
  await backstep.close()
  await pool.end()
  await database.drop()
})

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < depth; level += 1) value = { value }
  return value
}

const poisoned: unknown = JSON.parse('{ "__proto__": { "admin": true } }')

/** What a handler comes to that should not: by the name that its input gives. */
const bad: Readonly<Record<string, () => unknown>> = {
  nul: () => 'a\0b',
  surrogate: () => '\ud800',
  proto: () => poisoned,
  large: () => 'x'.repeat(2_000_000),
  deep: () => nested(1_000),
  infinite: () => Number.POSITIVE_INFINITY,
  date: () => new Date(0),
  nulError: () => {
    throw new Error('a\0b\ud800')
  },
  longError: () => {
    throw new Error('x'.repeat(2_000_000))
  },
  strangeError: () => {
    throw Object.assign(new Error('?'), { message: { not: 'a text' }, code: '\0' })
  },
}

function returned(input: unknown): unknown {
  const kind = z.object({ kind: z.string() }).safeParse(input)
  return kind.success ? bad[kind.data.kind]?.() : input
}

async function rows(): Promise<number> {
  const { rows: counted } = await pool.query<{ n: number }>(
    `select ((select count(*) from ${schema}.sagas) + (select count(*) from ${schema}.saga_keys)
      + (select count(*) from ${schema}.saga_journal) + (select count(*) from ${schema}.saga_tasks))::int as n`,
  )
  return counted[0]?.n ?? -1
}

const badInputs: readonly (readonly [string, unknown])[] = [
  ['NUL', { text: 'a\0b' }],
  ['a NUL in a property name', { 'a\0b': 1 }],
  ['a lone surrogate', '\udc00'],
  ['__proto__', poisoned],
  ['2 MB', 'x'.repeat(2_000_000)],
  ['a depth of 1,000', nested(1_000)],
  ['a depth of 100,000', nested(100_000)],
  ['a number that is not finite', Number.NaN],
  ['a bigint', 1n],
]

test.each(badInputs)('an input with %s is refused and writes nothing', async (_, input) => {
  const before = await rows()
  await expect(backstep.start(loose, { input, key: 'bad' })).rejects.toMatchObject({
    code: 'PAYLOAD_INVALID',
  })
  expect(await rows()).toBe(before)
})

test('an input that is not in the schema is refused with each issue by its path', async () => {
  const before = await rows()
  // A caller without types.
  const input: { n: number } = JSON.parse('{ "n": "one" }')
  await expect(backstep.start(strict, { input })).rejects.toMatchObject({
    code: 'INPUT_INVALID',
    message: expect.stringContaining('n: '),
  })
  expect(await rows()).toBe(before)
})

test.each([
  ['an empty key', ''],
  ['a key of blanks', '  '],
  ['a NUL in the key', 'a\0'],
  ['a lone surrogate in the key', '\ud800'],
  ['a key of 256 bytes', 'x'.repeat(256)],
])('%s is refused and writes nothing', async (_, key) => {
  const before = await rows()
  await expect(backstep.start(strict, { input: { n: 1 }, key })).rejects.toMatchObject({
    code: 'ID_INVALID',
  })
  expect(await rows()).toBe(before)
})

test('what is no saga definition, or has no steps, is refused', async () => {
  const empty = defineSaga({ name: 'empty', version: 1, input: z.object({}) })
  await expect(backstep.start(empty, { input: {} })).rejects.toMatchObject({
    code: 'DEFINITION_INVALID',
  })
})

test('an unknown saga is not found, and what is no id is said to be none', async () => {
  const unknown = '00000000-0000-7000-8000-000000000000'
  await expect(backstep.get(unknown)).rejects.toMatchObject({ code: 'SAGA_NOT_FOUND' })
  await expect(backstep.result(unknown)).rejects.toMatchObject({ code: 'SAGA_NOT_FOUND' })
  await expect(backstep.get("'; drop table sagas")).rejects.toMatchObject({ code: 'ID_INVALID' })
})

test('whatever a handler comes to, its saga ends or is stuck, and the worker goes on', async () => {
  const worker = await startWorker({ backstep, sagas: [loose], ...quickTuning })
  const kinds = Object.keys(bad).filter((kind) => !kind.endsWith('Error'))
  const started = await Promise.all(kinds.map((kind) => backstep.start(loose, { input: { kind } })))
  await Promise.all(started.map(({ sagaId }) => isStuck(sagaId)))
  const after = await backstep.start(loose, { input: 'fine' })
  await expect(after.result({ timeout: '10s' })).resolves.toMatchObject({ status: 'completed' })
  await worker.stop()
})

async function isStuck(sagaId: string): Promise<void> {
  await expect
    .poll(async () => (await backstep.get(sagaId)).stuckCode, { timeout: 10_000 })
    .toBe('payload_invalid')
}

test('whatever a handler throws is stored as readable text, cut at 8 KB', async () => {
  const failing = defineSaga({
    name: 'failing',
    version: 1,
    input: z.object({ kind: z.string() }),
    defaults: { retry: { initialInterval: '10ms', maximumAttempts: 2 } },
  }).step('echo', {
    action: ({ input }) => returned(input),
    compensation: 'none',
    reason: 'It only throws.',
  })
  const worker = await startWorker({ backstep, sagas: [failing], ...quickTuning })
  for (const kind of ['nulError', 'longError', 'strangeError']) {
    const saga = await backstep.start(failing, { input: { kind } })
    const result = await saga.result({ timeout: '10s' })
    if (result.status === 'completed') throw new Error('It should not have completed.')
    expect(result).toMatchObject({ status: 'compensated', failure: { kind: 'error' } })
    expect(Buffer.byteLength(result.failure?.message ?? '')).toBeLessThanOrEqual(8_192)
    expect(result.failure?.message.isWellFormed()).toBe(true)
  }
  await worker.stop()
})
