import { createBackstep, startWorker, type Backstep } from '@backstep/engine'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { createEngineDatabase } from '../support/engine-database.ts'
import { eventually } from '../support/eventually.ts'
import type { TestDatabase } from '../support/test-database.ts'
import { ask, normalized, type CliAnswer } from './cli-harness.ts'
import { orderSaga, sagas } from './fixtures/order-sagas.ts'

let database: TestDatabase
let backstep: Backstep

const run = (...args: readonly string[]): Promise<CliAnswer> => ask(database.url, args)

const said = async (...args: readonly string[]): Promise<string> => {
  const { stdout, stderr } = await run(...args)
  expect(stderr).toBe('')
  return normalized(stdout)
}

const keys = async (...args: readonly string[]): Promise<readonly string[]> => {
  const { stdout } = await run('list', '--json', ...args)
  const listed: { readonly sagas: readonly { readonly key: string }[] } = JSON.parse(stdout)
  return listed.sagas.map(({ key }) => key)
}

const idOf = async (key: string): Promise<string> => {
  const [row] = await backstep.list({ key })
  return row?.sagaId ?? 'none'
}

/** Lets a worker bring what there is to its end. */
const work = async (): Promise<void> => {
  const worker = await startWorker({ backstep, sagas, sweep: '100ms' })
  await eventually(async () => {
    expect(await backstep.list({ status: ['running', 'compensating'] })).toEqual([])
  })
  await worker.stop()
}

beforeAll(async () => {
  database = await createEngineDatabase()
  backstep = createBackstep({ databaseUrl: database.url })
  await backstep.start(orderSaga, { key: 'ord-1', input: { fate: 'shipped' } })
  await backstep.start(orderSaga, { key: 'ord-2', input: { fate: 'rejected' } })
  await backstep.start(orderSaga, { key: 'ord-3', input: { fate: 'unrefundable' } })
  await work()
})

afterAll(async () => {
  await backstep.close()
  await database.drop()
})

it('lists sagas, the newest first, by status and by page', async () => {
  expect(await said('list')).toBe(`\
SAGA                                  DEFINITION  KEY    STATUS       STARTED
00000000-0000-7000-8000-000000000001  order v1    ord-3  stuck        3h ago
00000000-0000-7000-8000-000000000002  order v1    ord-2  compensated  3h ago
00000000-0000-7000-8000-000000000003  order v1    ord-1  completed    3h ago
`)
  expect(await keys('--status', 'stuck,completed')).toEqual(['ord-3', 'ord-1'])
  expect(await keys('--status', 'stuck', '--status', 'compensated')).toEqual(['ord-3', 'ord-2'])
  expect(await keys('--key', 'ord-2')).toEqual(['ord-2'])
  expect(await keys('--definition', 'travel')).toEqual([])
  expect(await keys('--older-than', '1h')).toEqual([])
  expect(await keys('--limit', '1')).toEqual(['ord-3'])
  expect(await keys('--before', await idOf('ord-3'))).toEqual(['ord-2', 'ord-1'])
})

it('says why where the terminal is wide enough', async () => {
  const { stdout } = await ask(database.url, ['list', '--limit', '1'], { columns: 140 })
  expect(normalized(stdout)).toBe(`\
SAGA                                  DEFINITION  KEY    STATUS  STARTED  WHY
00000000-0000-7000-8000-000000000001  order v1    ord-3  stuck   3h ago   compensation_exhausted (charge)
There may be more: add --before 00000000-0000-7000-8000-000000000001
`)
})

