/** Measures chains of graphile-worker jobs; settings in graphile-worker.json. */
import { Logger, makeWorkerUtils, run, runMigrations } from 'graphile-worker'
import { Pool } from 'pg'

import { runSystem } from '../src/runner/run-system.ts'
import { WaitingCallers } from './waiting-callers.ts'
import { firstJob, isChainJob, moveOn } from './chain.ts'

const logger = new Logger(() => () => {})

await runSystem({
  prepare: ({ place }) => runMigrations({ connectionString: place.databaseUrl ?? '', logger }),
  open: async ({ place, options }) => {
    const pgPool = new Pool({
      connectionString: place.databaseUrl ?? '',
      max: Number(options['poolSize']),
    })
    pgPool.on('error', () => {})
    const callers = new WaitingCallers()
    const worker = await run({
      pgPool,
      preset: {
        worker: {
          concurrentJobs: Number(options['concurrency']),
          localQueue: { size: Number(options['localQueueSize']) },
          completeJobBatchDelay: Number(options['completeDelayMs']),
          logger,
        },
      },
      noHandleSignals: true,
      taskList: {
        step: async (payload, { addJob }) => {
          if (!isChainJob(payload)) throw new Error('A job without an order.')
          const move = moveOn(payload)
          if ('next' in move) await addJob('step', move.next)
          else callers.tell(move.orderId, move.end)
        },
      },
    })
    worker.events.on('job:error', ({ error }) => callers.fail(error))
    const utils = await makeWorkerUtils({ pgPool, logger })
    return {
      run: (order) => callers.run(order, () => utils.addJob('step', firstJob(order))),
      close: async () => {
        await worker.stop()
        await utils.release()
        await pgPool.end()
      },
    }
  },
})
