import { createBackstep, startWorker, type Backstep, type RunningWorker } from '@backstep/engine'
import { expect } from 'vitest'

import { createEngineDatabase } from '../support/engine-database.ts'
import { eventually } from '../support/eventually.ts'
import { ask, type CliAnswer } from './cli-harness.ts'
import { broken, parcelSaga, sagas } from './fixtures/operated-sagas.ts'

/** Sagas, a worker, and an operator at a terminal. */
export interface OperatorScene {
  readonly backstep: Backstep
  readonly databaseUrl: string
  /** Starts a parcel whose handlers fail where it is said so: `label action`. */
  readonly start: (to: string, ...trouble: readonly string[]) => Promise<string>
  /** Waits for a status. */
  readonly until: (sagaId: string, status: string) => Promise<void>
  /** A command of an operator, with a reason. */
  readonly run: (verb: string, sagaId: string, ...rest: readonly string[]) => Promise<CliAnswer>
  /** The types of the saga's events, in order. */
  readonly events: (sagaId: string) => Promise<readonly string[]>
  readonly close: () => Promise<void>
}

/** Opens a scene on a database of its own. */
export async function openOperatorScene(): Promise<OperatorScene> {
  const database = await createEngineDatabase()
  const backstep = createBackstep({ databaseUrl: database.url })
  const worker: RunningWorker = await startWorker({ backstep, sagas, sweep: '100ms' })
  return {
    backstep,
    databaseUrl: database.url,
    start: async (to, ...trouble) => {
      for (const each of trouble) broken.add(`${to} ${each}`)
      const { sagaId } = await backstep.start(parcelSaga, { key: to, input: { to } })
      return sagaId
    },
    until: (sagaId, status) =>
      eventually(async () => {
        expect(await backstep.get(sagaId)).toMatchObject({ status })
      }),
    run: (verb, sagaId, ...rest) =>
      ask(database.url, [verb, sagaId, '--reason', 'a bad day', ...rest]),
    events: async (sagaId) => {
      const { journal } = await backstep.describe(sagaId)
      return journal.flatMap((row) => row.events.map(({ type }) => type))
    },
    close: async () => {
      await worker.stop()
      await backstep.close()
      await database.drop()
    },
  }
}
