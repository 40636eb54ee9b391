import { createBackstep, type Backstep } from '@backstep/engine'

import { createShop } from '../shop/create-shop.ts'
import { openShopDatabase, type ShopDatabase } from '../shop/shop-database.ts'
import { createDemoDatabase } from './demo-database.ts'
import { openDemoServers } from './demo-servers.ts'
import { runBackstep } from './programs.ts'

/** Everything that the demo plays on: servers, a migrated database, the shop, and a client. */
export interface Stage {
  /** What was started, and where hints go, for a line to the user. */
  readonly description: string
  /** What Backstep's programs are told. */
  readonly env: NodeJS.ProcessEnv
  readonly backstep: Backstep
  readonly shop: ShopDatabase
}

/** Things to do in the end, last one first, whatever happened. */
export type Endings = (() => Promise<void>)[]

// Of its own, so that the demo's queues are not those of somebody else on the same Redis.
const schema = 'backstep_demo'

/**
 * Sets the stage. What it opens it adds to `endings` at once, so that it is closed also when what comes next fails.
 *
 * @throws Error when a server cannot be started or the database cannot be migrated
 */
export async function setStage(env: NodeJS.ProcessEnv, endings: Endings): Promise<Stage> {
  const servers = await openDemoServers(env)
  endings.push(() => servers.close())
  const database = await createDemoDatabase(servers.databaseUrl)
  endings.push(() => database.drop())
  const programEnv = {
    ...env,
    DATABASE_URL: database.url,
    REDIS_URL: servers.redisUrl ?? undefined,
    BACKSTEP_SCHEMA: schema,
    // A crash is noticed when a lease has run out. The defaults of 10s and 3s are kinder to the database.
    BACKSTEP_LEASE: '3s',
    BACKSTEP_HEARTBEAT: '1s',
    BACKSTEP_HTTP_PORT: '0',
  }
  await runBackstep(['migrate'], programEnv)
  const shop = openShopDatabase(database.url)
  endings.push(() => shop.destroy())
  await createShop(shop)
  const backstep = createBackstep({
    databaseUrl: database.url,
    redisUrl: servers.redisUrl ?? undefined,
    schema,
  })
  endings.push(() => backstep.close())
  const started = servers.started.length > 0 ? `Started ${servers.started.join(' and ')}. ` : ''
  const queue = servers.redisUrl === null ? 'Postgres alone: no Redis' : 'Postgres and Redis'
  return { description: `${started}Running on ${queue}.`, env: programEnv, backstep, shop }
}