it('shows a stuck saga: where it stands, what happened, and what moves it on', async () => {
  expect(await said('show', await idOf('ord-3'))).toBe(`\
order v1, key ord-3
00000000-0000-7000-8000-000000000001

status    stuck for 3h1m, since 2026-01-02 03:04:05Z
started   2026-01-02 03:04:05Z, 3h1m ago
cause     no_courier: no courier goes there (ship)
stuck     compensation_exhausted at charge, on its way back
error     refund 2 failed: \\u001b[31mgateway down\\u001b[0m

STEP     ACTION     TRIES  UNDO     TRIES  LAST    LAST ERROR
reserve  succeeded      1  needed          3h ago
charge   succeeded      1  blocked      2  3h ago  refund 2 failed:
                                                   \\u001b[31mgateway
                                                   down\\u001b[0m
ship     rejected       1                  3h ago  no_courier: no courier goes
                                                   there

#  WHEN                  WHAT HAPPENED
1  2026-01-02 03:04:05Z  started order v1
2  2026-01-02 03:04:05Z  reserve: done
3  2026-01-02 03:04:05Z  charge: done
4  2026-01-02 03:04:05Z  ship: rejected, no_courier: no courier goes there
                         turned back because of no_courier: no courier goes
                         there (ship); to undo: charge, reserve
5  2026-01-02 03:04:05Z  charge: attempt 1 to undo failed, refund 1 failed:
                         \\u001b[31mgateway down\\u001b[0m; again in 10ms
6  2026-01-02 03:04:05Z  charge: attempt 2 to undo failed, refund 2 failed:
                         \\u001b[31mgateway down\\u001b[0m; no more attempts
                         stuck: compensation_exhausted at charge

NEXT      A compensation used up its attempts. Mend what it needs, then retry;
          what it undoes still stands.
          backstep retry 00000000-0000-7000-8000-000000000001 --if-seq 6
          --reason "…"
          backstep edit 00000000-0000-7000-8000-000000000001 --input '{…}'
          --sagas MODULE --if-seq 6 --reason "…"
          backstep mark-compensated 00000000-0000-7000-8000-000000000001 --yes
          --if-seq 6 --reason "…"
          backstep waive 00000000-0000-7000-8000-000000000001 --yes --if-seq 6
          --reason "…"
          backstep abandon 00000000-0000-7000-8000-000000000001 --yes --if-seq 6
          --reason "…"
`)
})

it('shows payloads only when it is asked for them', async () => {
  const id = await idOf('ord-1')
  expect(await said('show', id)).not.toContain('shipped')
  expect(await said('show', id, '--json')).not.toContain('r-1')
  const text = await said('show', id, '--payloads')
  expect(text).toContain(`\
PAYLOADS
input     {"fate":"shipped"}
output    reserve: {"reservationId":"r-1"}
output    charge: {"chargeId":"c-1"}
output    ship: {"parcel":"p-1"}
result    {"parcel":"p-1"}
`)
  const { stdout } = await run('show', id, '--payloads', '--json')
  expect(JSON.parse(stdout)).toMatchObject({
    key: 'ord-1',
    status: 'completed',
    input: { fate: 'shipped' },
    output: { parcel: 'p-1' },
    steps: [{ step: 'reserve' }, { step: 'charge' }, { step: 'ship' }],
    tasks: [],
    next: { text: 'It has ended; there is nothing to do.', commands: [] },
  })
})

it('shows what is stuck, and in colors where there are some', async () => {
  expect(await said('stuck')).toBe(`\
1 saga is stuck.

00000000-0000-7000-8000-000000000001  order v1, key ord-3
  stuck     compensation_exhausted at charge, on its way back, 2 attempts
  since     2026-01-02 03:04:05Z, 3h1m ago
  cause     no_courier: no courier goes there (ship)
  first     refund 1 failed: \\u001b[31mgateway down\\u001b[0m
  last      refund 2 failed: \\u001b[31mgateway down\\u001b[0m
  to do     A compensation used up its attempts. Mend what it needs, then retry;
            what it undoes still stands.
            backstep retry 00000000-0000-7000-8000-000000000001 --if-seq 6
            --reason "…"
            backstep edit 00000000-0000-7000-8000-000000000001 --input '{…}'
            --sagas MODULE --if-seq 6 --reason "…"
            backstep mark-compensated 00000000-0000-7000-8000-000000000001 --yes
            --if-seq 6 --reason "…"
            backstep waive 00000000-0000-7000-8000-000000000001 --yes --if-seq 6
            --reason "…"
            backstep abandon 00000000-0000-7000-8000-000000000001 --yes --if-seq
            6 --reason "…"
`)
  const { stdout } = await ask(database.url, ['stuck'], { colors: true })
  expect(stdout).toContain('\u001B[31m1 saga is stuck.\u001B[39m')
  // The participant's own colors are shown, not obeyed.
  expect(stdout).toContain('\\u001b[31mgateway')
  const { stdout: json } = await run('stuck', '--json')
  expect(JSON.parse(json)).toMatchObject({
    total: 1,
    sagas: [
      {
        key: 'ord-3',
        stuckCode: 'compensation_exhausted',
        stuckStep: 'charge',
        direction: 'backward',
        attempts: 2,
        firstError: { message: 'refund 1 failed: \u001B[31mgateway down\u001B[0m' },
        commands: expect.arrayContaining([`retry ${await idOf('ord-3')} --if-seq 6 --reason "…"`]),
      },
    ],
  })
})

