import { openPostgres, PostgresStore } from '@backstep/engine/postgres'

import { CockatielBreakers } from '../../../packages/engine/src/cockatiel/index.ts'
import type { TaskQueue } from '../../../packages/engine/src/ports/task-queue.ts'
import { Backstep } from '../../../packages/engine/src/runtime/backstep.ts'
import { silentLogger } from '../../../packages/engine/src/runtime/silent-logger.ts'
import { systemClock } from '../../../packages/engine/src/runtime/system-clock.ts'
import { systemIds } from '../../../packages/engine/src/runtime/system-ids.ts'
import { noQueue } from './no-queue.ts'

/** A client on Postgres, and the store beneath it. */
export interface PostgresEngine {
  readonly backstep: Backstep
  readonly store: PostgresStore
}

/** The whole engine on a real Postgres. Unless there is a queue, sweeps find everything. Close it before the database goes. */
export function postgresEngine(databaseUrl: string, queue: TaskQueue = noQueue): PostgresEngine {
  const connection = openPostgres({ databaseUrl, poolSize: 5 })
  const store = new PostgresStore(connection)
  const stores = {
    sagas: store,
    tasks: store,
    transactions: store,
    definitions: store,
    queries: store,
    limits: store,
    pauses: store,
  }
  const breakers = new CockatielBreakers()
  const parts = { breakers, clock: systemClock, ids: systemIds, logger: silentLogger }
  const engine = { ...stores, ...parts, queue }
  return { backstep: new Backstep(engine, () => connection.close()), store }
}
