import { isRejection } from '@backstep/engine'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { eventually } from '../../support/eventually.ts'
import { callOn, failure, onClient } from './clients.ts'
import { createParticipant, deltas, newAction, undoOf, type Participant } from './participant.ts'

let participant: Participant

beforeAll(async () => {
  participant = await createParticipant()
})

afterAll(() => participant.drop())

/** Waits until as many statements wait for another transaction's row. */
const untilWaiting = (count: number): Promise<void> =>
  eventually(
    async () => {
      const { rows } = await participant.pool.query<{ n: number }>(
        `select count(*)::integer as n from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock'`,
      )
      expect(rows[0]?.n).toBe(count)
    },
    { what: 'statements that wait for a row' },
  )

it.each([
  ['commit', [], { status: 'repeated' }],
  ['rollback', [], { status: 'done' }],
  ['rollback to savepoint before', ['commit'], { status: 'done' }],
])('a repeated action waits for the first one: %s', async (end, after, expected) => {
  const context = newAction()
  await onClient(participant, (first) =>
    onClient(participant, async (second) => {
      await first.query('begin; savepoint before')
      await callOn(first, context)
      await second.query('begin')
      const repeated = callOn(second, context)
      await untilWaiting(1)
      await first.query(end)
      expect(await repeated).toMatchObject(expected)
      await second.query('commit')
      for (const statement of after) await first.query(statement)
    }),
  )
  expect(await deltas(participant, context)).toEqual([1])
})

it('a compensation that meets its action undoes it, once it is committed', async () => {
  const context = newAction()
  await onClient(participant, (first) =>
    onClient(participant, async (second) => {
      await first.query('begin')
      await callOn(first, context)
      await second.query('begin')
      const undo = callOn(second, undoOf(context))
      await untilWaiting(1)
      await first.query('commit')
      expect(await undo).toMatchObject({ status: 'done' })
      await second.query('commit')
    }),
  )
  expect(await deltas(participant, context)).toEqual([-1, 1])
})

it('an action that meets its compensation is refused, once that is committed', async () => {
  const context = newAction()
  await onClient(participant, (first) =>
    onClient(participant, async (second) => {
      await first.query('begin')
      await callOn(first, undoOf(context))
      await second.query('begin')
      const late = failure(callOn(second, context))
      await untilWaiting(1)
      await first.query('commit')
      expect(isRejection(await late)).toBe(true)
    }),
  )
  expect(await deltas(participant, context)).toEqual([])
})

it.each([
  ['repeatable read', 'an action', 'its compensation'],
  ['serializable', 'an action', 'its compensation'],
  ['repeatable read', 'a compensation', 'its action'],
  ['repeatable read', 'an action', 'itself'],
])('in %s, %s that has not seen %s is failed by Postgres', async (isolation, late, seen) => {
  const context = newAction()
  const [first, second] = [
    seen === 'its compensation' ? undoOf(context) : context,
    late === 'an action' ? context : undoOf(context),
  ]
  await onClient(participant, async (client) => {
    await client.query(`begin isolation level ${isolation}`)
    // From here on the transaction sees nothing new.
    await client.query('select from ledger')
    await onClient(participant, async (other) => {
      await other.query('begin')
      await callOn(other, first)
      await other.query('commit')
    })
    expect(await failure(callOn(client, second))).toMatchObject({ code: '40001' })
  })
  expect(await deltas(participant, context)).toEqual(seen === 'its compensation' ? [] : [1])
})
