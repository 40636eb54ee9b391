/** Measures Backstep itself; the variants and their settings are in backstep.json. */
import { createBackstep } from '@backstep/engine'
import { migrateQueue } from '@backstep/engine/bullmq'
import { migrate } from '@backstep/engine/postgres'

import type { BenchSystem, OpenSystem } from '../runner/bench-system.ts'
import { runSystem } from '../runner/run-system.ts'
import { backstepDatabase, backstepPlace, readBackstepOptions } from './backstep-options.ts'
import { orderSaga } from './order-saga.ts'
import { startSeparateWorker } from './separate-worker.ts'
import { startBenchWorker } from './start-bench-worker.ts'

const system: BenchSystem = {
  prepare: async (request) => {
    const databaseUrl = backstepDatabase(request)
    await migrate({ databaseUrl })
    if (!readBackstepOptions(request).redis) await migrateQueue({ databaseUrl })
  },
  open: async (request) => {
    const backstep = createBackstep(backstepPlace(request))
    const run: OpenSystem['run'] = async (order) => {
      const saga = await backstep.start(orderSaga, { input: order })
      const { status } = await saga.result()
      if (status === 'completed' || status === 'compensated') return { end: status }
      throw new Error(`Saga ${saga.sagaId} ended as ${status}.`)
    }
    if (readBackstepOptions(request).separateWorker === true) {
      const worker = await startSeparateWorker(request)
      return {
        run,
        othersUse: worker.use,
        close: async () => {
          await worker.stop()
          await backstep.close()
        },
      }
    }
    const worker = await startBenchWorker(backstep, request)
    return {
      run,
      close: async () => {
        await worker.stop()
        await backstep.close()
      },
    }
  },
}

await runSystem(system)
