import { randomUUID } from 'node:crypto'

import { isBackstepError } from '@backstep/engine'
import { barrier } from '@backstep/engine/barrier'
import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'

import { callOn, failure, neverRun, onClient } from './clients.ts'
import {
  createParticipant,
  deltas,
  ledgerEntry,
  newAction,
  undoOf,
  type Participant,
} from './participant.ts'

let participant: Participant

beforeAll(async () => {
  participant = await createParticipant()
})

afterAll(() => participant.drop())

it('plugins and another schema do not get at our columns', async () => {
  const dialect = new PostgresDialect({ pool: participant.pool })
  const db = new Kysely<{ ledger: { key: string; delta: number } }>({
    dialect,
    plugins: [new CamelCasePlugin()],
  }).withSchema('public')
  const context = newAction()
  const output = { snake_case: 1 }
  for (const status of ['done', 'repeated']) {
    const result = await db.transaction().execute((transaction) =>
      barrier(transaction, context, async (same) => {
        await same.insertInto('ledger').values(ledgerEntry(context)).execute()
        return output
      }),
    )
    expect(result).toEqual({ status, output })
  }
  expect(await deltas(participant, context)).toEqual([1])
})

const textOid = 25

/** Parsers that spoil every value, those of texts only if they are told to. */
const parserOf =
  (keepsTexts: boolean) =>
  (oid: number) =>
  (value: string | Buffer): unknown =>
    keepsTexts && oid === textOid ? value : 'spoilt'

const connect = async (keepsTexts: boolean): Promise<Client> => {
  const client = new Client({
    connectionString: participant.url,
    types: { getTypeParser: parserOf(keepsTexts) },
    options: '-c search_path=pg_catalog',
  })
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

it('type parsers and a search path do not get at our values', async () => {
  const client = await connect(true)
  const context = newAction()
  for (const status of ['done', 'repeated']) {
    await client.query('begin')
    expect(await barrier(client, context, () => ({ id: 1 }))).toEqual({
      status,
      output: { id: 1 },
    })
    await client.query('commit')
  }
})

it('a row that cannot be read is refused, not guessed', async () => {
  const client = await connect(false)
  for (const context of [newAction(), undoOf(newAction())]) {
    await client.query('begin')
    const error = await failure(barrier(client, context, neverRun))
    expect(isBackstepError(error, 'DATABASE_NOT_MIGRATED')).toBe(true)
    await client.query('rollback')
  }
})

it('a role needs no more rights than docs/barrier.md asks for', async () => {
  const role = `service_${randomUUID().replaceAll('-', '')}`
  const { pool } = participant
  await pool.query(`
    create role ${role};
    grant usage on schema backstep_barrier to ${role};
    grant select, insert, update on backstep_barrier.effects to ${role};
    grant insert on ledger to ${role}`)
  onTestFinished(async () => {
    await pool.query(`drop owned by ${role}; drop role ${role}`)
  })
  const context = newAction()
  await onClient(participant, async (client) => {
    await client.query(`set role ${role}`)
    for (const step of [context, context, undoOf(context), undoOf(context)]) {
      await client.query('begin')
      await callOn(client, step)
      await client.query('commit')
    }
  })
  expect(await deltas(participant, context)).toEqual([-1, 1])
})
