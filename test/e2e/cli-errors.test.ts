import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createEngineDatabase } from '../support/engine-database.ts'
import { SpawnedProcess } from '../support/spawned-process.ts'
import type { TestDatabase } from '../support/test-database.ts'
import { ask } from './cli-harness.ts'

const nobody = '01a2b3c4-0000-7000-8000-000000000000'
const away = 'postgres://root@127.0.0.1:1/nothing'

const refusals: readonly (readonly [number, readonly string[], string])[] = [
  [2, ['nope'], "backstep: unknown command 'nope'\n"],
  [2, ['retry', nobody], "backstep: required option '--reason <text>' not specified\n"],
  [
    2,
    ['list', '--status', 'running,lost'],
    "backstep: option '--status <words>' argument 'running,lost' is invalid. There are running, compensating, stuck, completed, compensated, partially_compensated, abandoned.\n",
  ],
  [
    2,
    ['list', '--limit', '0'],
    "backstep: option '--limit <number>' argument '0' is invalid. Write a whole number of at least 1.\n",
  ],
  [
    2,
    ['list', '--older-than', '5'],
    'backstep: olderThan is "5"; write a duration such as "500ms", "10s" or "1h30m" (units: ms, s, m, h, d, w).\n',
  ],
  [
    2,
    ['show', 'x\u001B[2J'],
    'backstep: "x\\u001b[2J" is not a saga id; pass the UUID that start gave, or look it up with "backstep list --key KEY".\n',
  ],
  [
    2,
    ['list', '--database-url', 'mysql://here'],
    'backstep: DATABASE_URL is no address of Postgres; set it, or pass --database-url postgres://user@host:5432/db.\n',
  ],
  [
    3,
    ['show', nobody],
    `backstep: There is no saga ${nobody} in this schema; "backstep list" shows those that there are.\n`,
  ],
  [
    3,
    ['cancel', nobody, '--reason', 'a test'],
    `backstep: There is no saga ${nobody} in this schema; "backstep list" shows those that there are.\n`,
  ],
]

let database: TestDatabase

beforeAll(async () => {
  database = await createEngineDatabase()
})

afterAll(() => database.drop())

describe('an error is one line on stderr and an exit code', () => {
  it.each(refusals)('%i: %j', async (code, args, stderr) => {
    expect(await ask(database.url, args)).toEqual({ code, stdout: '', stderr })
  })

  it('5 when Postgres is away, with the cause when it is asked for', async () => {
    const short = await ask(away, ['list'])
    expect(short.code).toBe(5)
    expect(short.stderr).toMatch(/^backstep: Postgres could not do its work: .*ECONNREFUSED.*\n$/)
    const long = await ask(away, ['list', '--verbose'])
    expect(long.stderr).toMatch(/\n {2}caused by\n/)
  })

  it('says on which option to mend what Postgres refuses', async () => {
    const missing = new URL(database.url)
    missing.pathname = '/no_such_database'
    const { code, stderr } = await ask(missing.href, ['list'])
    expect(code).toBe(2)
    expect(stderr).toContain('"no_such_database" does not exist')
  })

  it('is JSON for programs', async () => {
    const { code, stderr } = await ask(database.url, ['show', nobody, '--json'])
    expect(code).toBe(3)
    expect(JSON.parse(stderr)).toEqual({
      error: { code: 'SAGA_NOT_FOUND', message: expect.stringContaining(nobody) },
    })
  })
})

it('says how to use it when asked for nothing', async () => {
  const { code, stdout, stderr } = await ask(database.url, [])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^Usage: backstep \[options\] \[command\]\n/)
  const help = await ask(database.url, ['list', '--help'])
  expect(help.code).toBe(0)
  expect(help.stdout).toMatch(/^Usage: backstep list \[options\]\n/)
})

it('ends in peace when nobody reads on', async () => {
  const args = ['packages/cli/src/main.ts', 'definitions']
  const command = new SpawnedProcess({ args, env: { DATABASE_URL: database.url } })
  command.stopReading()
  expect(await command.ended()).toMatchObject({ code: 0, stderr: '' })
})
