import {
  defineSaga,
  kyselyOf,
  reject,
  type SagaDefinition,
  type StepTransaction,
} from '@backstep/engine'
import type { Pool } from 'pg'
import { z } from 'zod'

/** Accounts with what is in them, and one line for each time that something was moved: no key keeps a second one out. */
export async function createAccounts(pool: Pool, accounts: readonly string[]): Promise<void> {
  await pool.query(`
    create table accounts (id text primary key, cents bigint not null check (cents >= 0));
    create table moves (saga_id uuid not null, step text not null, cents bigint not null)`)
  for (const id of accounts) await pool.query('insert into accounts values ($1, 1000)', [id])
}

interface Database {
  readonly moves: { saga_id: string; step: string; cents: number }
}

interface Move {
  readonly sagaId: string
  readonly step: string
  readonly account: string
  readonly cents: number
}

async function move(transaction: StepTransaction, { sagaId, step, account, cents }: Move) {
  const row = { saga_id: sagaId, step, cents }
  await kyselyOf<Database>(transaction).insertInto('moves').values(row).execute()
  const { rows } = await transaction.query<{ readonly left: string }>(
    'update accounts set cents = cents + $2 where id = $1 returning cents as left',
    [account, cents],
  )
  return rows[0]?.left ?? null
}

const input = z.object({ from: z.string(), to: z.string(), cents: z.int(), refused: z.boolean() })
const retry = { initialInterval: '5ms', maximumInterval: '50ms', maximumAttempts: 50 } as const
const compensationOptions = { transactional: true, retry } as const

/** Moves money between two accounts of the saga's own database, and back when the last step refuses. */
export const transferSaga: SagaDefinition<z.input<typeof input>, null> = defineSaga({
  name: 'transfer',
  version: 1,
  input,
  defaults: { retry },
})
  .step('debit', {
    transactional: true,
    action: ({ transaction, input: { from, cents }, sagaId, step }) =>
      move(transaction, { sagaId, step, account: from, cents: -cents }),
    compensation: async ({ transaction, input: { from, cents }, sagaId }) =>
      move(transaction, { sagaId, step: 'undo debit', account: from, cents }),
    compensationOptions,
  })
  .step('credit', {
    transactional: true,
    action: ({ transaction, input: { to, cents }, sagaId, step }) =>
      move(transaction, { sagaId, step, account: to, cents }),
    compensation: async ({ transaction, input: { to, cents }, sagaId }) =>
      move(transaction, { sagaId, step: 'undo credit', account: to, cents: -cents }),
    compensationOptions,
  })
  .pivot('approve', {
    // Else a rejection after a lost attempt would be stuck: nobody would know.
    transactional: true,
    action: ({ input: { refused } }) => {
      if (refused) throw reject('refused', 'Not approved.')
    },
  })

/** How often something was moved, by saga and step: `transfer debit`, once for each time. */
export async function movesOf(pool: Pool, sagaId: string): Promise<readonly string[]> {
  const sql = 'select step from moves where saga_id = $1 order by step'
  const { rows } = await pool.query<{ readonly step: string }>(sql, [sagaId])
  return rows.map(({ step }) => step)
}

/** What is in each account. */
export async function balances(pool: Pool): Promise<Readonly<Record<string, number>>> {
  const { rows } = await pool.query<{ id: string; cents: string }>(
    'select id, cents from accounts order by id',
  )
  return Object.fromEntries(rows.map(({ id, cents }) => [id, Number(cents)]))
}
