import { createHash, randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'

import { Client } from 'pg'

import { databaseUrl } from './server-urls.ts'

/** A database that nobody else uses. */
export type TestDatabase = {
  readonly url: string
  /** Lets connections that are closing close, ends those that are left, and drops it. */
  readonly drop: () => Promise<void>
}

/** What is in the database from the start. */
export type TestDatabaseOptions = {
  /** Which server; the one that the tests share unless said otherwise. */
  readonly serverUrl?: string
  /**
   * A state that many files begin with, such as a migrated schema. `prepare` runs once per server
   * and `key`; from then on databases are cloned, which takes some 30 ms. Whatever changes what
   * `prepare` does belongs into the key: a sum over the migrations, for example.
   */
  readonly template?: {
    readonly key: string
    readonly prepare: (url: string) => Promise<void>
  }
}

/** Makes a database for one test file, from a template when one is given. Drop it in `afterAll`. */
export const createTestDatabase = async (
  options: TestDatabaseOptions = {},
): Promise<TestDatabase> => {
  const serverUrl = options.serverUrl ?? databaseUrl()
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await withClient(serverUrl, async (client) => {
    const { template } = options
    if (template === undefined) {
      await client.query(`create database ${name}`)
      return
    }
    await withTemplateLock(client, async () => {
      const source = await ensureTemplate(client, serverUrl, template)
      await client.query(`create database ${name} template ${source}`)
    })
  })
  return {
    url: urlOf(serverUrl, name),
    drop: () =>
      withClient(serverUrl, async (client) => {
        await untilNobodyIsIn(client, name)
        await client.query(`drop database if exists ${name} with (force)`)
      }),
  }
}

/**
 * Waits until nobody is connected, for 2 s at most. `pool.end()` of pg is through before the server has closed its
 * connections; one that the server ends by force in between is an error of a pool to which nobody listens any more.
 */
const untilNobodyIsIn = async (client: Client, database: string): Promise<void> => {
  const deadline = Date.now() + 2_000
  while (Date.now() < deadline) {
    const found = await client.query('select from pg_stat_activity where datname = $1', [database])
    if (found.rowCount === 0) return
    await setTimeout(10)
  }
}

// Chosen once: a template can be neither made twice nor copied while somebody is connected to it.
const TEMPLATE_LOCK = 7_223_372

const withTemplateLock = async (client: Client, work: () => Promise<void>): Promise<void> => {
  await client.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK])
  try {
    await work()
  } finally {
    await client.query('select pg_advisory_unlock($1)', [TEMPLATE_LOCK])
  }
}

const ensureTemplate = async (
  client: Client,
  serverUrl: string,
  template: NonNullable<TestDatabaseOptions['template']>,
): Promise<string> => {
  const sum = createHash('sha256').update(template.key).digest('hex').slice(0, 32)
  const name = `template_${sum}`
  const found = await client.query('select from pg_database where datname = $1', [name])
  if (found.rowCount === 1) return name
  // Prepared under another name: a template that was left half done must not be found next time.
  const draft = `draft_${sum}`
  await client.query(`drop database if exists ${draft} with (force)`)
  await client.query(`create database ${draft}`)
  await template.prepare(urlOf(serverUrl, draft))
  await client.query(`alter database ${draft} rename to ${name}`)
  return name
}

const urlOf = (serverUrl: string, database: string): string => {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}

const withClient = async (url: string, work: (client: Client) => Promise<void>): Promise<void> => {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
