import { isRejection } from '@backstep/engine'
import { sql } from 'kysely'
import { barrier, type BarrierContext } from '@backstep/engine/barrier'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { callOn } from './clients.ts'
import {
  createParticipant,
  deltas,
  effectsOf,
  ledgerEntry,
  newAction,
  undoOf,
  type Participant,
} from './participant.ts'

const connections = 16
const sagas = 60

let participant: Participant

beforeAll(async () => {
  participant = await createParticipant(connections)
})

afterAll(() => participant.drop())

// Nobody waits for these: they only let transactions meet at ever other places.
const pause = 'select pg_sleep(random() * 0.004)'

const onKysely = (context: BarrierContext): Promise<unknown> =>
  participant.db.transaction().execute(async (transaction) => {
    await sql.raw(pause).execute(transaction)
    return barrier(transaction, context, async (same) => {
      await same.insertInto('ledger').values(ledgerEntry(context)).execute()
      await sql.raw(pause).execute(same)
      return Math.random()
    })
  })

const onPg =
  (isolation: string) =>
  async (context: BarrierContext): Promise<unknown> => {
    const client = await participant.pool.connect()
    try {
      await client.query(`begin isolation level ${isolation}`)
      const result = await callOn(client, context)
      await client.query(pause)
      await client.query('commit')
      return result
    } catch (error) {
      await client.query('rollback')
      throw error
    } finally {
      client.release()
    }
  }

const ways = [onKysely, onPg('read committed'), onPg('repeatable read'), onPg('serializable')]

const lostRace = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === '40001'

/** As a saga does: again until there is an answer, in one kind of transaction or another. */
const answer = async (context: BarrierContext): Promise<unknown> => {
  for (;;) {
    const way = ways[Math.floor(Math.random() * ways.length)] ?? onKysely
    try {
      return await way(context)
    } catch (error) {
      if (isRejection(error)) return error.code
      if (!lostRace(error)) throw error
    }
  }
}

const each = async (work: (context: ReturnType<typeof newAction>) => Promise<void>) => {
  await Promise.all(Array.from({ length: sagas }, () => work(newAction())))
}

it('an action and its compensation that race leave nothing, whoever wins', async () => {
  const ends: (readonly number[])[] = []
  await each(async (context) => {
    const later = undoOf(context, { round: 2, actionRound: 1 })
    await Promise.all([context, undoOf(context), context, later].map(answer))
    const effects = await deltas(participant, context)
    ends.push(effects)
    expect(await answer(context)).toBe('undone')
    expect(await deltas(participant, context)).toEqual(effects)
  })
  const undone = ends.filter((effects) => effects.length > 0)
  expect(undone).toEqual(undone.map(() => [-1, 1]))
})

it('an action that is called many times at once has one effect', async () => {
  await each(async (context) => {
    await Promise.all([context, context, context].map(answer))
    expect(await deltas(participant, context)).toEqual([1])
  })
})

it('compensations that race undo once, and the round after them stands', async () => {
  await each(async (context) => {
    await answer(context)
    const next = { ...context, round: 2 }
    await Promise.all([undoOf(context), next, undoOf(context), next].map(answer))
    expect(await deltas(participant, context)).toEqual([-1, 1, 1])
    expect(await effectsOf(participant, context)).toMatchObject([
      { round: 1, state: 'undone' },
      { round: 2, state: 'done' },
    ])
  })
})
