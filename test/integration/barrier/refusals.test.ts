import { isBackstepError } from '@backstep/engine'
import { barrier } from '@backstep/engine/barrier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { callOn, failure, neverRun, onClient } from './clients.ts'
import { createParticipant, deltas, newAction, type Participant } from './participant.ts'

let participant: Participant

beforeAll(async () => {
  participant = await createParticipant()
})

afterAll(() => participant.drop())

/** Calls it as JavaScript can, with anything; gives the code and the message of what is thrown. */
const refusalOf = async (
  ...given: readonly [handle: unknown, context?: unknown]
): Promise<string> => {
  const [handle, context] = given.length === 2 ? given : [given[0], newAction()]
  const error = await failure(Reflect.apply(barrier, undefined, [handle, context, neverRun]))
  return isBackstepError(error) ? `${error.code}: ${error.message}` : String(error)
}

describe('a barrier without a transaction', () => {
  const outside = /^CONFIGURATION_INVALID: .* was given a pg client outside of one and needs/

  it('is refused on a client that has not begun one, or has ended it', async () => {
    await onClient(participant, async (client) => {
      expect(await refusalOf(client)).toMatch(outside)
      await client.query('begin')
      await client.query('commit')
      expect(await refusalOf(client)).toMatch(outside)
    })
  })

  it('is refused where the driver does not know: the server does', async () => {
    await onClient(participant, async (client) => {
      const old = { query: client.query.bind(client) }
      expect(await refusalOf(old)).toMatch(outside)
      await client.query('begin')
      expect(await refusalOf(old)).toBe('Error: This must not run.')
    })
  })

  it.each([
    ['a pool', () => participant.pool],
    ['Kysely itself', () => participant.db],
    ['undefined', () => undefined],
    ['null', () => null],
    ['something else', () => ({})],
  ])('is refused on %s', async (given, handle) => {
    expect(await refusalOf(handle())).toContain(`was given ${given} and needs a transaction`)
  })
})

describe('a barrier in a transaction', () => {
  it('has nothing to add where that has failed', async () => {
    await onClient(participant, async (client) => {
      await client.query('begin')
      await failure(client.query('select 1/0'))
      expect(await failure(callOn(client, newAction()))).toMatchObject({ code: '25P02' })
    })
  })

  it('is refused for a context of which nobody knows whose it is', async () => {
    await onClient(participant, async (client) => {
      await client.query('begin')
      for (const odd of [null, undefined, 'text', {}, { ...newAction(), round: 0 }]) {
        expect(await refusalOf(client, odd)).toMatch(/^BARRIER_CONTEXT_INVALID: /)
      }
      const context = newAction()
      await callOn(client, context)
      await client.query('commit')
      expect(await deltas(participant, context)).toEqual([1])
    })
  })

  it('says what to run where its table is not there', async () => {
    await onClient(participant, async (client) => {
      await client.query('begin')
      const attempt = barrier(client, newAction(), neverRun, { schema: 'no "such"' })
      const error = await failure(attempt)
      expect(isBackstepError(error, 'DATABASE_NOT_MIGRATED')).toBe(true)
      expect(String(error)).toContain(
        'Call migrateBarrier({ databaseUrl, schema: "no \\"such\\"" })',
      )
    })
  })

  it('leaves errors of the effect as they are, also those that look like its own', async () => {
    await onClient(participant, async (client) => {
      await client.query('begin')
      const attempt = barrier(client, newAction(), (same) => same.query('select from nowhere'))
      expect(await failure(attempt)).toMatchObject({ code: '42P01' })
    })
  })
})
