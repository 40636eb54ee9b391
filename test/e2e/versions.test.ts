import {
  createBackstep,
  defineSaga,
  reject,
  startWorker,
  type Backstep,
  type RegisteredSaga,
} from '@backstep/engine'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'

import { createEngineDatabase } from '../support/engine-database.ts'
import { eventually } from '../support/eventually.ts'
import { redisUrl } from '../support/server-urls.ts'
import type { TestDatabase } from '../support/test-database.ts'
import { ask, normalized } from './cli-harness.ts'
import { quickTuning } from './order-saga.ts'

const SCHEMA = 'versions'
const PATIENCE = { timeout: '60s' } as const
const audit = { actor: 'ada', reason: 'a test' }
const input = z.object({ lost: z.boolean() })

let database: TestDatabase
let client: Backstep

/** Which handler of which version has run, by saga. */
const ran = new Map<string, string[]>()

const note = (sagaId: string, what: string): void => {
  ran.set(sagaId, [...(ran.get(sagaId) ?? []), what])
}

const send =
  (version: number) =>
  (context: { readonly input: z.infer<typeof input>; readonly sagaId: string }) => {
    note(context.sagaId, `send of ${version}`)
    if (context.input.lost) throw reject('lost', 'The parcel is lost.')
    return version
  }

const first = defineSaga({ name: 'parcel', version: 1, input })
  .step('pack', {
    action: ({ sagaId }) => note(sagaId, 'pack of 1'),
    compensation: ({ sagaId }) => note(sagaId, 'unpack of 1'),
  })
  .waitFor('go', { schema: z.null(), timeout: '1h' })
  .pivot('send', { action: send(1) })
  .output(({ results }) => results.send)

/** The same name with another step, and other code in those that were there before. */
const second = defineSaga({ name: 'parcel', version: 2, input })
  .step('pack', {
    action: ({ sagaId }) => note(sagaId, 'pack of 2'),
    compensation: ({ sagaId }) => note(sagaId, 'unpack of 2'),
  })
  .step('label', {
    action: ({ sagaId }) => note(sagaId, 'label of 2'),
    compensation: ({ sagaId }) => note(sagaId, 'unlabel of 2'),
  })
  .waitFor('go', { schema: z.null(), timeout: '1h' })
  .pivot('send', { action: send(2) })
  .output(({ results }) => results.send)

beforeAll(async () => {
  database = await createEngineDatabase(SCHEMA)
  client = open()
})

afterAll(async () => {
  await client.close()
  await database.drop()
})

const open = (): Backstep =>
  createBackstep({ databaseUrl: database.url, redisUrl: redisUrl(), schema: SCHEMA })

/** A worker as one build deploys it: it knows these definitions and no others. Give back what ends it. */
const deploy = async (...sagas: readonly RegisteredSaga[]): Promise<() => Promise<void>> => {
  const backstep = open()
  const worker = await startWorker({ backstep, sagas, ...quickTuning })
  let isOver = false
  const end = async (): Promise<void> => {
    if (isOver) return
    isOver = true
    await worker.stop()
    await backstep.close()
  }
  onTestFinished(end)
  return end
}

/** Starts a parcel and waits until it waits. */
const waiting = async (saga: typeof first, lost: boolean) => {
  const handle = await client.start(saga, { input: { lost } })
  await eventually(async () => {
    const { state } = await client.describe(handle.sagaId)
    expect(state.branches['main']?.wakeAt).toBeGreaterThan(0)
  })
  return handle
}

const stuck = (sagaId: string, stuckCode: string): Promise<void> =>
  eventually(
    async () => expect(await client.get(sagaId)).toMatchObject({ status: 'stuck', stuckCode }),
    {
      timeoutMs: 20_000,
    },
  )

const go = ({ sagaId }: { readonly sagaId: string }) =>
  client.signal(sagaId, { name: 'go', payload: null })

