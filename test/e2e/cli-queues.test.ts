import { createBackstep, defineSaga, type Backstep } from '@backstep/engine'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'

import { createEngineDatabase } from '../support/engine-database.ts'
import type { TestDatabase } from '../support/test-database.ts'
import { ask, type CliAnswer } from './cli-harness.ts'

let database: TestDatabase
let backstep: Backstep

beforeAll(async () => {
  database = await createEngineDatabase()
  backstep = createBackstep({ databaseUrl: database.url })
})

afterAll(async () => {
  await backstep.close()
  await database.drop()
})

const cli = (...args: readonly string[]): Promise<CliAnswer> =>
  ask(database.url, ['queues', ...args])

const limit = (...args: readonly string[]): Promise<CliAnswer> =>
  cli('limit', 'payments', ...args, '--reason', 'slow bank')

test('queues are listed with their limits, and limits are set one by one', async () => {
  expect((await cli()).stdout).toBe('No queues: none has limits, and there are no tasks.\n')
  const set = await limit('--concurrency', '3', '--rate', '100/1m30s')
  expect(set).toMatchObject({ code: 0, stderr: '' })
  expect(set.stdout).toBe(
    'Done: payments has 3 at once, rate 100/1m30s, whatever code declares. Workers see it within seconds.\n' +
      'Look at it: backstep queues\n',
  )
  const saga = defineSaga({ name: 'mail', version: 1, input: z.object({}) }).pivot('send', {
    action: () => {},
    queue: 'mails',
  })
  for (let count = 0; count < 12; count += 1) await backstep.start(saga, { input: {} })
  expect((await cli()).stdout).toMatchInlineSnapshot(`
    "QUEUE     AT ONCE  RATE       SET BY    HELD  WAITING
    mails         any  any        -            0       12
    payments        3  100/1m30s  operator     0        0
    "
  `)
  await limit('--concurrency', 'none')
  const { stdout } = await cli('--json')
  const rate = { limit: 100, perMs: 90_000 }
  const payments = { queue: 'payments', maximumConcurrency: null, rate, source: 'operator' }
  const mails = { queue: 'mails', maximumConcurrency: null, rate: null, source: null }
  expect(JSON.parse(stdout)).toEqual({
    queues: [
      { ...mails, held: 0, waiting: 12 },
      { ...payments, held: 0, waiting: 0 },
    ],
  })
  expect(JSON.parse((await limit('--rate', 'none', '--json')).stdout)).toEqual({
    ...payments,
    rate: null,
  })
  expect((await limit('--from-code')).stdout).toContain('any at once, rate any, as code declares')
})

test.each([
  [[], 'Say what is to hold'],
  [['--from-code', '--rate', 'none'], 'Say what is to hold'],
  [['--concurrency', '0'], 'whole number of at least 1'],
  [['--concurrency', '20000'], 'from 1 to 10000'],
  [['--rate', '100'], 'such as 100/1s'],
  [['--rate', '100/second'], 'rate.per of queue "payments"'],
])('queues limit payments %j is refused', async (args, text) => {
  const { code, stderr } = await limit(...args)
  expect(code).toBe(2)
  expect(stderr).toContain(text)
  expect(stderr.trim().split('\n')).toHaveLength(1)
})

test('queues limit needs a reason', async () => {
  const { code, stderr } = await cli('limit', 'payments', '--rate', 'none')
  expect(code).toBe(2)
  expect(stderr).toContain('--reason')
})
