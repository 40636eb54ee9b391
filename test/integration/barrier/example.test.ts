import { once } from 'node:events'
import type { Server } from 'node:http'

import {
  createBackstep,
  defineSaga,
  isRejection,
  startWorker,
  type Backstep,
  type RunningWorker,
} from '@backstep/engine'
import { Kysely, PostgresDialect, sql } from 'kysely'
import { Pool } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'

import { defineGuardedOrder } from '../../../packages/examples/src/barrier/guarded-order.ts'
import {
  forgetOldRequests,
  prepareStock,
} from '../../../packages/examples/src/barrier/maintain-barrier.ts'
import { askStock } from '../../../packages/examples/src/barrier/stock-client.ts'
import type { StockTables } from '../../../packages/examples/src/barrier/stock-database.ts'
import { release } from '../../../packages/examples/src/barrier/stock-service.ts'
import { createStockServer } from '../../../packages/examples/src/barrier/stock-server.ts'
import { createEngineDatabase } from '../../support/engine-database.ts'
import { readRepositoryFile, repositoryFiles } from '../../support/repository.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { failure } from './clients.ts'

const line = { sku: 'teapot', quantity: 2 }

let databases: readonly TestDatabase[]
let db: Kysely<StockTables>
let server: Server
let url: string
let backstep: Backstep
let worker: RunningWorker

/** An order whose request never gets to the shop: nobody knows that, so it is undone there. */
const lostRequest = defineSaga({ name: 'lost-request', version: 1, input: z.null() })
  .step('reserveStock', {
    action: () => {
      throw new Error('ECONNRESET')
    },
    compensation: (context) => release(db, context),
    retry: { maximumAttempts: 1 },
  })
  .output(() => null)

const openShelves = async (databaseUrl: string): Promise<Kysely<StockTables>> => {
  await prepareStock(databaseUrl)
  const pool = new Pool({ connectionString: databaseUrl })
  pool.on('error', () => {})
  const opened = new Kysely<StockTables>({ dialect: new PostgresDialect({ pool }) })
  await sql`create table products (sku text primary key, on_hand integer not null)`.execute(opened)
  await sql`create table reservations (id serial primary key, sku text not null,
    quantity integer not null, released boolean not null default false)`.execute(opened)
  await opened.insertInto('products').values({ sku: line.sku, on_hand: 100 }).execute()
  return opened
}

const listen = async (listening: Server): Promise<string> => {
  listening.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const address = listening.address()
  if (address === null || typeof address === 'string') throw new Error('It has no port.')
  return `http://127.0.0.1:${address.port}`
}

beforeAll(async () => {
  const [stock, engine] = [await createTestDatabase(), await createEngineDatabase('guarded')]
  databases = [stock, engine]
  db = await openShelves(stock.url)
  server = createStockServer(db)
  url = await listen(server)
  backstep = createBackstep({ databaseUrl: engine.url, schema: 'guarded' })
  const sagas = [defineGuardedOrder(url), lostRequest]
  worker = await startWorker({ backstep, sagas, sweep: '50ms' })
})

afterAll(async () => {
  await worker.stop()
  await backstep.close()
  server.close()
  await db.destroy()
  for (const database of databases) await database.drop()
})

const onHand = async (): Promise<number> => {
  const product = await db.selectFrom('products').select('on_hand').executeTakeFirstOrThrow()
  return product.on_hand
}

const run = async (
  key: string,
  input: { readonly solvent: boolean; readonly line: typeof line },
) => {
  const saga = await backstep.start(defineGuardedOrder(url), { key, input })
  return { sagaId: saga.sagaId, result: await saga.result({ timeout: '28s' }) }
}

/** The contexts that the engine gives to both handlers of the step, as far as the service hears of them. */
const contextsOf = (sagaId: string) => {
  const own = { sagaId, step: 'reserveStock' }
  const actionIdempotencyKey = `${sagaId}/main/reserveStock/action/1`
  return {
    action: { ...own, idempotencyKey: actionIdempotencyKey },
    compensation: {
      ...own,
      idempotencyKey: `${sagaId}/main/reserveStock/compensation/1`,
      actionIdempotencyKey,
      outcome: 'unknown',
    } as const,
  }
}

it('an order that completes keeps its goods, also when its request comes again', async () => {
  const before = await onHand()
  const { sagaId, result } = await run('completes', { solvent: true, line })
  expect(result).toMatchObject({
    status: 'completed',
    output: { reservationId: expect.any(Number) },
  })
  expect(await onHand()).toBe(before - 2)
  const context = contextsOf(sagaId).action
  expect(await askStock({ url, path: '/reserve', context, line })).toMatchObject({
    status: 'repeated',
    output: { id: result.status === 'completed' ? result.output.reservationId : null },
  })
  expect(await onHand()).toBe(before - 2)
})

it('an order that is turned back puts them on the shelf, once', async () => {
  const before = await onHand()
  const { sagaId, result } = await run('turned back', { solvent: false, line })
  expect(result.status).toBe('compensated')
  expect(await onHand()).toBe(before)
  const { action, compensation } = contextsOf(sagaId)
  expect(await askStock({ url, path: '/release', context: compensation, line })).toMatchObject({
    status: 'noop',
    reason: 'already_undone',
  })
  const late = await failure(askStock({ url, path: '/reserve', context: action, line }))
  expect(isRejection(late) && late.code).toBe('undone')
  expect(await onHand()).toBe(before)
})

it('a request that comes after its own undo is refused', async () => {
  const before = await onHand()
  const { action, compensation } = contextsOf('018f4d3a-0000-7000-8000-00000000abcd')
  expect(await askStock({ url, path: '/release', context: compensation, line })).toMatchObject({
    status: 'noop',
    reason: 'never_ran',
  })
  const late = await failure(askStock({ url, path: '/reserve', context: action, line }))
  expect(isRejection(late) && late.code).toBe('undone')
  expect(await onHand()).toBe(before)
})

it('what never got there is not put back, and the journal tells so', async () => {
  const before = await onHand()
  const saga = await backstep.start(lostRequest, { input: null })
  expect(await saga.result({ timeout: '28s' })).toMatchObject({ status: 'compensated' })
  const { steps, journal } = await backstep
    .describe(saga.sagaId)
    .then(({ state, journal: rows }) => ({
      steps: state.steps,
      journal: rows.flatMap(({ events }) => events),
    }))
  expect(steps['reserveStock']?.compensation).toMatchObject({ status: 'noop', outcome: 'unknown' })
  expect(journal).toContainEqual(
    expect.objectContaining({ type: 'compensation_succeeded', noop: 'never_ran' }),
  )
  expect(await onHand()).toBe(before)
})

it('a refusal of the shop itself reaches the saga as one', async () => {
  const { result } = await run('too many', { solvent: true, line: { ...line, quantity: 1_000 } })
  expect(result).toMatchObject({ status: 'compensated', failure: { code: 'out_of_stock' } })
  expect(await forgetOldRequests(databases[0]?.url ?? '')).toBe(0)
})

it('docs/barrier.md shows the example as it is', () => {
  const examples = repositoryFiles()
    .filter((path) => path.startsWith('packages/examples/src/barrier/'))
    .map((path) => squeezed(readRepositoryFile(path)))
  const blocks = [...readRepositoryFile('docs/barrier.md').matchAll(/```ts\n(.*?)```/gs)]
  const shown = blocks.map(([, text = '']) => squeezed(text))
  expect(shown.length).toBeGreaterThan(3)
  expect(shown.filter((text) => !examples.some((example) => example.includes(text)))).toEqual([])
})

const squeezed = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()
