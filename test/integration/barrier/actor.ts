import { barrier, type BarrierActionContext } from '@backstep/engine/barrier'
import type { Pool, PoolClient } from 'pg'

import { eventually } from '../../support/eventually.ts'
import { failure } from './clients.ts'
import { enter, undoOf } from './participant.ts'

/** A transaction with one call of the barrier in it. */
export interface Part {
  readonly kind: 'action' | 'compensation'
  readonly isolation: 'read committed' | 'repeatable read'
  /** Whether its snapshot is taken before the call, in which case it may miss what others have committed. */
  readonly looksFirst: boolean
  readonly end: 'commit' | 'rollback' | 'rollback to savepoint'
}

/** What came of a part. */
export interface Ending {
  readonly part: Part
  /** What the barrier resolved to, or what it threw. */
  readonly result: unknown
  /** Whether that was committed. */
  readonly stands: boolean
}

/** Who plays a part, on a connection, step by step. */
export interface Actor {
  /** Takes the next of three steps: begin, call, end. Resolves when it is done, or waits for another one's transaction. */
  readonly next: () => Promise<void>
  /** Resolves when all steps that were taken are done. */
  readonly ending: () => Promise<Ending>
}

/** Gives a part to an actor. `pool` is to look on with. */
export const castActor = (
  part: Part,
  action: BarrierActionContext,
  { client, pool }: { readonly client: PoolClient; readonly pool: Pool },
): Actor => {
  let result: unknown = null
  let pid = 0
  const steps = [
    async () => {
      pid = await begin(client, part)
    },
    async () => {
      result = await call(client, part, action)
    },
    () => end(client, part, result instanceof Error),
  ]
  let under: Promise<void> = Promise.resolve()
  let busy = 0
  const take = async (step: () => Promise<void>): Promise<void> => {
    busy += 1
    under = under.then(step)
    await under
    busy -= 1
  }
  return {
    next: async () => {
      const step = steps.shift()
      if (step === undefined) return
      const taken = take(step)
      await eventually(async () => {
        if (busy === 0 || (await waits(pool, pid))) return
        // It may have come to its end while we looked whether it waits.
        if (busy > 0) throw new Error('It is at work.')
      })
      if (busy === 0) await taken
    },
    ending: async () => {
      await under
      const stands = !(result instanceof Error) && part.end === 'commit'
      return { part, result, stands }
    },
  }
}

const begin = async (client: PoolClient, { isolation, looksFirst }: Part): Promise<number> => {
  await client.query(`begin isolation level ${isolation}`)
  if (looksFirst) await client.query('select from ledger')
  await client.query('savepoint before')
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]?.pid ?? 0
}

const call = (client: PoolClient, { kind }: Part, action: BarrierActionContext) => {
  const context = kind === 'action' ? action : undoOf(action)
  const effect = async (same: PoolClient): Promise<number> => {
    await enter(same, context)
    return Math.random()
  }
  return failure(barrier(client, context, effect))
}

const end = async (client: PoolClient, part: Part, failed: boolean): Promise<void> => {
  if (part.end === 'rollback to savepoint') await client.query('rollback to savepoint before')
  await client.query(failed || part.end === 'rollback' ? 'rollback' : 'commit')
}

const waits = async (pool: Pool, pid: number): Promise<boolean> => {
  const { rows } = await pool.query<{ waits: boolean }>(
    'select cardinality(pg_blocking_pids($1)) > 0 as waits',
    [pid],
  )
  return rows[0]?.waits === true
}
