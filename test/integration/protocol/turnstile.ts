import { Client, type Pool } from 'pg'
import { expect } from 'vitest'

import { eventually } from '../../support/eventually.ts'

/** Where a transaction that debits an account can be held up by the server itself. */
export type Place = 'statement' | 'append' | 'commit'

const numbers: Readonly<Record<Place, number>> = { statement: 71, append: 72, commit: 73 }

const debited = `'[{"type": "action_succeeded", "step": "debit"}]'::jsonb`

function pass(place: Place): string {
  return `create function pass_${place}() returns trigger language plpgsql as $$ begin
      perform pg_advisory_lock_shared(${numbers[place]});
      perform pg_advisory_unlock_shared(${numbers[place]});
      return new;
    end $$;`
}

/** Puts a turnstile into each place; they are open. */
export async function placeTurnstiles(pool: Pool): Promise<void> {
  await pool.query(`
    ${pass('statement')} ${pass('append')} ${pass('commit')}
    create trigger pass_statement before insert on moves
      for each row when (new.step = 'debit') execute function pass_statement();
    create trigger pass_append before insert on backstep.saga_journal
      for each row when (new.events @> ${debited}) execute function pass_append();
    create constraint trigger pass_commit after insert on backstep.saga_journal
      deferrable initially deferred
      for each row when (new.events @> ${debited}) execute function pass_commit();`)
}

/** A closed turnstile: whoever comes to that place waits there. */
export class Turnstile {
  readonly #client: Client
  readonly #pool: Pool

  private constructor(client: Client, pool: Pool) {
    this.#client = client
    this.#pool = pool
  }

  static async close(pool: Pool, place: Place): Promise<Turnstile> {
    const client = new Client(pool.options)
    await client.connect()
    await client.query('select pg_advisory_lock($1)', [numbers[place]])
    return new Turnstile(client, pool)
  }

  /** Waits until a session stands there, and gives back its process id. */
  async reached(): Promise<number> {
    return eventually(async () => {
      const { rows } = await this.#pool.query<{ readonly pid: number }>(
        `select pid from pg_stat_activity
        where datname = current_database() and wait_event = 'advisory'`,
      )
      const [row] = rows
      if (row === undefined) throw new Error('Nobody is there yet.')
      return row.pid
    })
  }

  /** Lets everybody through. */
  async open(): Promise<void> {
    await this.#client.end()
  }
}

/** Waits until a session does nothing but wait for its client: inside its transaction, or after it. */
export async function untilIdle(
  pool: Pool,
  pid: number,
  state: 'idle' | 'idle in transaction',
): Promise<void> {
  await eventually(async () => {
    const { rows } = await pool.query('select state from pg_stat_activity where pid = $1', [pid])
    expect(rows).toEqual([{ state }])
  })
}

/** Ends a session from the server's side. */
export async function endSession(pool: Pool, pid: number): Promise<void> {
  await pool.query('select pg_terminate_backend($1)', [pid])
}
