import { findExecutable } from './find-executable.ts'
import type { RedisBinary } from './redis-binary.ts'
import { unpackRedis } from './unpack-redis.ts'

/** Where the binary comes from: the machine's own, or the system's package in our cache. */
export type RedisSource = 'installed' | 'unpacked'

/** The Redis or Valkey of this machine, if it has one. */
export const findInstalledRedis = (): RedisBinary | undefined => {
  const file = findExecutable('redis-server') ?? findExecutable('valkey-server')
  return file === undefined ? undefined : { file, env: {} }
}

/**
 * Finds a Redis to start: the machine's own first, then the system's package, downloaded and
 * unpacked into the project's cache (never installed). Throws when neither is to be had.
 */
export const findRedis = async (source: RedisSource | undefined): Promise<RedisBinary> => {
  const installed = source === 'unpacked' ? undefined : findInstalledRedis()
  if (installed !== undefined) return installed
  if (source !== 'installed') return await unpackRedis()
  throw new Error(
    'Neither redis-server nor valkey-server is on PATH. Install one, or set REDIS_URL.',
  )
}
