export { resolveServers, type ResolveServersOptions, type Servers } from './resolve-servers.ts'
export { startPostgres, type PostgresServer, type StartPostgresOptions } from './start-postgres.ts'
export { startRedis, type RedisServer, type StartRedisOptions } from './start-redis.ts'
