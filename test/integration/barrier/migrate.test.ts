import { randomUUID } from 'node:crypto'

import { isBackstepError } from '@backstep/engine'
import { barrier, migrateBarrier } from '@backstep/engine/barrier'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { failure } from './clients.ts'
import { newAction } from './participant.ts'

let database: TestDatabase
let client: Client

beforeAll(async () => {
  database = await createTestDatabase()
  client = new Client({ connectionString: database.url })
  await client.connect()
})

afterAll(async () => {
  await client.end()
  await database.drop()
})

it('migrating makes the table once, however many processes call it at once', async () => {
  const source = { databaseUrl: database.url, schema: 'At once' }
  const applied = await Promise.all(Array.from({ length: 5 }, () => migrateBarrier(source)))
  expect(applied.flat()).toEqual(['0001_effects'])
  await client.query('begin')
  const result = await barrier(client, newAction(), () => 1, { schema: 'At once' })
  expect(result).toEqual({ status: 'done', output: 1 })
  await client.query('rollback')
})

it('migrating needs no right to make schemas where the schema is there', async () => {
  const role = `owner_${randomUUID().replaceAll('-', '')}`
  await client.query(`create role ${role}; create schema owned authorization ${role}`)
  const url = new URL(database.url)
  url.searchParams.set('options', `-c role=${role}`)
  const source = { databaseUrl: url.href, schema: 'owned' }
  expect(await migrateBarrier(source)).toEqual(['0001_effects'])
  expect(await failure(migrateBarrier({ ...source, schema: 'not owned' }))).toMatchObject({
    code: '42501',
  })
  await client.query(`drop owned by ${role}; drop role ${role}`)
})

it('migrating leaves everything as it was when a migration reads differently now', async () => {
  const source = { databaseUrl: database.url, schema: 'changed' }
  await migrateBarrier(source)
  await client.query(`update changed.migrations set sha256 = 'other'`)
  const error = await failure(migrateBarrier(source))
  expect(isBackstepError(error, 'MIGRATION_CHANGED')).toBe(true)
})
