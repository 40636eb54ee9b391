import { migrateBarrier, pruneBarrier } from '@backstep/engine/barrier'

/** Once for each deployment, beside the service's own migrations. */
export async function prepareStock(databaseUrl: string): Promise<void> {
  await migrateBarrier({ databaseUrl })
}

/** Once a day, or never. */
export async function forgetOldRequests(databaseUrl: string): Promise<number> {
  return pruneBarrier({ databaseUrl, olderThan: '180d' })
}
