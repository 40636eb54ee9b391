import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'

import {
  barrier,
  migrateBarrier,
  type BarrierActionContext,
  type BarrierCompensationContext,
  type BarrierContext,
} from '@backstep/engine/barrier'
import { Kysely, PostgresDialect, type IsolationLevel } from 'kysely'
import { Pool, type ClientBase } from 'pg'

import { createTestDatabase } from '../../support/test-database.ts'

/** The participant's own table: what has taken effect, outside of the barrier's. */
interface ParticipantTables {
  ledger: { key: string; delta: number }
}

/** The database of a service that takes part in sagas. */
export interface Participant {
  readonly url: string
  readonly pool: Pool
  readonly db: Kysely<ParticipantTables>
  readonly drop: () => Promise<void>
}

const migration = readFileSync(
  new URL('../../../packages/engine/src/barrier/migrations/0001_effects.sql', import.meta.url),
  'utf8',
)

/** Makes one that nobody else uses, with the barrier's table in it. Drop it in `afterAll`. */
export const createParticipant = async (connections = 10): Promise<Participant> => {
  const database = await createTestDatabase({
    template: { key: `participant ${migration}`, prepare: prepareParticipant },
  })
  const pool = new Pool({ connectionString: database.url, max: connections })
  pool.on('error', () => {})
  const db = new Kysely<ParticipantTables>({ dialect: new PostgresDialect({ pool }) })
  return {
    url: database.url,
    pool,
    db,
    drop: async () => {
      await pool.end()
      await database.drop()
    },
  }
}

const prepareParticipant = async (databaseUrl: string): Promise<void> => {
  await migrateBarrier({ databaseUrl })
  const pool = new Pool({ connectionString: databaseUrl })
  await pool.query('create table ledger (key text not null, delta integer not null)')
  await pool.end()
}

/** An action that nobody has called yet. */
export const newAction = (round = 1): BarrierActionContext => ({
  sagaId: randomUUID(),
  branch: 'main',
  step: 'reserve',
  kind: 'action',
  round,
})

/** The compensation of an action; in the action's own round and of unknown outcome unless said otherwise. */
export const undoOf = (
  { sagaId, branch, step, round }: BarrierActionContext,
  changes: Partial<BarrierCompensationContext> = {},
): BarrierCompensationContext => ({
  sagaId,
  branch,
  step,
  round,
  kind: 'compensation',
  actionRound: round,
  outcome: 'unknown',
  ...changes,
})

/** A call with an effect in the ledger, and what it returns. */
export interface Call {
  readonly context: BarrierContext
  readonly output?: unknown
  readonly isolation?: IsolationLevel
}

/** What a call came to once it was committed. */
export interface CallResult {
  readonly status: 'done' | 'repeated' | 'noop'
  readonly reason?: string
  readonly output?: unknown
}

/** A kind of transaction, and how a service calls the barrier in it. */
export interface Way {
  readonly name: string
  readonly call: (participant: Participant, call: Call) => Promise<CallResult>
}

/** An effect that counts one up, or the one down that takes it back. */
export const ledgerEntry = ({ sagaId, kind }: BarrierContext) => ({
  key: sagaId,
  delta: kind === 'action' ? 1 : -1,
})

const onKysely: Way = {
  name: 'Kysely',
  call: ({ db }, { context, output, isolation = 'read committed' }) =>
    db
      .transaction()
      .setIsolationLevel(isolation)
      .execute((transaction) =>
        barrier(transaction, context, async (same) => {
          await same.insertInto('ledger').values(ledgerEntry(context)).execute()
          return output
        }),
      ),
}

const onPg: Way = {
  name: 'pg',
  call: async ({ pool }, { context, output, isolation = 'read committed' }) => {
    const client = await pool.connect()
    try {
      await client.query(`begin isolation level ${isolation}`)
      const result = await barrier(client, context, async (same) => {
        await enter(same, context)
        return output
      })
      await client.query('commit')
      return result
    } catch (error) {
      await client.query('rollback')
      throw error
    } finally {
      client.release()
    }
  },
}

/** Both kinds of transaction. */
export const ways: readonly Way[] = [onKysely, onPg]

/** Writes the effect of a call into the ledger. */
export const enter = async (client: ClientBase, context: BarrierContext): Promise<void> => {
  const { key, delta } = ledgerEntry(context)
  await client.query('insert into ledger values ($1, $2)', [key, delta])
}

/** What has taken effect for a saga, in order of size: `[-1, 1]` for something that was done and undone. */
export const deltas = async (
  { pool }: Participant,
  { sagaId }: { readonly sagaId: string },
): Promise<readonly number[]> => {
  const { rows } = await pool.query<{ delta: number }>(
    'select delta from ledger where key = $1 order by delta',
    [sagaId],
  )
  return rows.map(({ delta }) => delta)
}

/** The barrier's rows of a saga. */
export const effectsOf = async (
  { pool }: Participant,
  { sagaId }: { readonly sagaId: string },
): Promise<readonly Readonly<Record<string, unknown>>[]> => {
  const { rows } = await pool.query(
    `select branch, step, round, state, calls, output from backstep_barrier.effects
     where saga_id = $1 order by branch, step, round`,
    [sagaId],
  )
  return rows
}
