import { appendFile, cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { assertMigrated, migrate, openPostgres } from '@backstep/engine/postgres'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { askPostgres } from '../../support/ask-server.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'

const ALL = [
  '0001_sagas',
  '0002_saga_steps',
  '0003_archive',
  '0004_snapshots',
  '0005_queue_limits',
  '0006_pauses',
  '0007_saga_steps',
]
const shipped = new URL('../../../migrations/', import.meta.url)

let database: TestDatabase
let databaseUrl: string

beforeEach(async () => {
  database = await createTestDatabase()
  databaseUrl = database.url
})

afterEach(() => database.drop())

/** A copy of the migrations that may be changed. */
const withFolder = async (work: (folder: URL, path: string) => Promise<void>): Promise<void> => {
  const path = await mkdtemp(join(tmpdir(), 'backstep-migrations-'))
  try {
    await cp(shipped, path, { recursive: true })
    await work(pathToFileURL(`${path}/`), path)
  } finally {
    await rm(path, { recursive: true })
  }
}

const tables = (): Promise<unknown> =>
  askPostgres(
    databaseUrl,
    `select count(*)::int4 as answer from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  )

it('migrate applies every file once, and tells which', async () => {
  const told: string[] = []
  const onApplied = (name: string) => void told.push(name)
  expect(await migrate({ databaseUrl, onApplied })).toEqual({ applied: ALL, pending: [] })
  expect(told).toEqual(ALL)
  expect(await migrate({ databaseUrl })).toEqual({ applied: [], pending: [] })
})

it('migrate changes nothing in a dry run', async () => {
  expect(await migrate({ databaseUrl, dryRun: true })).toEqual({ applied: [], pending: ALL })
  expect(await tables()).toBe(0)
})

it('migrate may run many times at once: each file is applied by one of them', async () => {
  const results = await Promise.all(Array.from({ length: 6 }, () => migrate({ databaseUrl })))
  expect(results.flatMap(({ applied }) => applied).toSorted()).toEqual(ALL)
})

it('migrate uses the schema that it is given, and no other', async () => {
  await migrate({ databaseUrl, schema: 'sagas here' })
  const elsewhere = `select count(*)::int4 as answer from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema', 'sagas here')`
  expect(await askPostgres(databaseUrl, elsewhere)).toBe(0)
  expect(await tables()).toBeGreaterThan(5)
})

it('migrate refuses when a file that was applied reads differently now', () =>
  withFolder(async (folder, path) => {
    await migrate({ databaseUrl, folder })
    await appendFile(join(path, '0001_sagas.sql'), '-- an afterthought\n')
    await writeFile(join(path, '9001_more.sql'), 'create table more (id integer);')
    await expect(migrate({ databaseUrl, folder })).rejects.toMatchObject({
      code: 'MIGRATION_CHANGED',
      message: expect.stringContaining('0001_sagas'),
    })
    expect(await askPostgres(databaseUrl, `select to_regclass('backstep.more') as answer`)).toBe(
      null,
    )
  }))

it('migrate keeps what was committed before a file that fails, and says so', () =>
  withFolder(async (folder, path) => {
    await writeFile(join(path, '9001_more.sql'), 'create table more (id integer);')
    await writeFile(join(path, '9002_bad.sql'), 'create table half (id integer); select 1 / 0;')
    const told: string[] = []
    const onApplied = (name: string) => void told.push(name)
    await expect(migrate({ databaseUrl, folder, onApplied })).rejects.toThrow('division by zero')
    expect(told).toEqual([...ALL, '9001_more'])
    expect(await migrate({ databaseUrl, folder, dryRun: true })).toMatchObject({
      pending: ['9002_bad'],
    })
    const half = `select to_regclass('backstep.half') as answer`
    expect(await askPostgres(databaseUrl, half)).toBe(null)
  }))

it('migrate lets an older package look at a newer schema', () =>
  withFolder(async (folder, path) => {
    await writeFile(join(path, '9001_more.sql'), 'create table more (id integer);')
    await migrate({ databaseUrl, folder })
    expect(await migrate({ databaseUrl })).toEqual({ applied: [], pending: [] })
  }))

it('migrate says that the database is unavailable when nobody listens', async () => {
  const nobody = 'postgres://root@127.0.0.1:1/test'
  await expect(migrate({ databaseUrl: nobody })).rejects.toMatchObject({
    code: 'DATABASE_UNAVAILABLE',
  })
})

it('assertMigrated names what is missing and the command that helps', async () => {
  const connection = openPostgres({ databaseUrl })
  try {
    await expect(assertMigrated(connection)).rejects.toMatchObject({
      code: 'DATABASE_NOT_MIGRATED',
      message: expect.stringMatching(/0001_sagas.*backstep migrate/),
    })
    await migrate({ databaseUrl })
    await expect(assertMigrated(connection)).resolves.toBeUndefined()
  } finally {
    await connection.close()
  }
})
