import { createBackstep, startWorker } from '@backstep/engine'
import { migrate } from '@backstep/engine/postgres'
import { startPostgres } from '@backstep/servers'
import { expect, test } from 'vitest'

import { eventually } from '../support/eventually.ts'
import { redisUrl } from '../support/server-urls.ts'
import { orderSaga, quickTuning } from './order-saga.ts'

test('without Postgres a start says so, and the worker comes back by itself when it returns', async () => {
  const postgres = await startPostgres()
  await migrate({ databaseUrl: postgres.url, schema: 'away' })
  const backstep = createBackstep({
    databaseUrl: postgres.url,
    redisUrl: redisUrl(),
    schema: 'away',
  })
  const worker = await startWorker({ backstep, sagas: [orderSaga], ...quickTuning })
  const before = await backstep.start(orderSaga, { input: { item: 'a' } })
  await before.result({ timeout: '10s' })

  await postgres.kill()
  await expect(backstep.start(orderSaga, { input: { item: 'b' } })).rejects.toMatchObject({
    code: 'DATABASE_UNAVAILABLE',
  })
  await postgres.restart()
  const after = await eventually(() => backstep.start(orderSaga, { input: { item: 'c' } }))
  await expect(after.result({ timeout: '20s' })).resolves.toMatchObject({ status: 'completed' })

  await worker.stop()
  await backstep.close()
  await postgres.close()
})
