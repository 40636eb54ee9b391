import {
  createBackstep,
  defineSaga,
  startWorker,
  type RunningWorker,
  type SagaDefinition,
} from '@backstep/engine'
import { z } from 'zod'

type WorkerTuning = Omit<Parameters<typeof startWorker>[0], 'backstep' | 'sagas' | 'observer'>

/** A load of sagas of four steps that all complete. */
export type Load = {
  readonly databaseUrl: string
  readonly redisUrl: string
  readonly sagas: number
  /** Each one that ends makes room for the next. */
  readonly inFlight: number
  /** Called in the second step of each saga. */
  readonly pause?: (saga: number) => Promise<void>
  readonly tuning?: WorkerTuning
}

/**
 * Runs a load with a client and a worker in this process. Nobody waits for results: Postgres is asked about them as often
 * as there is time, and what is counted here must not depend on that.
 */
export const runLoad = async (load: Load): Promise<void> => {
  const { databaseUrl, redisUrl, sagas, inFlight, pause, tuning } = load
  const backstep = createBackstep({ databaseUrl, redisUrl })
  const saga = fourSteps(pause ?? (async () => {}))
  const ended = Promise.withResolvers<void>()
  let [started, settled] = [0, 0]
  const startOne = async (): Promise<void> => {
    if (started === sagas) return
    started += 1
    await backstep.start(saga, { input: { saga: started, note: 'A note of an order.' } })
  }
  const fail = (error: unknown): void => ended.reject(error)
  const sagaSettled = ({ status }: { readonly status: string }): void => {
    settled += 1
    if (status !== 'completed') fail(new Error(`A saga ended as ${status}.`))
    if (settled === sagas) ended.resolve()
    startOne().catch(fail)
  }
  let worker: RunningWorker | null = null
  try {
    worker = await startWorker({ backstep, sagas: [saga], observer: { sagaSettled }, ...tuning })
    await Promise.all(Array.from({ length: inFlight }, startOne))
    await ended.promise
  } finally {
    await worker?.stop()
    await backstep.close()
  }
}

const fourSteps = (
  pause: (saga: number) => Promise<void>,
): SagaDefinition<{ saga: number; note: string }, unknown> =>
  defineSaga({
    name: 'four-steps',
    version: 1,
    input: z.object({ saga: z.number(), note: z.string() }),
  })
    .step('reserve', { action: () => ({ reference: 'r-000000001' }), compensation: () => {} })
    .step('authorize', {
      action: async ({ input }) => {
        await pause(input.saga)
        return { reference: 'a-000000001' }
      },
      compensation: () => {},
    })
    .step('allocate', { action: () => ({ reference: 'l-000000001' }), compensation: () => {} })
    .pivot('ship', { action: () => ({ reference: 's-000000001' }) })
