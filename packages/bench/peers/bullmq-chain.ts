/** Measures a chain of plain BullMQ jobs; settings in bullmq-chain.json. */
import { Queue, Worker } from 'bullmq'

import { runSystem } from '../src/runner/run-system.ts'
import { WaitingCallers } from './waiting-callers.ts'
import { firstJob, moveOn, type ChainJob } from './chain.ts'

const redisAt = (url: string | null) => {
  const { hostname, port } = new URL(url ?? '')
  return { host: hostname, port: Number(port) }
}

await runSystem({
  open: async ({ place, options }) => {
    const connection = redisAt(place.redisUrl)
    const defaultJobOptions = { removeOnComplete: true, removeOnFail: true }
    const queue = new Queue<ChainJob>('bench', { connection, defaultJobOptions })
    const callers = new WaitingCallers()
    const worker = new Worker<ChainJob>(
      'bench',
      async ({ data }) => {
        const move = moveOn(data)
        if ('next' in move) await queue.add('step', move.next)
        else callers.tell(move.orderId, move.end)
      },
      {
        connection: { ...connection, maxRetriesPerRequest: null },
        concurrency: Number(options['concurrency']),
      },
    )
    worker.on('failed', (_job, error) => callers.fail(error))
    await worker.waitUntilReady()
    return {
      run: (order) => callers.run(order, () => queue.add('step', firstJob(order))),
      close: async () => {
        await worker.close()
        await queue.close()
      },
    }
  },
})
