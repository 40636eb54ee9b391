import { createBackstep, startWorker, type Backstep, type RunningWorker } from '@backstep/engine'
import { Pool } from 'pg'

import { createEngineDatabase } from '../support/engine-database.ts'
import { orderSaga, quickTuning } from './order-saga.ts'

/** A client and a worker of the order saga, on a database of their own. */
export interface EngineScene {
  readonly backstep: Backstep
  readonly worker: RunningWorker
  /** The application's own connections to the same database. */
  readonly pool: Pool
  readonly close: () => Promise<void>
}

/** Opens a scene; hints go through Redis when there is a URL, else through Postgres. */
export async function openEngineScene(schema: string, redisUrl?: string): Promise<EngineScene> {
  const database = await createEngineDatabase(schema)
  const backstep = createBackstep({ databaseUrl: database.url, redisUrl, schema })
  const pool = new Pool({ connectionString: database.url })
  const worker = await startWorker({ backstep, sagas: [orderSaga], ...quickTuning })
  const close = async (): Promise<void> => {
    await worker.stop()
    await backstep.close()
    await pool.end()
    await database.drop()
  }
  return { backstep, worker, pool, close }
}
