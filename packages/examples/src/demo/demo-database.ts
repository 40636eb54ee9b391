import { randomBytes } from 'node:crypto'

import { Client } from 'pg'

/** A database that only the demo uses. */
export interface DemoDatabase {
  readonly url: string
  /** Ends every connection to it and drops it. */
  drop(): Promise<void>
}

/** Creates a database on the server that a URL names: nothing that is there already is touched. */
export async function createDemoDatabase(serverUrl: string): Promise<DemoDatabase> {
  const name = `backstep_demo_${randomBytes(4).toString('hex')}`
  await execute(serverUrl, `create database ${name}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return {
    url: url.href,
    drop: () => execute(serverUrl, `drop database if exists ${name} with (force)`),
  }
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
