import { Kysely, PostgresDialect } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { openEngineScene, type EngineScene } from './engine-scene.ts'
import { orderSaga } from './order-saga.ts'

const cases: Readonly<Record<string, (scene: EngineScene) => Promise<void>>> = {
  'a saga completes, over two queues, and gives a typed output': completes,
  'a declined card takes the stock back': goesBack,
  'the same key and input are the same saga, another input is a conflict': isOnePerKey,
  'a saga in a Kysely transaction exists once that commits': committed,
  'a saga in a Kysely transaction that is rolled back does not exist': rolledBack,
  'a saga in a pg transaction runs at once when its hint is sent after the commit': dispatchedNow,
}

/** What an order saga does, whichever way its hints go. Call it in a file of its own. */
export function orderSuite(schema: string, redisUrl?: string): void {
  let scene: EngineScene
  beforeAll(async () => {
    scene = await openEngineScene(schema, redisUrl)
  })
  afterAll(() => scene.close())

  for (const [sentence, check] of Object.entries(cases)) {
    test(`the engine: ${sentence}`, async () => {
      expect.hasAssertions()
      await check(scene)
    })
  }
}

async function completes({ backstep }: EngineScene): Promise<void> {
  const saga = await backstep.start(orderSaga, { input: { item: 'teapot' } })
  const result = await saga.result({ timeout: '10s' })
  const output = { trackingId: 't-c1' }
  expect(result).toEqual({ status: 'completed', sagaId: saga.sagaId, output })
}

async function goesBack({ backstep }: EngineScene): Promise<void> {
  const saga = await backstep.start(orderSaga, { input: { item: 'teapot', declined: true } })
  const failure = { kind: 'rejection', code: 'card_declined', step: 'chargeCard' }
  const result = await saga.result({ timeout: '10s' })
  expect(result).toMatchObject({ status: 'compensated', failure })
  const { state } = await backstep.describe(saga.sagaId)
  expect(state.steps['reserveStock']?.compensation.status).toBe('compensated')
}

async function isOnePerKey({ backstep }: EngineScene): Promise<void> {
  const start = (key: string, item: string) => backstep.start(orderSaga, { key, input: { item } })
  const first = await start('k1', 'a')
  const second = await start('k1', 'a')
  expect(second.sagaId).toBe(first.sagaId)
  await expect(start('k1', 'b')).rejects.toMatchObject({ code: 'KEY_CONFLICT' })
  const same = await Promise.all(Array.from({ length: 20 }, () => start('k2', 'c')))
  expect(new Set(same.map(({ sagaId }) => sagaId)).size).toBe(1)
}

async function committed({ backstep, pool }: EngineScene): Promise<void> {
  const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  const saga = await kysely
    .transaction()
    .execute((transaction) => backstep.start(orderSaga, { input: { item: 'a' }, transaction }))
  // No hint was sent: the sweep is what finds it.
  await expect(saga.result({ timeout: '5s' })).resolves.toMatchObject({ status: 'completed' })
}

async function rolledBack({ backstep, pool }: EngineScene): Promise<void> {
  const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  let sagaId = ''
  const failing = kysely.transaction().execute(async (transaction) => {
    const saga = await backstep.start(orderSaga, { input: { item: 'a' }, transaction })
    sagaId = saga.sagaId
    throw new Error('The application changed its mind.')
  })
  await expect(failing).rejects.toThrow('changed its mind')
  await expect(backstep.get(sagaId)).rejects.toMatchObject({ code: 'SAGA_NOT_FOUND' })
}

async function dispatchedNow({ backstep, pool }: EngineScene): Promise<void> {
  const client = await pool.connect()
  await client.query('begin')
  const saga = await backstep.start(orderSaga, { input: { item: 'a' }, transaction: client })
  await client.query('commit')
  client.release()
  await saga.dispatchNow()
  await expect(saga.result({ timeout: '5s' })).resolves.toMatchObject({ status: 'completed' })
}