test('each saga ends on the version that it started with, whatever is registered beside it', async () => {
  const endOfFormer = await deploy(first)
  const before = [await waiting(first, false), await waiting(first, true)] as const
  await endOfFormer()
  await deploy(first, second)
  const after = [await waiting(second, false), await waiting(second, true)] as const
  const late = await waiting(first, false)
  await Promise.all([...before, ...after, late].map(go))

  const ends = await Promise.all([...before, ...after, late].map((saga) => saga.result(PATIENCE)))
  expect(ends).toMatchObject([
    { status: 'completed', output: 1 },
    { status: 'compensated', failure: { code: 'lost' } },
    { status: 'completed', output: 2 },
    { status: 'compensated', failure: { code: 'lost' } },
    { status: 'completed', output: 1 },
  ])
  expect([...before, ...after, late].map(({ sagaId }) => ran.get(sagaId))).toEqual([
    ['pack of 1', 'send of 1'],
    ['pack of 1', 'send of 1', 'unpack of 1'],
    ['pack of 2', 'label of 2', 'send of 2'],
    ['pack of 2', 'label of 2', 'send of 2', 'unlabel of 2', 'unpack of 2'],
    ['pack of 1', 'send of 1'],
  ])
  const rows = await Promise.all([...before, ...after].map(({ sagaId }) => client.get(sagaId)))
  expect(rows.map(({ version }) => version)).toEqual([1, 1, 2, 2])
})

test('a worker without its version makes a saga stuck, undoes nothing, and a worker with both ends it', async () => {
  const endOfFormer = await deploy(first)
  const [saga, canceled] = [await waiting(first, false), await waiting(first, false)]
  await endOfFormer()
  const endOfHasty = await deploy(second)
  await go(saga)
  await client.cancel(canceled.sagaId, audit)
  await stuck(saga.sagaId, 'definition_missing')
  await stuck(canceled.sagaId, 'definition_missing')

  const other = await waiting(second, false)
  await go(other)
  expect(await other.result(PATIENCE)).toMatchObject({ status: 'completed', output: 2 })
  const { stdout } = await ask(database.url, ['show', saga.sagaId, '--schema', SCHEMA], {
    columns: 200,
  })
  expect(normalized(stdout)).toContain('definition_missing')
  expect(normalized(stdout)).toContain('backstep retry')
  await endOfHasty()
  expect([ran.get(saga.sagaId), ran.get(canceled.sagaId)]).toEqual([['pack of 1'], ['pack of 1']])

  await deploy(first, second)
  expect(await client.retry(saga.sagaId, audit)).toEqual({ status: 'applied' })
  expect(await client.retry(canceled.sagaId, audit)).toEqual({ status: 'applied' })
  expect(await saga.result(PATIENCE)).toMatchObject({ status: 'completed', output: 1 })
  expect(await canceled.result(PATIENCE)).toMatchObject({ status: 'compensated' })
  expect(ran.get(saga.sagaId)).toEqual(['pack of 1', 'send of 1'])
  expect(ran.get(canceled.sagaId)).toEqual(['pack of 1', 'unpack of 1'])
})

/** What a build leaves that lost a handler: the plan, and so its fingerprint, is the same. */
const without = (saga: typeof first, step: string): RegisteredSaga => ({
  ...saga,
  handlers: new Map([...saga.handlers].filter(([name]) => name !== step)),
})

test('a build without a handler makes its sagas stuck, forward and backward, and the whole one ends them', async () => {
  const endOfWhole = await deploy(first)
  const [saga, canceled] = [await waiting(first, false), await waiting(first, false)]
  await endOfWhole()
  const endOfForward = await deploy(without(first, 'send'))
  await go(saga)
  await stuck(saga.sagaId, 'handler_missing')
  expect(await client.get(saga.sagaId)).toMatchObject({ stuckStep: 'send' })
  await endOfForward()
  const endOfBackward = await deploy(without(first, 'pack'))
  await client.cancel(canceled.sagaId, audit)
  await stuck(canceled.sagaId, 'handler_missing')
  expect(await client.get(canceled.sagaId)).toMatchObject({ stuckStep: 'pack' })
  await endOfBackward()

  await deploy(first)
  await client.retry(saga.sagaId, audit)
  await client.retry(canceled.sagaId, audit)
  expect(await saga.result(PATIENCE)).toMatchObject({ status: 'completed', output: 1 })
  expect(await canceled.result(PATIENCE)).toMatchObject({ status: 'compensated' })
  expect(ran.get(saga.sagaId)).toEqual(['pack of 1', 'send of 1'])
  expect(ran.get(canceled.sagaId)).toEqual(['pack of 1', 'unpack of 1'])
})
