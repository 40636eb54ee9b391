import { createBackstep, type Backstep } from '@backstep/engine'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { createEngineDatabase } from '../support/engine-database.ts'
import { eventually } from '../support/eventually.ts'
import { redisUrl } from '../support/server-urls.ts'
import { SpawnedProcess } from '../support/spawned-process.ts'
import type { TestDatabase } from '../support/test-database.ts'
import { poisonSaga } from './fixtures/poison-saga.ts'

const SCHEMA = 'poison'
const INNOCENTS = 20
const PATIENCE_MS = 60_000

let database: TestDatabase
let backstep: Backstep

beforeAll(async () => {
  database = await createEngineDatabase(SCHEMA)
  backstep = createBackstep({ databaseUrl: database.url, redisUrl: redisUrl(), schema: SCHEMA })
})

afterAll(async () => {
  await backstep.close()
  await database.drop()
})

/** Keeps one worker process going, as whatever deploys it would: another one follows each that ends. */
async function keepWorking(until: AbortSignal): Promise<{ readonly deaths: number }> {
  for (let deaths = 0; ; deaths += 1) {
    const worker = new SpawnedProcess({
      args: ['test/e2e/fixtures/poison-worker.ts', SCHEMA],
      env: { DATABASE_URL: database.url, REDIS_URL: redisUrl() },
    })
    const stop = (): void => worker.kill('SIGKILL')
    until.addEventListener('abort', stop, { once: true })
    const { stderr } = await worker.ended()
    until.removeEventListener('abort', stop)
    if (until.aborted) return { deaths }
    expect(stderr).toBe('')
  }
}

test('a saga that kills its worker ends as poison_task, and every saga beside it completes', async () => {
  const killer = await backstep.start(poisonSaga, { input: { kills: true } })
  const innocents = await Promise.all(
    Array.from({ length: INNOCENTS }, () =>
      backstep.start(poisonSaga, { input: { kills: false } }),
    ),
  )
  const end = new AbortController()
  const working = keepWorking(end.signal)
  try {
    await eventually(
      async () => {
        const { status, stuckCode } = await backstep.get(killer.sagaId)
        expect({ status, stuckCode }).toEqual({ status: 'stuck', stuckCode: 'poison_task' })
      },
      { timeoutMs: PATIENCE_MS, what: 'the verdict on the killer' },
    )
    const ends = await Promise.all(innocents.map((saga) => saga.result({ timeout: '60s' })))
    expect(ends.map(({ status }) => status)).toEqual(Array(INNOCENTS).fill('completed'))
  } finally {
    end.abort()
  }
  // Two with others beside it, three alone.
  const { deaths } = await working
  expect(deaths).toBeLessThanOrEqual(5)
})