it('lists the definitions that are known', async () => {
  expect(await said('definitions')).toBe(`\
DEFINITION  VERSION  LIVE  REGISTERED  QUEUES   STEPS ([pivot])
order       v1          1  3h ago      default  reserve → charge → ship
`)
})

it('refuses what cannot be, and changes nothing', async () => {
  const id = await idOf('ord-1')
  expect(await run('retry', id, '--reason', 'a test')).toEqual({
    code: 4,
    stdout: '',
    stderr: `backstep: retry is refused: The saga is completed; only a stuck saga is retried. Look at "backstep show ${id}".\n`,
  })
  expect((await run('cancel', id, '--reason', 'a test')).code).toBe(4)
})

it('starts a saga, retries a stuck one and cancels one that runs, all by name', async () => {
  const start = ['start', 'order', '--sagas', 'test/e2e/fixtures/order-sagas.ts', '--key', 'ord-9']
  expect(await said(...start, '--input', '{"fate":"shipped"}')).toBe(`\
Started order v1: 00000000-0000-7000-8000-000000000001
Look at it: backstep show 00000000-0000-7000-8000-000000000001
`)
  const again = await ask(database.url, [...start, '--input', '-', '--json'], {
    readStdin: async () => '{"fate":"shipped"}',
  })
  expect(JSON.parse(again.stdout)).toEqual({
    sagaId: await idOf('ord-9'),
    name: 'order',
    version: 1,
    key: 'ord-9',
    existing: true,
  })
  expect((await run(...start, '--input', '{"fate":"rejected"}')).code).toBe(4)
  expect((await run(...start, '--input', '{"fate":"lost"}')).stderr).toContain('fate: Invalid')
  expect((await run(...start, '--input', '{')).stderr).toMatch(/^backstep: --input is not JSON: /)
  expect((await run(...start, '--input', '@nowhere.json')).code).toBe(2)

  expect(await said('cancel', await idOf('ord-9'), '--reason', 'changed my mind')).toBe(`\
Asked: a worker may be at the saga, and decides when it gets to it.
Look at it: backstep show 00000000-0000-7000-8000-000000000001
`)
  expect(await said('retry', await idOf('ord-3'), '--reason', 'gateway is back')).toBe(`\
Done: the saga goes on.
Look at it: backstep show 00000000-0000-7000-8000-000000000001
`)
  const soon = await ask(database.url, ['show', await idOf('ord-3')], { now: Date.now })
  const shown = normalized(soon.stdout)
  expect(shown).toContain('retried by ada: gateway is back\n')
  expect(shown).toContain(
    'NEXT      A worker that serves the queue "default" takes it within seconds.',
  )

  await work()
  const ended = await said('show', await idOf('ord-9'))
  expect(ended).toContain('cancel asked by ada: changed my mind\n')
  expect(ended).toContain('status    compensated')
})

it.each([
  [
    'is not there',
    'nowhere.ts',
    /^backstep: --sagas nowhere\.ts is not there \(.*\); pass the path of a module that exports "sagas"\.\n$/,
  ],
  [
    'exports something else',
    'test/support/eventually.ts',
    /exports eventually, but no "sagas"; add: export const sagas = \[yourSaga\]\.\n$/,
  ],
  [
    'throws',
    'test/e2e/fixtures/throwing-sagas.ts',
    /could not be loaded: Error: no configuration here\.\n$/,
  ],
  [
    'has another thing among them',
    'test/e2e/fixtures/wrong-sagas.ts',
    /has a function in sagas\[1\]; put in what defineSaga\(…\) made\.\n$/,
  ],
])('says what is wrong with a module that %s', async (_what, path, message) => {
  const answer = await run('start', 'order', '--sagas', path, '--input', '{}')
  expect(answer.code).toBe(2)
  expect(answer.stderr).toMatch(message)
})
