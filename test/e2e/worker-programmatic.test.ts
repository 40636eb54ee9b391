import { createBackstep, type Logger } from '@backstep/engine'
import { readConfiguration, startWorkerService } from '@backstep/worker'
import { expect, it, onTestFinished } from 'vitest'

import { createEngineDatabase } from '../support/engine-database.ts'
import { orderSaga, sagas } from './fixtures/order-sagas.ts'

const logger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

it('runs inside an application, on Postgres alone', async () => {
  const database = await createEngineDatabase()
  onTestFinished(() => database.drop())
  const read = readConfiguration({ DATABASE_URL: database.url, BACKSTEP_HTTP_PORT: '0' })
  if (!read.ok) throw new Error(read.problems.join(' '))
  const service = await startWorkerService({ configuration: read.configuration, sagas, logger })
  const backstep = createBackstep({ databaseUrl: database.url })
  const saga = await backstep.start(orderSaga, { input: { fate: 'shipped' } })
  expect(await saga.result({ timeout: '30s' })).toMatchObject({
    status: 'completed',
    output: { parcel: 'p-1' },
  })
  await backstep.close()

  expect(service.queues).toEqual(['default'])
  expect((await fetch(`${service.url}/readyz`)).status).toBe(200)
  await Promise.all([service.stop(), service.stop()])
  await expect(fetch(`${service.url}/readyz`)).rejects.toThrow('fetch failed')
})
