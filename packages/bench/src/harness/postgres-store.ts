import { startPostgres } from '@backstep/servers'
import { Client, escapeIdentifier } from 'pg'

import { childrenParent } from './postmaster.ts'

/** What Postgres has counted so far, about one database unless said otherwise. */
export interface PostgresCounters {
  readonly commits: number
  /** Bytes written to the log of the whole server, which nobody else uses. */
  readonly walBytes: number
  readonly inserted: number
  readonly updated: number
  readonly deleted: number
  readonly hotUpdated: number
}

/** The bench's own Postgres: durable as by default, with a database for each run. */
export class PostgresStore {
  readonly version: string
  readonly pid: number
  readonly settings: Readonly<Record<string, string>>
  readonly #url: string
  readonly #admin: Client
  readonly #close: () => Promise<void>
  #databases = 0

  private constructor(
    facts: Pick<PostgresStore, 'version' | 'pid' | 'settings'>,
    place: { readonly url: string; readonly admin: Client; readonly close: () => Promise<void> },
  ) {
    this.version = facts.version
    this.pid = facts.pid
    this.settings = facts.settings
    this.#url = place.url
    this.#admin = place.admin
    this.#close = place.close
  }

  static async start(signal: AbortSignal): Promise<PostgresStore> {
    const server = await startPostgres({ signal })
    const admin = new Client({ connectionString: server.url })
    // When the server is ended first, nobody waits for this connection any more.
    admin.on('error', () => {})
    await admin.connect()
    const close = async (): Promise<void> => {
      await admin.end().catch(() => {})
      await server.close()
    }
    try {
      return new PostgresStore(await factsOf(admin), { url: server.url, admin, close })
    } catch (error) {
      await close()
      throw error
    }
  }

  /** Makes a database, a copy of `template` if one is named, and returns its name. */
  async create(template?: string): Promise<string> {
    this.#databases += 1
    const name = `bench_${this.#databases}`
    const copy = template === undefined ? '' : ` template ${escapeIdentifier(template)}`
    await this.#admin.query(`create database ${escapeIdentifier(name)}${copy}`)
    return name
  }

  /** Writes dirty pages out, so that no run pays for the one before. */
  async checkpoint(): Promise<void> {
    await this.#admin.query('checkpoint')
  }

  async drop(name: string): Promise<void> {
    await this.#admin.query(`drop database ${escapeIdentifier(name)} with (force)`)
  }

  urlOf(name: string): string {
    const url = new URL(this.#url)
    url.pathname = `/${name}`
    return url.href
  }

  /** Complete only for sessions that have ended: others report now and then. */
  async counters(name: string): Promise<PostgresCounters> {
    const { rows } = await this.#admin.query<{ commits: number; wal: number }>(
      `select xact_commit::float8 as commits, (pg_current_wal_lsn() - '0/0')::float8 as wal
         from pg_stat_database where datname = $1`,
      [name],
    )
    const tables = await this.#tableCounters(name)
    return { commits: rows[0]?.commits ?? 0, walBytes: rows[0]?.wal ?? 0, ...tables }
  }

  readonly close = (): Promise<void> => this.#close()

  async #tableCounters(name: string): Promise<Omit<PostgresCounters, 'commits' | 'walBytes'>> {
    const client = new Client({ connectionString: this.urlOf(name) })
    await client.connect()
    try {
      const { rows } = await client.query(
        `select coalesce(sum(n_tup_ins), 0)::float8 as inserted,
                coalesce(sum(n_tup_upd), 0)::float8 as updated,
                coalesce(sum(n_tup_del), 0)::float8 as deleted,
                coalesce(sum(n_tup_hot_upd), 0)::float8 as "hotUpdated"
           from pg_stat_user_tables`,
      )
      return rows[0]
    } finally {
      await client.end()
    }
  }
}

const REPORTED = ['fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers', 'wal_level']

const factsOf = async (
  admin: Client,
): Promise<Pick<PostgresStore, 'version' | 'pid' | 'settings'>> => {
  const { rows } = await admin.query<{ version: string; pid: number }>(
    `select current_setting('server_version') as version, pg_backend_pid() as pid`,
  )
  const settings = await admin.query<{ name: string; value: string }>(
    `select name, current_setting(name) as value from pg_settings where name = any($1) order by name`,
    [REPORTED],
  )
  const [facts] = rows
  if (facts === undefined) throw new Error('Postgres did not say who it is.')
  return {
    version: facts.version,
    pid: childrenParent(facts.pid),
    settings: Object.fromEntries(settings.rows.map(({ name, value }) => [name, value])),
  }
}
