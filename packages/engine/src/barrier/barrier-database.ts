import { Client, type ClientBase, type Pool } from 'pg'

/** The participant's Postgres: an address, or a pool of the caller's, which is only used. */
export type BarrierDatabase = (
  | { readonly databaseUrl: string; readonly pool?: undefined }
  | { readonly pool: Pool; readonly databaseUrl?: undefined }
) & {
  /** `backstep_barrier` unless said otherwise. */
  readonly schema?: string
}

/** Runs `work` on one connection. */
export async function withConnection<Result>(
  { pool, databaseUrl }: BarrierDatabase,
  work: (client: ClientBase) => Promise<Result>,
): Promise<Result> {
  if (pool !== undefined) {
    const client = await pool.connect()
    try {
      return await work(client)
    } finally {
      client.release()
    }
  }
  const client = new Client({ connectionString: databaseUrl })
  // Without a listener, a connection that breaks would end the process; the statement in progress reports it anyway.
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
