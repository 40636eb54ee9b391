import { array, assert, asyncProperty, constantFrom, oneof, string } from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { arrayText } from '../../../packages/engine/src/postgres/array-text.ts'
import { createMigratedDatabase, type MigratedDatabase } from './migrated-database.ts'

let database: MigratedDatabase

beforeAll(async () => {
  database = await createMigratedDatabase()
})

afterAll(() => database.drop())

/** Anything that Postgres takes as text. */
const text = string({
  unit: oneof(constantFrom('"', '\\', '{', '}', ',', "'", '\n', ' '), string()),
}).map((value) => value.replaceAll('\0', '').toWellFormed())

it('a list arrives as it was sent, whatever is in its texts', async () => {
  const items = array(oneof(text, constantFrom(null, '', 'NULL', 'null', '{}')))
  await assert(
    asyncProperty(items, async (sent) => {
      const { rows } = await database.pool.query('select $1::text[] as list', [arrayText(sent)])
      expect(rows).toEqual([{ list: sent }])
    }),
    { numRuns: 300 },
  )
})

it('numbers and truth values keep their worth', async () => {
  const numbers = [1, -2, 0.5, 1e21, 2 ** 31 - 1, null]
  const { rows } = await database.pool.query(
    'select $1::float8[] as numbers, $2::boolean[] as truths',
    [arrayText(numbers), arrayText([true, false, null])],
  )
  expect(rows).toEqual([{ numbers, truths: [true, false, null] }])
})

it('what is none of these is left to the driver', () => {
  expect(arrayText([['nested']])).toBeUndefined()
  expect(arrayText([new Date(0)])).toBeUndefined()
})
