import { afterAll, beforeAll, expect, it } from 'vitest'

import { repositoryFiles } from '../support/repository.ts'
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts'
import { ask } from './cli-harness.ts'

const migrations = repositoryFiles().flatMap(
  (path) => /^migrations\/(\w+)\.sql$/.exec(path)?.slice(1) ?? [],
)

const each = (what: string): string =>
  migrations
    .toSorted()
    .map((name) => `backstep: ${what} ${name}\n`)
    .join('')

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
})

afterAll(() => database.drop())

it('tells in a dry run what it would apply, applies it, and is done with it', async () => {
  const first = await ask(database.url, ['migrate', '--dry-run'])
  expect(first).toEqual({
    code: 0,
    stdout: `${each('would apply')}\
backstep_bullmq: BullMQ's tables would be brought up to date
`,
    stderr: '',
  })

  const early = await ask(database.url, ['list'])
  expect(early.code).toBe(5)
  expect(early.stderr).toMatch(
    /^backstep: The schema lacks .*Run "backstep migrate" with the same --schema\.\n$/,
  )

  const second = await ask(database.url, ['migrate'])
  expect({ ...second, stdout: second.stdout.replace(/\d+\n$/, 'N\n') }).toEqual({
    code: 0,
    stdout: `${each('applied')}\
backstep_bullmq: BullMQ's tables are at version N
`,
    stderr: '',
  })

  const third = await ask(database.url, ['migrate', '--json'])
  expect(JSON.parse(third.stdout)).toEqual({
    schema: 'backstep',
    dryRun: false,
    applied: [],
    pending: [],
    queue: { schema: 'backstep_bullmq', version: expect.any(Number) },
  })
})

it('keeps schemas apart', async () => {
  const { code, stdout } = await ask(database.url, ['migrate', '--schema', 'other'])
  expect(code).toBe(0)
  expect(stdout).toContain('other: applied 0001_sagas\n')
  expect((await ask(database.url, ['list', '--schema', 'other'])).stdout).toBe('No sagas.\n')
  const nowhere = await ask(database.url, ['list'], {
    variables: { DATABASE_URL: database.url, BACKSTEP_SCHEMA: 'nowhere' },
  })
  expect(nowhere.code).toBe(5)
})
