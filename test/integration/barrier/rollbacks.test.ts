import { barrier } from '@backstep/engine/barrier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { callOn, failure, neverRun, onClient } from './clients.ts'
import {
  createParticipant,
  deltas,
  effectsOf,
  newAction,
  undoOf,
  ways,
  type Participant,
} from './participant.ts'

let participant: Participant

beforeAll(async () => {
  participant = await createParticipant()
})

afterAll(() => participant.drop())

describe('what is rolled back', () => {
  it.each(ways)('leaves nothing of an action whose effect fails, in $name', async (way) => {
    const context = newAction()
    await failure(way.call(participant, { context, output: neverRun }))
    expect(await deltas(participant, context)).toEqual([])
    expect(await effectsOf(participant, context)).toEqual([])
    expect(await way.call(participant, { context })).toMatchObject({ status: 'done' })
  })

  it('leaves the effect of an action whose compensation fails, for the next try', async () => {
    const [context, client] = [newAction(), await participant.pool.connect()]
    await client.query('begin')
    await callOn(client, context)
    await client.query('commit')
    await client.query('begin')
    const attempt = barrier(client, undoOf(context), () => Promise.reject(new Error('No power.')))
    await expect(attempt).rejects.toThrow('No power.')
    await client.query('rollback')
    await client.query('begin')
    expect(await callOn(client, undoOf(context))).toMatchObject({ status: 'done' })
    await client.query('commit')
    client.release()
    expect(await deltas(participant, context)).toEqual([-1, 1])
  })

  it('takes the mark of an empty compensation with it: the action may come', () =>
    onClient(participant, async (client) => {
      const context = newAction()
      await client.query('begin')
      expect(await callOn(client, undoOf(context))).toMatchObject({ reason: 'never_ran' })
      await client.query('rollback')
      await client.query('begin')
      expect(await callOn(client, context)).toMatchObject({ status: 'done' })
      await client.query('commit')
      expect(await deltas(participant, context)).toEqual([1])
    }))

  it('may be a savepoint: the rest of the transaction goes on', () =>
    onClient(participant, async (client) => {
      const [undone, kept] = [newAction(), newAction()]
      await client.query('begin; savepoint before')
      await callOn(client, undone)
      await client.query('rollback to savepoint before')
      await callOn(client, kept)
      await client.query('commit')
      expect(await effectsOf(participant, undone)).toEqual([])
      expect(await deltas(participant, undone)).toEqual([])
      expect(await deltas(participant, kept)).toEqual([1])
      await client.query('begin')
      expect(await callOn(client, undone)).toMatchObject({ status: 'done' })
    }))
})
