import { Redis } from 'ioredis'
import { Client } from 'pg'

/** A server that ends while one talks to it is what some tests are about: the answer rejects. */
const ignoreLaterErrors = (client: Client | Redis): void => {
  client.on('error', () => {})
}

/** Runs one statement on a connection of its own and gives the column `answer` of its first row. */
export const askPostgres = async (url: string, statement: string): Promise<unknown> => {
  const client = new Client({ connectionString: url })
  ignoreLaterErrors(client)
  await client.connect()
  try {
    const { rows } = await client.query<{ readonly answer?: unknown }>(statement)
    return rows[0]?.answer
  } finally {
    await client.end()
  }
}

/** Runs one command on a connection of its own. Rejects at once when nobody listens. */
export const askRedis = async (url: string, ...command: readonly string[]): Promise<unknown> => {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null })
  ignoreLaterErrors(redis)
  await redis.connect()
  const [name = '', ...args] = command
  try {
    return await redis.call(name, ...args)
  } finally {
    redis.disconnect()
  }
}
