import { isRejection } from '@backstep/engine'
import type { BarrierActionContext } from '@backstep/engine/barrier'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { castActor, type Ending, type Part } from './actor.ts'
import { createParticipant, deltas, effectsOf, newAction, type Participant } from './participant.ts'

let participant: Participant

beforeAll(async () => {
  participant = await createParticipant()
})

afterAll(() => participant.drop())

/** Parts, and the order in which they take their three steps. */
interface Play {
  readonly parts: readonly Part[]
  readonly turns: readonly number[]
}

const part: fc.Arbitrary<Part> = fc.record({
  kind: fc.constantFrom('action', 'compensation'),
  isolation: fc.constantFrom('read committed', 'read committed', 'repeatable read'),
  looksFirst: fc.boolean(),
  end: fc.constantFrom('commit', 'commit', 'commit', 'rollback', 'rollback to savepoint'),
})

const plays: fc.Arbitrary<Play> = fc.array(part, { minLength: 2, maxLength: 5 }).chain((parts) => {
  const turns = parts.flatMap((_, index) => [index, index, index])
  return fc.record({
    parts: fc.constant(parts),
    turns: fc.shuffledSubarray(turns, { minLength: turns.length }),
  })
})

const perform = async (
  { parts, turns }: Play,
  context: BarrierActionContext,
): Promise<readonly Ending[]> => {
  const { pool } = participant
  const clients = await Promise.all(parts.map(() => pool.connect()))
  try {
    const actors = parts.flatMap((own, index) => {
      const client = clients[index]
      return client === undefined ? [] : [castActor(own, context, { client, pool })]
    })
    for (const turn of turns) await actors[turn]?.next()
    return await Promise.all(actors.map((actor) => actor.ending()))
  } finally {
    for (const client of clients) client.release()
  }
}

/** The results that were committed, as JSON. */
const committed = (endings: readonly Ending[], kind: Part['kind'], status: string) =>
  endings
    .filter((ending) => ending.stands && ending.part.kind === kind)
    .map(({ result }) => JSON.stringify(result))
    .filter((result) => result.includes(`"status":"${status}"`))

/** What is in the ledger and in the row must be what the calls were told, and nothing may stand behind a compensation. */
const expectedOf = (endings: readonly Ending[]) => {
  const [done, undone, noop] = [
    committed(endings, 'action', 'done').length,
    committed(endings, 'compensation', 'done').length,
    committed(endings, 'compensation', 'noop').length,
  ]
  if (undone > 0) return { ledger: [-1, 1], state: 'undone' }
  if (noop > 0) return { ledger: [], state: 'barred' }
  return done > 0 ? { ledger: [1], state: 'done' } : { ledger: [], state: undefined }
}

/** Calls that failed otherwise than a call may. */
const strangeFailures = (endings: readonly Ending[]): readonly Ending[] => {
  const compensated = endings.some(
    ({ part: { kind }, stands }) => stands && kind === 'compensation',
  )
  return endings.filter(({ part: { kind, isolation }, result }) => {
    if (!(result instanceof Error)) return false
    if (isRejection(result)) return kind !== 'action' || !compensated
    return isolation !== 'repeatable read' || !('code' in result) || result.code !== '40001'
  })
}

/** Different outputs of calls of the one action. */
const outputsOf = (endings: readonly Ending[]): ReadonlySet<unknown> =>
  new Set(
    ['done', 'repeated'].flatMap((status) =>
      committed(endings, 'action', status).map((result) => result.replace('repeated', 'done')),
    ),
  )

it(
  'whatever the order of transactions and their ends, effects count once and none stands behind its undo',
  { timeout: 180_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(plays, async (play) => {
        const context = newAction()
        const endings = await perform(play, context)
        const [row] = await effectsOf(participant, context)
        const found = { ledger: await deltas(participant, context), state: row?.['state'] }
        expect(found).toEqual(expectedOf(endings))
        expect(strangeFailures(endings)).toEqual([])
        expect(outputsOf(endings).size).toBeLessThan(2)
      }),
      { numRuns: 50 },
    )
  },
)
