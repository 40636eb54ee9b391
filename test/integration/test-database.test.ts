import { randomUUID } from 'node:crypto'

import { expect, it } from 'vitest'

import { askPostgres } from '../support/ask-server.ts'
import { createTestDatabase } from '../support/test-database.ts'

it('makes a database that nobody else has, and drops it with its connections', async () => {
  const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()])
  expect(one.url).not.toBe(other.url)
  await one.drop()
  await other.drop()
  await expect(askPostgres(one.url, 'select 1 as answer')).rejects.toThrow('does not exist')
})

it('prepares a template once, whoever asks at the same time, and clones it', async () => {
  let prepared = 0
  const template = {
    key: `counted ${randomUUID()}`,
    prepare: async (url: string): Promise<void> => {
      prepared += 1
      await askPostgres(url, 'create table ready as select 7 as answer')
    },
  }
  const databases = await Promise.all([1, 2, 3].map(() => createTestDatabase({ template })))
  for (const database of databases) {
    expect(await askPostgres(database.url, 'select answer from ready')).toBe(7)
    await database.drop()
  }
  expect(prepared).toBe(1)
})

const failHalfWay = async (url: string): Promise<void> => {
  await askPostgres(url, 'create table half_done (id int)')
  throw new Error('interrupted')
}

it('prepares a template again when the first try failed half-way', async () => {
  const key = `failing ${randomUUID()}`
  await expect(createTestDatabase({ template: { key, prepare: failHalfWay } })).rejects.toThrow(
    'interrupted',
  )
  const database = await createTestDatabase({ template: { key, prepare: async () => {} } })
  expect(await askPostgres(database.url, `select to_regclass('half_done') as answer`)).toBeNull()
  await database.drop()
})
