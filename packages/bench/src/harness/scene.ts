import type { System } from '../catalog/system.ts'
import type { Place } from '../runner/run-request.ts'
import type { BenchStores } from './bench-stores.ts'
import type { PostgresCounters, PostgresStore } from './postgres-store.ts'
import { startRestate, type RestateStore } from './restate-store.ts'
import type { Templates } from './templates.ts'

/** What scenes are made of. */
export interface SceneContext {
  readonly stores: BenchStores
  readonly templates: Templates
}

/** What the stores have counted so far; null where a store takes no part. */
export interface Counted {
  readonly postgres: PostgresCounters | null
  readonly redis: number | null
}

/** The stores of one run, as if nobody had been there before. */
export interface Scene {
  readonly place: Place
  /** The servers' processes. */
  readonly pids: readonly number[]
  readonly counters: () => Promise<Counted>
  readonly close: () => Promise<void>
}

/** Makes a fresh database, empties Redis, starts Restate: whatever the system needs. */
export const setScene = async (system: System, context: SceneContext): Promise<Scene> => {
  const needs = new Set(system.stores)
  const redis = needs.has('redis') ? context.stores.redis : null
  await redis?.empty()
  const database = await freshDatabase(system, context)
  const restate = needs.has('restate') ? await startRestate(partitionsOf(system)) : null
  const servers = [database?.server, redis, restate]
  return {
    place: placeOf(database, redis?.url ?? null, restate),
    pids: servers.flatMap((server) => server?.pid ?? []),
    counters: async () => ({
      postgres: (await database?.server.counters(database.name)) ?? null,
      redis: (await redis?.commands()) ?? null,
    }),
    close: async () => {
      await database?.server.drop(database.name)
      await restate?.close()
    },
  }
}

interface Database {
  readonly server: PostgresStore
  readonly name: string
}

const freshDatabase = async (
  system: System,
  { stores, templates }: SceneContext,
): Promise<Database | null> => {
  const server = stores.postgres
  if (server === null || !system.stores.includes('postgres')) return null
  const name = await server.create(await templates.of(system))
  await server.checkpoint()
  return { server, name }
}

const partitionsOf = ({ id, options }: System): number => {
  const { partitions } = options
  if (typeof partitions === 'number') return partitions
  throw new Error(`The settings of ${id} name no number of partitions.`)
}

const placeOf = (
  database: Database | null,
  redisUrl: string | null,
  restate: RestateStore | null,
): Place => ({
  databaseUrl: database === null ? null : database.server.urlOf(database.name),
  redisUrl,
  ingressUrl: restate?.ingressUrl ?? null,
  adminUrl: restate?.adminUrl ?? null,
})
