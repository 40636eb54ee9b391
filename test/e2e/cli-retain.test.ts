import { createBackstep, startWorker, type Backstep } from '@backstep/engine'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { createEngineDatabase } from '../support/engine-database.ts'
import type { TestDatabase } from '../support/test-database.ts'
import { ask, normalized, type CliAnswer } from './cli-harness.ts'
import { orderSaga, sagas } from './fixtures/order-sagas.ts'

let database: TestDatabase
let backstep: Backstep

const run = (...args: readonly string[]): Promise<CliAnswer> =>
  ask(database.url, ['retain', ...args])

/** The same text in every month. */
const said = async (...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await run(...args)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return normalized(stdout).replaceAll(/\b20\d\d-\d\d\b/g, '2026-01')
}

beforeAll(async () => {
  database = await createEngineDatabase()
  backstep = createBackstep({ databaseUrl: database.url })
  const orders = [
    await backstep.start(orderSaga, { key: 'ord-1', input: { fate: 'shipped' } }),
    await backstep.start(orderSaga, { key: 'ord-2', input: { fate: 'rejected' } }),
  ]
  const worker = await startWorker({ backstep, sagas, sweep: '100ms' })
  for (const { result } of orders) await result({ timeout: '20s' })
  await worker.stop()
})

afterAll(async () => {
  await backstep.close()
  await database.drop()
})

it('tells what it would move, moves it, and has nothing left to do', async () => {
  expect(await said('--archive-after', '1ms', '--dry-run')).toMatch(
    /^backstep: would make 2026-01\nbackstep: would move 2 sagas with \d+ journal rows\n$/,
  )
  const [row] = await backstep.list({ key: 'ord-1' })
  const shown = await ask(database.url, ['show', row?.sagaId ?? ''])
  expect(await said('--archive-after', '1ms', '--drop-after', '365d')).toMatch(
    /^backstep: made 2026-01\nbackstep: moved 2 sagas with \d+ journal rows\n$/,
  )
  expect((await ask(database.url, ['list'])).stdout).toBe('No sagas.\n')
  const again = await ask(database.url, ['show', row?.sagaId ?? ''])
  expect({ ...again, stdout: normalized(again.stdout) }).toEqual({
    ...shown,
    stdout: normalized(shown.stdout),
  })
  expect((await ask(database.url, ['list', '--key', 'ord-2'])).stdout).toContain('compensated')
  const { stdout } = await run('--archive-after', '1ms', '--json')
  expect(JSON.parse(stdout)).toEqual({
    schema: 'backstep',
    dryRun: false,
    moved: { sagas: 0, journalRows: 0 },
    made: [],
    detached: [],
    dropped: [],
    freedKeys: 0,
  })
})

it('drops an old month, and frees its keys', async () => {
  const { sagaId, result } = await backstep.start(orderSaga, {
    key: 'ord-3',
    input: { fate: 'rejected' },
  })
  const worker = await startWorker({ backstep, sagas, sweep: '100ms' })
  await result({ timeout: '20s' })
  await worker.stop()
  const client = new Client({ connectionString: database.url })
  await client.connect()
  const past = `update backstep.sagas set changed_at = '2025-01-20' where id = $1`
  await client.query(past, [sagaId])
  await client.end()

  const old = ['--archive-after', '1ms', '--drop-after', '365d']
  expect(await run(...old, '--dry-run')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /would make 2025-01\n.*would move 1 saga with .*\n.*would detach 2025-01\n.*would drop 2025-01 and free its keys\n$/,
    ),
  })
  expect(await run(...old)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /made 2025-01\nbackstep: moved 1 saga with \d+ journal rows\nbackstep: detached 2025-01\nbackstep: dropped 2025-01\nbackstep: freed 1 key\n$/,
    ),
  })
  expect((await ask(database.url, ['show', sagaId])).code).toBe(3)
  const again = await backstep.start(orderSaga, { key: 'ord-3', input: { fate: 'shipped' } })
  expect(again.sagaId).not.toBe(sagaId)
})

it.each([
  [['--archive-after', 'soon'], /^backstep: archiveAfter is "soon"; write a duration/],
  [['--archive-after', '7d', '--drop-after', '2d'], /^backstep: dropAfter is 2d, which is shorter/],
  [['--archive-after', '7d', '--batch', '20000'], /^backstep: The batch is 20000; /],
  [['--archive-after', '7d', '--batch', '0'], /^backstep: .*whole number of at least 1/],
  [[], /^backstep: required option '--archive-after <duration>' not specified/],
])('says what is wrong with %j', async (args, message) => {
  const { code, stdout, stderr } = await run(...args)
  expect({ code, stdout, stderr }).toEqual({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(message),
  })
})
