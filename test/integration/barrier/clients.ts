import { barrier, type BarrierContext } from '@backstep/engine/barrier'
import type { ClientBase, PoolClient } from 'pg'

import { enter, type Participant } from './participant.ts'

/** Runs `work` on a connection that is closed afterwards, whatever state it is in. */
export const onClient = async <T>(
  { pool }: Participant,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> => {
  const client = await pool.connect()
  try {
    return await work(client)
  } finally {
    client.release(true)
  }
}

/** Calls the barrier with an effect in the ledger; to begin and to commit is left to the test. */
export const callOn = (client: ClientBase, context: BarrierContext) =>
  barrier(client, context, (same) => enter(same, context))

/** For calls whose effect is not due. */
export const neverRun = (): never => {
  throw new Error('This must not run.')
}

/** What is thrown, or what is not. */
export const failure = (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.then(
    (value) => value,
    (error: unknown) => error,
  )
