import type { StoreName, System } from '../catalog/system.ts'
import { PostgresStore } from './postgres-store.ts'
import { startRedisStore, type RedisStore } from './redis-store.ts'

/** The servers that live as long as the bench; null where no chosen system needs one. */
export interface BenchStores {
  readonly postgres: PostgresStore | null
  readonly redis: RedisStore | null
  readonly close: () => Promise<void>
}

/** Starts what the systems need. The servers end with this process at the latest. */
export const startStores = async (
  systems: readonly System[],
  signal: AbortSignal,
): Promise<BenchStores> => {
  const needed = (store: StoreName): boolean => systems.some(({ stores }) => stores.includes(store))
  const postgres = needed('postgres') ? await PostgresStore.start(signal) : null
  try {
    const redis = needed('redis') ? await startRedisStore(signal) : null
    return {
      postgres,
      redis,
      close: async () => {
        await redis?.close()
        await postgres?.close()
      },
    }
  } catch (error) {
    await postgres?.close()
    throw error
  }
}
