const required = (name: 'DATABASE_URL' | 'REDIS_URL'): string => {
  const url = process.env[name]
  if (url) return url
  throw new Error(`${name} is not set. Run the tests with "pnpm test", which starts servers.`)
}

/** The Postgres that all tests share. Each file makes a database of its own in it. */
export const databaseUrl = (): string => required('DATABASE_URL')

/** The Redis that all tests share. Each file uses a key prefix of its own and never flushes. */
export const redisUrl = (): string => required('REDIS_URL')
